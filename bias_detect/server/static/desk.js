/* What the page knows, what it says of itself, and where its parts are. Nothing is kept: no storage, no cookies. */

import { element, labelStyles } from "./labels.js";

export const by = (id) => document.getElementById(id);

export const state = {
  result: null, // what the program answered last
  styles: labelStyles([]),
  advice: { labels: {}, signals: {}, influences: {} },
  file: null, // the document that is shown, where it is not the text field
  left: new Set(), // ids of sentences that are left as they are
  leftSignals: new Set(), // signals on which nothing is flagged
  leftText: "", // the list as it was opened, whose comments are kept
  unsaved: false, // whether the list of these has changed since it was saved
  typed: false,
  chosen: null,
  filter: "all",
  running: null,
  timer: 0,
};

/** Say what went wrong, where a screen reader says it too. */
export function fail(error) {
  const box = by("alert");
  const close = element("button", { type: "button", className: "quiet" }, "Dismiss");
  close.addEventListener("click", calm);
  box.replaceChildren(element("p", {}, element("strong", {}, "That did not work: "), error.message.replace(/[^.!?]$/, "$&.")), close);
  box.hidden = false;
  if (box.getBoundingClientRect().top < 0) box.scrollIntoView({ block: "start" });
}

/** Nothing is wrong any more. */
export function calm() {
  by("alert").hidden = true;
  by("alert").replaceChildren();
}

/** Say how things stand. */
export function say(text) {
  if (by("status").textContent !== text) by("status").textContent = text;
}

/** Whether the reviewer leaves a sentence as it is: itself, or by all its signals. */
export function isLeft(row) {
  if (state.left.has(row.id)) return true;
  return row.signals.length > 0 && row.signals.every(({ signal }) => state.leftSignals.has(signal));
}
