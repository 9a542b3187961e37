/* The reviewer's desk: a text or document in, its marked sentences and their reasons out. */

import * as api from "./api.js";
import { by, calm, fail, isLeft, say, state } from "./desk.js";
import { labelStyles, many } from "./labels.js";
import { filters, showFilter, showLegend, showShares } from "./overview.js";
import { reasons } from "./panel.js";
import { Reading } from "./reading.js";
import { openIgnored, saveIgnored, showLeft, take } from "./take.js";

const DELAY = 250; // milliseconds without a key until the text is scored
const EXAMPLE = `The health visitor saw the family on 4 March and wrote that both children were settled. She had been told by the hospital that the injury was accidental, and so she kept the visit short. It was obvious by then that the baby was at risk. The social worker should have realised what the bruises meant.

No strategy meeting was held. With thirty-one open cases, the team visited only the families about whom a new concern had been raised. This was a missed opportunity to save his life.`;

const wide = matchMedia("(min-width: 62rem) and (min-height: 36rem)");
const reading = new Reading(by("reading"), choose);
const panel = by("panel");
const side = panel.parentElement;

/* Scoring */

/** Run one request at a time; a newer one makes the answer to an older one stale. */
async function run(request, done) {
  clearTimeout(state.timer);
  state.running?.abort();
  const own = (state.running = new AbortController());
  by("reading").setAttribute("aria-busy", "true");
  try {
    const answer = await request(own.signal);
    if (own.signal.aborted) return;
    calm();
    done(answer);
  } catch (error) {
    if (own.signal.aborted) return;
    fail(error);
    summarise();
  } finally {
    if (state.running === own) by("reading").removeAttribute("aria-busy");
  }
}

function textChanged() {
  const text = by("text").value;
  const words = text.match(/\S+/g)?.length ?? 0;
  by("words").textContent = words ? many(words, "word") : "";
  by("example").hidden = words > 0;
  by("file-types").hidden = words > 0;
  clearTimeout(state.timer);
  state.running?.abort();
  state.running = null;
  if (words) {
    by("reading").setAttribute("aria-busy", "true"); // from now on, and not only while the program works
    state.timer = setTimeout(scoreText, DELAY);
  } else showNothing();
}

function scoreText() {
  run((signal) => api.score(by("text").value, signal), show);
}

function openFile(file) {
  if (!file) return;
  say(`Reading ${file.name}…`);
  run(
    (signal) => api.read(file, signal),
    (result) => {
      state.file = { file, name: file.name, kind: result.kind, upload: result.upload, note: result.note };
      state.chosen = null;
      showSource();
      show(result);
      by("reading-title").focus();
    },
  );
}

/** Show either the text field or what is known of the open document. */
function showSource() {
  const { file } = state;
  by("source-text").hidden = Boolean(file);
  by("source-file").hidden = !file;
  by("as-text").hidden = by("close-file").hidden = !file;
  by("file-types").hidden = Boolean(file);
  if (file) {
    by("example").hidden = true;
    by("file-name").textContent = file.name;
    by("file-note").textContent = file.note ?? "";
    by("file-note").hidden = !file.note;
    by("file-hint").textContent = isWord()
      ? "Edit it in Word and open it again to see it marked anew. The file itself is never changed: comments go into a copy."
      : "The marks are on the text as it was read from the file. The file itself is never changed.";
  }
}

function closeFile() {
  state.file = null;
  state.chosen = null;
  showSource();
  by("text").focus();
  textChanged();
}

/** Put a text into the field in a way that the browser's own Undo takes back. */
function write(text) {
  by("text").focus();
  by("text").select();
  if (!document.execCommand("insertText", false, text)) by("text").value = text;
  textChanged();
}

const isWord = () => state.file?.kind === "word";

/* Showing */

function showNothing() {
  state.result = state.chosen = null;
  side.append(panel);
  reading.show({ paragraphs: [], sentences: [] }, state.styles);
  for (const id of ["results", "reading", "keys", "take"]) by(id).hidden = true;
  by("invitation").hidden = false;
  hidePanel();
  by("reading").removeAttribute("aria-busy");
  say("Nothing to mark yet.");
}

function show(result) {
  const labels = Object.keys(result.shares);
  const { chosen } = state;
  state.result = result;
  state.styles = labelStyles(labels);
  side.append(panel); // out of its paragraph, which may go
  const fresh = reading.show(result, state.styles);
  for (const id of ["results", "reading", "keys", "take"]) by(id).hidden = false;
  by("invitation").hidden = true;
  showShares(labels);
  showFilter(labels);
  showLegend(labels);
  if (state.file) by("file-about").textContent = `${many(result.paragraphs.length, "paragraph")}, ${many(result.sentences.length, "sentence")}.`;
  state.chosen = chosen && found(chosen);
  mark();
  // Beside the text field, the marked text goes along with what is written.
  if (wide.matches && !state.file && fresh.length === 1) fresh[0].scrollIntoView({ block: "nearest" });
}

/** Find a sentence again: by its words, or else by its place, where it has just been edited. */
function found({ row }) {
  return (
    reading.sentences.find((other) => other.row.id === row.id && other.row.sentence_id === row.sentence_id) ??
    reading.sentences.find((other) => other.row.id === row.id) ??
    reading.sentences.find((other) => other.row.sentence_id === row.sentence_id) ??
    null
  );
}

/** Bring everything that follows from what is left, filtered and chosen up to date. */
function mark() {
  if (!state.result) return;
  const [, , filter] = filters(Object.keys(state.result.shares)).find(([value]) => value === state.filter);
  reading.mark({ isLeft, filter, chosen: state.chosen });
  const flags = reading.sentences.filter((sentence) => sentence.flagged).length;
  by("previous").disabled = by("next").disabled = !flags;
  summarise();
  if (state.chosen) showPanel();
  else hidePanel();
  showLeft();
}

function summarise() {
  if (!state.result) return say("Nothing to mark yet.");
  const all = reading.sentences;
  const count = (test) => all.filter(test).length;
  const parts = [`${many(count((sentence) => sentence.flagged), "flag")} in ${many(all.length, "sentence")}.`];
  const unsure = count(({ row }) => row.uncertain);
  if (unsure) parts.push(`${many(unsure, "label is", "labels are")} uncertain.`);
  const left = count((sentence) => sentence.left);
  if (left) parts.push(`${many(left, "sentence is", "sentences are")} left as ${left === 1 ? "it is" : "they are"}.`);
  const matching = count((sentence) => sentence.matches);
  if (state.filter !== "all") parts.push(`The filter shows ${many(matching, "sentence")}.`);
  say(parts.join(" "));
}

/* The reasons */

function choose(sentence) {
  state.chosen = sentence;
  mark();
  by("panel-title").focus({ preventScroll: wide.matches });
}

function showPanel() {
  const { number, node, left, flagged } = state.chosen;
  by("panel-title").textContent = `Sentence ${number} of ${reading.sentences.length.toLocaleString("en-GB")}`;
  const told = JSON.stringify([state.chosen.row, left, number]);
  if (panel.dataset.told !== told) {
    panel.dataset.told = told;
    by("panel-body").replaceChildren(...reasons(state.chosen, state.styles, state.advice));
  }
  by("panel-leave").textContent = left ? "Flag it again" : "Leave it as it is";
  by("panel-leave").hidden = !(left || flagged);
  by("panel-edit").hidden = Boolean(state.file);
  dock(node);
  panel.hidden = false;
}

/** Put the panel beside the text where there is room, else right under the paragraph. Moving it loses the focus. */
function dock(node) {
  const held = panel.contains(document.activeElement) ? document.activeElement : null;
  const place = wide.matches ? side : node.closest(".block");
  if (panel.parentElement !== place) place.append(panel);
  if (held && document.activeElement !== held) held.focus();
}

/** Close the panel; whoever was in it goes back to the sentence. */
function closePanel() {
  const { chosen } = state;
  const within = document.activeElement.closest("#panel, #reading");
  state.chosen = null;
  hidePanel();
  mark();
  if (!within) return;
  const back = chosen.matches ? chosen : reading.stop;
  if (back) reading.focus(back);
  else by("reading-title").focus();
}

function hidePanel() {
  panel.hidden = true;
  delete panel.dataset.told;
}

function step(direction) {
  if (!state.result) return;
  const wanted = (sentence) => sentence.flagged && sentence.matches;
  if (!reading.sentences.some(wanted)) setFilter("all");
  const to = reading.step(state.chosen ?? document.activeElement.sentence, direction, wanted);
  if (!to) return;
  choose(to);
  to.node.scrollIntoView({ block: wide.matches ? "center" : "start" });
}

function setFilter(value) {
  state.filter = value;
  for (const radio of by("filter").querySelectorAll("input")) radio.checked = radio.value === value;
  mark();
}

function toggleLeft() {
  const { row, left } = state.chosen;
  if (!left) state.left.add(row.id);
  else {
    state.left.delete(row.id);
    for (const { signal } of row.signals) if (isLeft(row)) state.leftSignals.delete(signal);
  }
  state.unsaved = true;
  mark();
}

/** Mark the chosen sentence in the text field, ready to be written anew. */
function editSentence() {
  const { row } = state.chosen;
  const field = by("text");
  const words = row.sentence.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const places = [...field.value.matchAll(new RegExp(words.join("\\s+"), "g"))];
  const before = reading.sentences.filter((other) => other.row.id === row.id && other.number < state.chosen.number).length;
  const place = places[before] ?? places[0];
  field.focus();
  if (!place) return;
  const end = place.index + place[0].length;
  field.setSelectionRange(place.index, end);
  field.scrollTop = (field.scrollHeight * place.index) / field.value.length - field.clientHeight / 3;
}

/* Wiring */

by("text").addEventListener("input", (event) => {
  state.typed ||= event.inputType !== "insertFromPaste";
  textChanged();
});
by("text").addEventListener("paste", (event) => {
  // A word processor puts one line break between paragraphs; here a blank line parts them.
  const plain = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
  const fromEditor = event.clipboardData.types.includes("text/html");
  if (!fromEditor || !plain.includes("\n") || plain.includes("\n\n")) return;
  if (document.execCommand("insertText", false, plain.replaceAll("\n", "\n\n"))) event.preventDefault();
});
by("file").addEventListener("change", ({ target }) => {
  openFile(target.files[0]);
  target.value = ""; // so that the same file, saved anew, can be opened again
});
by("ignore-file").addEventListener("change", ({ target }) => {
  openIgnored(target.files[0], mark);
  target.value = "";
});
by("example").addEventListener("click", () => write(EXAMPLE));
by("as-text").addEventListener("click", () => {
  const text = state.result.paragraphs.map((paragraph) => paragraph.text).join("\n\n");
  closeFile();
  write(text);
});
by("close-file").addEventListener("click", closeFile);
by("filter").addEventListener("change", ({ target }) => setFilter(target.value));
by("previous").addEventListener("click", () => step(-1));
by("next").addEventListener("click", () => step(1));
by("panel-close").addEventListener("click", () => closePanel());
by("panel-leave").addEventListener("click", toggleLeft);
by("panel-edit").addEventListener("click", editSentence);
by("save-word").addEventListener("click", () => take("word"));
by("save-html").addEventListener("click", () => take("html"));
by("save-csv").addEventListener("click", () => take("csv"));
by("save-ignore").addEventListener("click", saveIgnored);
wide.addEventListener("change", () => state.chosen && dock(state.chosen.node));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (event.key === "Escape" && state.chosen) return closePanel();
  // Letters work where nothing is typed and the text is being read.
  const within = event.target.closest?.("#reading, #panel");
  if (within && (event.key === "n" || event.key === "p")) step(event.key === "n" ? 1 : -1);
});
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  by("drop").hidden = false;
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) by("drop").hidden = true;
});
document.addEventListener("drop", (event) => {
  by("drop").hidden = true;
  if (!holdsFiles(event)) return;
  event.preventDefault();
  openFile(event.dataTransfer.files[0]);
});
addEventListener("beforeunload", (event) => {
  // Nothing is saved for them, so closing by mistake would lose what they wrote.
  if (state.unsaved || (state.typed && by("text").value)) event.preventDefault();
});

try {
  state.advice = await api.advice();
  const { model, version } = state.advice;
  by("about").textContent = `bias-detect ${version}, model ${model.name} (digest ${model.digest.slice(0, 12)}).`;
  by("quality").textContent = model.quality ?? "";
} catch (error) {
  fail(error);
}
textChanged();
