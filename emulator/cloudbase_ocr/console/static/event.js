// The event editor of the page Functions: JSON that is checked while it is typed, and pictures by name.

import { byId } from "./dom.js";
import * as api from "./api.js";
import { text } from "./texts.js";

const PICTURE_KEYS = ["imgUrl", "img", "fileID"];
const pictures = new Map(); // "@name" -> base64

const field = byId("event");
const problem = byId("event-error");

/** The event as it is to be sent; null when it is none, and then the page says why. */
export function eventOf() {
  const event = read();
  if (event === null) field.focus();
  return event;
}

/** Checks what stands in the editor. */
export const ready = () => read() !== null;

/** Puts a picture into the event: uploaded, as `fileID`, or in base64, as `img`. False: what is there is no event. */
export async function attach(name, picture, as) {
  if (parse().error) return eventOf() !== null; // nothing that somebody wrote is overwritten
  const { fileID } = as === "fileID" ? await api.post(`files?name=${encodeURIComponent(`console/${name}`)}`, picture) : {};
  if (!fileID) pictures.set(`@${name}`, await base64(picture));
  const event = parse().value;
  for (const key of PICTURE_KEYS) delete event[key];
  field.value = JSON.stringify({ ...event, [as]: fileID ?? `@${name}` }, null, 2);
  return ready();
}

function read() {
  const { value, error } = parse();
  let reason = error ?? "";
  const event = error ? null : withPictures(value, (name) => (reason = text("functions.no_picture", { name })));
  problem.textContent = reason;
  problem.hidden = !reason;
  if (reason) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return reason ? null : event;
}

function parse() {
  let value;
  try {
    value = JSON.parse(field.value.trim() ? field.value : "{}");
  } catch (error) {
    return { error: explain(error.message) };
  }
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  return isObject ? { value } : { error: text("functions.no_object") };
}

/** Browsers name the place as "at position 12", as "at line 1 column 13", or as the end; people count lines. */
function explain(message) {
  const named = /line (\d+) column (\d+)/.exec(message);
  const position = /position (\d+)/.exec(message)?.[1] ?? (/end of/.test(message) ? field.value.length : null);
  if (!named && position === null) return message;
  const before = field.value.slice(0, Number(position)).split("\n");
  const [line, column] = named?.slice(1) ?? [before.length, before.at(-1).length + 1];
  return text("functions.bad_json", { line, column, reason: message.replace(/ (in JSON )?at (position|line) .*$/, "") });
}

function withPictures(value, missing) {
  if (typeof value === "string" && /^@[^@]+\.\w+$/.test(value)) {
    if (!pictures.has(value)) missing(value.slice(1));
    return pictures.get(value);
  }
  if (Array.isArray(value)) return value.map((item) => withPictures(item, missing));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPictures(inner, missing)]));
}

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const parts = [];
  for (let start = 0; start < bytes.length; start += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
  return btoa(parts.join(""));
}

field?.addEventListener("input", ready);
