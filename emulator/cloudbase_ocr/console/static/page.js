// What every page has: messages, copying, the switches in the header. Pages import from here.

import "./banner.js";
import { ApiError } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { personal } from "./personal.js";
import { text } from "./texts.js";

export { ApiError, byId, fill, h, personal, text };
export { svg } from "./dom.js";
export { mask } from "./personal.js";

const SHOWN_MS = 4000;

/** Says something that went well: seen for a moment, and read out when the reader is done with other things. */
export function say(message) {
  const toast = h("p", { class: "toast" }, message);
  byId("status").append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}

/** Says what went wrong, at once, until it is closed. Takes a text or an error. */
export function complain(problem) {
  if (problem?.name === "AbortError") return;
  const close = h("button", { type: "button", class: "quiet", "aria-label": text("common.close"), onclick: () => toast.remove() }, "×");
  const toast = h("p", { class: "toast bad" }, h("span", {}, problem?.message ?? String(problem)), close);
  fill(byId("alert"), toast);
}

/** Runs `work`, an async function; the button cannot be pressed meanwhile, and an error is shown. */
export async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return undefined;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    complain(error);
    return undefined;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** Copies a text and says so. */
export async function copy(value, done = text("common.copied")) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(value);
    else copyTheOldWay(value);
    say(done);
  } catch {
    complain(text("common.not_copied"));
  }
}

/** Pages that came over plain http from another machine have no navigator.clipboard. */
function copyTheOldWay(value) {
  const area = h("textarea", { class: "visually-hidden", readonly: true, value });
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  if (!copied) throw new Error("the browser refused");
}

const THEMES = ["auto", "light", "dark"];

function nextTheme() {
  const root = document.documentElement;
  const theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
  root.dataset.theme = theme;
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is missing on plain http and in older browsers
  document.cookie = `cloudbase-ocr-theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  document.querySelector("meta[name=color-scheme]").content = theme === "auto" ? "light dark" : theme;
  const label = `${text("common.theme")}: ${text(`common.theme_${theme}`)}`;
  byId("theme").setAttribute("aria-label", label);
  say(label);
}

byId("theme").addEventListener("click", nextTheme);

const switchPersonal = byId("personal");
switchPersonal.addEventListener("click", () => personal.show(!personal.shown));
personal.follow((shown) => switchPersonal.setAttribute("aria-checked", String(shown)));
