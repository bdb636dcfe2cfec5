// Personal data is masked until the reader asks to see it. The answer holds for this browser.

const KEY = "cloudbase-ocr-personal";
const MOST_STARS = 24;
const listeners = new Set();

export const personal = {
  get shown() {
    return localStorage.getItem(KEY) === "shown";
  },
  /** Whether the reader has said so, or has not been asked yet. */
  get chosen() {
    return localStorage.getItem(KEY) !== null;
  },
  show(yes) {
    localStorage.setItem(KEY, yes ? "shown" : "masked");
    for (const listener of listeners) listener(yes);
  },
  /** Calls `listener` with true or false: now, and whenever the reader turns the switch. */
  follow(listener) {
    listeners.add(listener);
    listener(this.shown);
  },
};

/** The first character and a star for each other one; a digit, or a lone character, is not shown. As in the journal. */
export function mask(value) {
  const characters = [...String(value)];
  const head = characters.length === 1 || /[0-9]/.test(characters[0] ?? "0") ? "" : characters[0];
  return head + "*".repeat(Math.min(characters.length - (head ? 1 : 0), MOST_STARS));
}

const PLAIN_KEYS = new Set(["type", "errmsg", "errMsg", "errcode", "errCode"]);
const SMALL = 10000; // positions and sizes stay readable, numbers of papers do not

/** A copy of a JSON value with every text masked; keys, positions, codes and plain words of the protocol stay. */
export function maskJson(value, key = "") {
  if (typeof value === "string") return PLAIN_KEYS.has(key) && /^[A-Za-z][\w./:+ \-[\]]*$/.test(value) ? value : mask(value);
  if (typeof value === "number") return Math.abs(value) < SMALL || PLAIN_KEYS.has(key) ? value : 0;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, key));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskJson(inner, name)]));
}
