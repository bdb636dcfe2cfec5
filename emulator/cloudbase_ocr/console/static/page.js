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
const CORNERS = ["", "left", "top", "top left"];
const SHANGHAI = 8 * 3600;

/** A time in seconds as WeChat counts its days, and as every page shows it: 2026-01-31 10:00:00 in Shanghai. */
export const dateAndTime = (seconds) => new Date((seconds + SHANGHAI) * 1000).toISOString().slice(0, 19).replace("T", " ");

/** The same without its date. */
export const timeOfDay = (seconds) => dateAndTime(seconds).slice(11);

/** Says something that went well: seen for a moment, and read out when the reader is done with other things. */
export function say(message) {
  const toast = h("p", { class: "toast" }, message);
  byId("status").append(toast);
  stand(byId("status"));
  setTimeout(() => toast.remove(), SHOWN_MS);
}

/** Reads out what is seen on the page anyway. */
export function tell(message) {
  const said = h("p", { class: "visually-hidden" }, message);
  byId("status").append(said);
  setTimeout(() => said.remove(), SHOWN_MS);
}

/** Puts messages into the first corner in which they cover nothing that one may want to press. */
function stand(toasts) {
  const others = [...document.querySelectorAll("main :is(button, a, input, select, textarea, summary), .toast")].filter((one) => !toasts.contains(one));
  const controls = others.map((one) => one.getBoundingClientRect());
  const covers = (corner) => {
    toasts.dataset.corner = corner;
    const box = toasts.getBoundingClientRect();
    return controls.some((one) => one.width && one.left < box.right && one.right > box.left && one.top < box.bottom && one.bottom > box.top);
  };
  toasts.dataset.corner = CORNERS.find((corner) => !covers(corner)) ?? "";
}

/** Says what went wrong, at once, until it is closed. Takes a text or an error. */
export function complain(problem) {
  if (problem?.name === "AbortError") return;
  const close = h("button", { type: "button", class: "quiet", "aria-label": text("common.close"), onclick: () => toast.remove() }, "×");
  const toast = h("p", { class: "toast bad" }, h("span", {}, problem?.message ?? String(problem)), close);
  fill(byId("alert"), toast);
  stand(byId("alert"));
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

/** Lets the browser save a text as a file. */
export function download(name, type, value) {
  const link = h("a", { href: URL.createObjectURL(new Blob([value], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), SHOWN_MS);
}

// Buttons that copy: data-text is a text, data-of the ID of what shows it.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-text], button[data-of]");
  if (button) copy(button.dataset.text ?? byId(button.dataset.of).textContent);
});

// The server knows the address at which it listens; the reader may have come by another one, such as a container's.
for (const place of document.querySelectorAll("[data-address]")) {
  const here = (value) => value.replaceAll(place.dataset.address, location.origin);
  place.textContent = here(place.textContent);
  if (place.dataset.text) place.dataset.text = here(place.dataset.text);
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
