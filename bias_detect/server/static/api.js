/* What the page asks of the program on this computer. */

/** Something that could not be done, in words for a person. */
export class Problem extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(`/api/${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "NotReadableError") {
      throw new Problem("the file cannot be read: it was moved or changed since it was chosen. Open it again.");
    }
    throw new Problem(
      "the program does not answer. Is bias-detect serve still running? Your text is still in this page: start the " +
        "program again and carry on.",
    );
  }
  if (response.ok) return response;
  let said = {};
  try {
    said = await response.json();
  } catch {
    // No problem document: the status alone has to do.
  }
  throw new Problem(said.detail || said.title || `the program answered ${response.status}`, response.status);
}

const json = (body, signal) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
  signal,
});

export const advice = async () => (await ask("advice")).json();

export const score = async (text, signal) => (await ask("score", json({ text }, signal))).json();

export const read = async (file, signal) => {
  const response = await ask(`documents?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
    signal,
  });
  return response.json();
};

/** Ask for a file, "word", "html", "csv" or "ignore", and hand it to the person under the name that the program gives it. */
export async function make(kind, body) {
  const response = await ask(kind, json(body));
  const name = /filename\*=UTF-8''(.*)$/.exec(response.headers.get("Content-Disposition"))[1];
  save(await response.blob(), decodeURIComponent(name));
}

export const readIgnored = async (text) => (await ask("ignore/read", json({ text }))).json();

/** The browser says where a file goes. */
function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
