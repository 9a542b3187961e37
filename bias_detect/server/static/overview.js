/* The shares at the top, the legend and the filter. */

import { by, state } from "./desk.js";
import { element, glyph, many, shown } from "./labels.js";

/** Show how many sentences have each label, in words and as a bar. */
export function showShares(labels) {
  const { shares } = state.result;
  const order = labels.toReversed();
  by("bar").replaceChildren(
    ...order.map((label) => {
      const part = element("span", { className: state.styles.get(label).colour });
      part.style.flexGrow = shares[label].share;
      return part;
    }),
  );
  by("shares").replaceChildren(
    ...order.map((label) => {
      const style = state.styles.get(label);
      const { count, share } = shares[label];
      return element(
        "div",
        { className: style.colour },
        element("dt", {}, glyph(style), ` ${shown(label)}`),
        element("dd", {}, element("strong", {}, `${(100 * share).toFixed(1)}%`), ` ${many(count, "sentence")}`),
      );
    }),
  );
}

/** What sentences can be shown: value, name and test of each choice. */
export function filters(labels) {
  const ofLabel = labels.toReversed().map((label) => [`label:${label}`, shown(label), ({ row }) => row.label === label]);
  return [
    ["all", "all", () => true],
    ["flagged", "only flagged", (sentence) => sentence.flagged],
    ["uncertain", "uncertain", ({ row }) => row.uncertain],
    ...ofLabel,
    ["left", "left as they are", (sentence) => sentence.left],
  ];
}

/** Offer the filters that go with the labels of the model. */
export function showFilter(labels) {
  const box = by("filter");
  if (box.dataset.labels === labels.join()) return;
  box.dataset.labels = labels.join();
  for (const old of box.querySelectorAll("label")) old.remove();
  for (const [value, name] of filters(labels)) {
    const radio = element("input", { type: "radio", name: "filter", value, checked: value === "all" });
    box.append(element("label", {}, radio, element("span", {}, name)));
  }
  state.filter = "all";
}

/** Say how each mark looks. */
export function showLegend(labels) {
  const entries = labels.toReversed().map((label) => {
    const style = state.styles.get(label);
    return element("li", {}, element("span", { className: `s ${style.colour}` }, glyph(style), shown(label)));
  });
  by("legend").replaceChildren(
    ...entries,
    element("li", {}, element("span", { className: "s vermilion unsure" }, glyph({ colour: "vermilion" }, "◆?"), "uncertain")),
    element("li", { className: "vermilion" }, element("u", { className: "signal" }, "signal of hindsight")),
    element("li", { className: "blue" }, element("u", { className: "influence" }, "influence at the time")),
    element("li", {}, element("span", { className: "s vermilion left" }, "left as it is")),
  );
}
