/* Why a sentence has its label, and what to ask instead. */

import { capitalised, element, glyph, percent, shown } from "./labels.js";

/** Say all that is known of a sentence, as nodes for the panel. */
export function reasons(sentence, styles, advice) {
  const { row, style } = sentence;
  const nodes = [
    element(
      "p",
      { className: "verdict" },
      glyph(style),
      ` ${capitalised(shown(row.label))}, ${percent(row.confidence)}`,
      ...(row.uncertain ? [element("span", { className: "tag" }, "uncertain")] : []),
      ...(sentence.left ? [element("span", { className: "tag" }, "left as it is")] : []),
    ),
    element("blockquote", {}, row.sentence),
  ];
  const others = [...styles.keys()].filter((label) => label !== row.label && row[`p_${label}`] >= 0.05);
  if (others.length) {
    others.sort((one, other) => row[`p_${other}`] - row[`p_${one}`]);
    const said = others.map((label) => `${shown(label)} (${percent(row[`p_${label}`])})`).join(" or ");
    nodes.push(element("p", { className: "small" }, `It may also be ${said}.`));
  }
  const marks = row.flagged || row.label === "hindsight_biased" ? row.signals : row.label === "explanatory" ? row.influences : [];
  const words = new Map();
  for (const mark of marks) {
    const name = mark.signal ?? mark.influence;
    words.set(name, [...(words.get(name) ?? []), mark.text]);
  }
  const told = words.size ? words : new Map([[row.label, []]]);
  let first = true;
  for (const [name, said] of told) {
    const meant = row.meanings[name] ?? name;
    const known = advice.signals[meant] ?? advice.influences[meant] ?? advice.labels[meant];
    if (known) nodes.push(reason(name, known, said, first, first ? (row.question ?? known.question) : known.question));
    first = false;
  }
  return nodes;
}

function reason(name, known, words, open, question) {
  const head = element("h3", {}, capitalised(shown(name)));
  const quoted = [...new Set(words)].flatMap((text) => [" ", element("q", {}, text)]);
  if (quoted.length) head.append(element("span", { className: "words" }, ...quoted));
  const more = element("details", { open }, element("summary", {}, "An example and where this comes from"));
  more.append(
    element("dl", {}, element("dt", {}, "Before"), element("dd", {}, known.before), element("dt", {}, "After"), element("dd", {}, known.after)),
  );
  if (known.authorities.length) more.append(element("ul", { className: "sources" }, ...known.authorities.map(source)));
  return element(
    "section",
    { className: "reason" },
    head,
    element("p", {}, `${known.what} ${known.why}`),
    element("p", { className: "question" }, question),
    more,
  );
}

function source({ title, address }) {
  if (!address) return element("li", {}, title);
  const link = element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, title);
  return element("li", {}, link, " (on the web, in a new tab)");
}
