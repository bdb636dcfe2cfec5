// Personal data is masked until the reader asks to see it. The choice holds for this tab only.

const KEY = "cloudbase-ocr-personal";
const MOST_STARS = 24;
const listeners = new Set();

export const personal = {
  get shown() {
    return sessionStorage.getItem(KEY) === "shown";
  },
  show(yes) {
    if (yes) sessionStorage.setItem(KEY, "shown");
    else sessionStorage.removeItem(KEY);
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
