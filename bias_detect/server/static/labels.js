/* How labels look and are called: the same colours, shapes and names as in the figures and the marked page. */

const KNOWN = {
  descriptive: { colour: "grey", glyph: "■" },
  explanatory: { colour: "blue", glyph: "●" },
  hindsight_biased: { colour: "vermilion", glyph: "◆" },
};
const MORE = [
  { colour: "green", glyph: "▲" },
  { colour: "purple", glyph: "▼" },
  { colour: "ochre", glyph: "✚" },
  { colour: "indigo", glyph: "✖" },
];

/** Give every label of a model a colour and a shape. */
export function labelStyles(labels) {
  const others = labels.filter((label) => !(label in KNOWN));
  const more = others.map((label, place) => [label, MORE[place % MORE.length]]);
  return new Map([...Object.entries(KNOWN), ...more]);
}

/** A label, signal or influence as people read it. */
export function shown(name) {
  return name === "hindsight_biased" ? "hindsight-biased" : name.replaceAll("_", " ");
}

export function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A probability as people read it; nothing is quite certain. */
export function percent(share) {
  return share > 0.99 && share < 1 ? "over 99%" : `${Math.round(100 * share)}%`;
}

/** "1 flag", "1,204 flags". */
export function many(number, one, more = `${one}s`) {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : more}`;
}

/** Build an element. Text goes in as text, never as markup. */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** The shape of a label, for the eye alone. */
export function glyph(style, text = style.glyph) {
  return element("span", { className: `glyph ${style.colour}`, "aria-hidden": "true" }, text);
}
