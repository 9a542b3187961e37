/* Files to take along: the commented Word file, the marked page, the table, and the list of what is left as it is. */

import * as api from "./api.js";
import { by, calm, fail, state } from "./desk.js";
import { many } from "./labels.js";

const FIRST_WORDS = 8;
const MOST_CHARACTERS = 100;

/** What a file is made of. */
function source() {
  const { file, result } = state;
  if (!file) return { text: by("text").value };
  return file.upload ? { upload: file.upload } : { text: result.paragraphs.map(({ text }) => text).join("\n\n") };
}

/** Make a file of the draft and hand it over. */
export async function take(kind) {
  const ignored = [...state.left, ...state.leftSignals];
  try {
    // The program forgets documents after a while; this page still has the file.
    await api.make(kind, { ...source(), ignored }).catch(async (error) => {
      if (!state.file?.upload || ![404, 410].includes(error.status)) throw error;
      state.file.upload = (await api.read(state.file.file)).upload;
      return api.make(kind, { ...source(), ignored });
    });
    calm();
  } catch (error) {
    fail(error);
  }
}

/** How a sentence begins, by which a person knows it again. */
function firstWords(sentence) {
  const words = sentence.trim().split(/\s+/);
  const said = [...words.slice(0, FIRST_WORDS).join(" ")].slice(0, MOST_CHARACTERS).join("");
  return words.length > FIRST_WORDS ? `${said} …` : said;
}

/** Hand over the list of what is left as it is. */
export async function saveIgnored() {
  const name = state.file?.name ?? "draft";
  try {
    const { left, leftSignals, leftText: text } = state; // its comments are kept
    const rows = (state.result?.sentences ?? []).filter(({ id }) => left.has(id));
    const notes = Object.fromEntries(rows.map(({ id, sentence }) => [id, firstWords(sentence)]));
    await api.make("ignore", { ignored: [...left], signals: [...leftSignals], notes, name, text });
    state.unsaved = false;
    calm();
  } catch (error) {
    fail(error);
  }
}

/** The text of a list, which old editors do not write in UTF-8. */
async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const marked = { "255,254": "utf-16le", "254,255": "utf-16be" }[bytes.slice(0, 2).join()];
  try {
    return new TextDecoder(marked ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Add a saved list to what is left as it is. */
export async function openIgnored(file, done) {
  if (!file) return;
  try {
    const text = await textOf(file);
    const { ids, signals } = await api.readIgnored(text);
    for (const id of ids) state.left.add(id);
    for (const name of signals) state.leftSignals.add(name);
    state.leftText += state.leftText && !/[\r\n]$/.test(state.leftText) ? `\n${text}` : text;
    calm();
    done();
  } catch (error) {
    fail(error);
  }
}

/** Say what the list of what is left as it is holds. */
export function showLeft() {
  const size = state.left.size + state.leftSignals.size;
  by("left-about").textContent = size
    ? `${many(size, "entry", "entries")} in the list. Save it beside the draft, and open it here with the next one.`
    : "What you leave as it is can be kept in a list, for the next draft.";
  by("save-ignore").disabled = !size;
}
