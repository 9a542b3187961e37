/* The marked text: paragraphs of sentences that can be chosen. */

import { element, glyph, percent, shown } from "./labels.js";

/* Offsets count characters, and JavaScript counts UTF-16 units: an emoji is one of the former and two of the latter. */
function cutter(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (start, end) => text.slice(start, end);
  const characters = Array.from(text);
  return (start, end) => characters.slice(start, end).join("");
}

const lengthOf = (text) => (/[\ud800-\udbff]/.test(text) ? Array.from(text).length : text.length);

export class Reading {
  /**
   * @param sheet the element that holds the text
   * @param choose called with a sentence that was chosen
   */
  constructor(sheet, choose) {
    this.sheet = sheet;
    this.choose = choose;
    this.blocks = [];
    this.sentences = [];
    sheet.addEventListener("click", (event) => this.#clicked(event));
    sheet.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /**
   * Show a scored text, keeping the paragraphs that have not changed.
   *
   * @returns the paragraphs that are new
   */
  show(result, styles) {
    const rows = new Map(result.paragraphs.map((paragraph) => [paragraph.number, []]));
    for (const row of result.sentences) rows.get(row.paragraph)?.push(row);
    const old = new Map();
    for (const block of this.blocks) old.set(block.key, [...(old.get(block.key) ?? []), block]);
    const fresh = [];
    let start = 0;
    this.blocks = result.paragraphs.map((paragraph) => {
      const own = rows.get(paragraph.number);
      const key = JSON.stringify([paragraph.text, own.map((row) => [row.label, row.confidence, row.uncertain, row.flagged])]);
      let block = old.get(key)?.shift();
      if (!block) {
        block = this.#build(paragraph, own, start, styles);
        fresh.push(block.node);
      }
      own.forEach((row, place) => (block.sentences[place].row = row));
      block.key = key;
      start += lengthOf(paragraph.text) + 2;
      return block;
    });
    for (const left of [...old.values()].flat()) left.node.remove();
    this.#place(result.paragraphs);
    this.sentences = this.blocks.flatMap((block) => block.sentences);
    this.sentences.forEach((sentence, place) => (sentence.number = place + 1));
    return fresh;
  }

  #place(paragraphs) {
    let next = this.sheet.firstElementChild;
    let [page, section] = [null, "other"];
    this.blocks.forEach((block, place) => {
      if (block.node === next) next = next.nextElementSibling;
      else this.sheet.insertBefore(block.node, next);
      const { page: at, section: under } = paragraphs[place];
      const where = [at !== page && at ? `Page ${at}` : "", under && under !== section ? `Section: ${shown(under)}` : ""];
      block.where.textContent = where.filter(Boolean).join(" · ");
      block.where.hidden = !block.where.textContent;
      [page, section] = [at, under];
    });
  }

  #build(paragraph, rows, start, styles) {
    const cut = cutter(paragraph.text);
    const where = element("p", { className: "where", hidden: true });
    const text = element(paragraph.heading ? "h3" : "p", { className: "para" });
    const sentences = [];
    let done = 0;
    for (const row of rows) {
      const [from, to] = [row.start - start, row.end - start];
      if (from > done) text.append(cut(done, from));
      const style = styles.get(row.label);
      const node = element("span", { role: "button", tabIndex: -1 });
      node.append(glyph(style, style.glyph + (row.uncertain ? "?" : "")), ...pieces(cut(from, to), row));
      const sentence = { row, node, style, number: 0, matches: true };
      node.sentence = sentence;
      sentences.push(sentence);
      text.append(node);
      done = to;
    }
    text.append(cut(done));
    return { node: element("div", { className: "block" }, where, text), where, sentences };
  }

  /** Mark what is left as it is, what the filter leaves out, and what is chosen. */
  mark({ isLeft, filter, chosen }) {
    let stop = null;
    for (const sentence of this.sentences) {
      const { row, node, style, number } = sentence;
      const left = row.flagged && isLeft(row);
      sentence.flagged = row.flagged && !left;
      sentence.left = left;
      sentence.matches = filter(sentence);
      const classes = ["s", style.colour];
      if (row.uncertain) classes.push("unsure");
      if (left) classes.push("left");
      if (!sentence.matches) classes.push("context");
      set(node, "class", classes.join(" "));
      const name = `Sentence ${number}: ${shown(row.label)}, ${percent(row.confidence)}`;
      const more = (row.uncertain ? ", uncertain" : "") + (sentence.flagged ? ", flagged" : left ? ", left as it is" : "");
      set(node, "aria-label", `${name}${more}. ${row.sentence}`);
      set(node, "aria-current", sentence === chosen ? "true" : null);
      set(node, "tabindex", "-1");
      if (sentence.matches && (!stop || sentence === chosen || (sentence === this.stop && stop !== chosen))) stop = sentence;
    }
    const seen = (sentence) => sentence.matches || sentence === chosen;
    for (const block of this.blocks) block.node.hidden = !block.sentences.some(seen);
    this.#stopAt(stop);
  }

  /** Make a sentence the one that Tab comes to. */
  #stopAt(sentence) {
    if (this.stop) set(this.stop.node, "tabindex", "-1");
    this.stop = sentence;
    if (sentence) set(sentence.node, "tabindex", "0");
  }

  /** Move the focus to a sentence. */
  focus(sentence) {
    this.#stopAt(sentence);
    sentence.node.focus();
  }

  /** The next (or, with -1, the previous) sentence that is wanted; round at the ends. */
  step(from, direction, wanted) {
    const all = this.sentences.filter(wanted);
    if (!all.length) return null;
    const numbers = all.map((sentence) => sentence.number);
    const at = from?.number ?? 0;
    if (direction > 0) return all[numbers.findIndex((number) => number > at)] ?? all[0];
    return all[numbers.findLastIndex((number) => number < at)] ?? all.at(-1);
  }

  #clicked(event) {
    const sentence = event.target.closest("[role=button]")?.sentence;
    // Whoever marks a passage to copy it does not ask for reasons.
    if (sentence && getSelection().isCollapsed) this.choose(sentence);
  }

  #pressed(event) {
    const sentence = event.target.sentence;
    if (!sentence || event.ctrlKey || event.altKey || event.metaKey) return;
    const visible = this.sentences.filter((other) => other.matches || other === sentence);
    const at = visible.indexOf(sentence);
    const to = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: visible.length - 1,
    }[event.key];
    if (event.key === "Enter" || event.key === " ") this.choose(sentence);
    else if (to === undefined) return;
    else if (visible[to]) this.focus(visible[to]);
    event.preventDefault();
  }
}

/** Set an attribute where it changes: most of a thousand sentences stay as they are. */
function set(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** The text of a sentence with what speaks for its label underlined; where marks overlap, the first one counts. */
function pieces(text, row) {
  const marks = [];
  if (row.flagged || row.label === "hindsight_biased") {
    marks.push(...row.signals.map((mark) => ({ ...mark, kind: "signal", name: mark.signal })));
  }
  if (row.label === "explanatory") {
    marks.push(...row.influences.map((mark) => ({ ...mark, kind: "influence", name: mark.influence })));
  }
  marks.sort((one, other) => one.start - other.start || one.end - other.end);
  const cut = cutter(text);
  const found = [];
  let done = 0;
  for (const mark of marks) {
    if (mark.start < done) continue;
    if (mark.start > done) found.push(cut(done, mark.start));
    found.push(element("u", { className: mark.kind, title: shown(mark.name) }, cut(mark.start, mark.end)));
    done = mark.end;
  }
  found.push(cut(done));
  return found;
}
