// JSON as lines that know which part of the answer they show, so that the two sides can light up together.

import { fill, h } from "./dom.js";

const SPELT_OTHERWISE = { errcode: "errCode", errmsg: "errMsg" };

const toCamel = (name) => SPELT_OTHERWISE[name] ?? name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** For each name of a cloud-call object the name that WeChat uses. */
export function wireNames(reply, names = new Map()) {
  if (Array.isArray(reply)) for (const item of reply) wireNames(item, names);
  else if (reply !== null && typeof reply === "object") {
    for (const [name, value] of Object.entries(reply)) {
      names.set(toCamel(name), name);
      wireNames(value, names);
    }
  }
  return names;
}

/** Shows a value in an <ol>, a line for each member; `names` leads from its names to those of the paths. */
export function showJson(list, value, names = new Map()) {
  const found = [...lines(value, names, "", 0)];
  const line = ({ path, depth, parts }) => h("li", { data: { path }, tabindex: "-1" }, "  ".repeat(depth), ...parts);
  fill(list, found.map(line));
  if (list.firstChild) list.firstChild.tabIndex = 0;
}

function* lines(value, names, path, depth, before = [], after = "") {
  if (value === null || typeof value !== "object" || isSmall(value)) {
    yield { path, depth, parts: [...before, leaf(value), after] };
    return;
  }
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  yield { path, depth, parts: [...before, open] };
  const entries = Object.entries(value);
  for (const [number, [name, inner]] of entries.entries()) {
    const comma = number < entries.length - 1 ? "," : "";
    if (Array.isArray(value)) yield* lines(inner, names, `${path}[${name}]`, depth + 1, [], comma);
    else {
      const wire = names.get(name) ?? name;
      const key = [h("span", { class: "key" }, JSON.stringify(name)), ": "];
      yield* lines(inner, names, path ? `${path}.${wire}` : wire, depth + 1, key, comma);
    }
  }
  yield { path, depth, parts: [close + after] };
}

/** Points and empty things fit on one line. */
function isSmall(value) {
  const inner = Object.values(value);
  return inner.length === 0 || (!Array.isArray(value) && inner.length < 4 && inner.every(Number.isFinite));
}

function leaf(value) {
  if (value !== null && typeof value === "object") {
    return JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
  }
  return h("span", { class: typeof value === "string" ? "string" : "number" }, JSON.stringify(value));
}

/** Up, Down, Home and End walk through the lines of a list that is one stop of the Tab key. */
export function walkable(list) {
  list.addEventListener("keydown", (event) => {
    const all = [...list.children];
    const here = all.indexOf(event.target.closest("li"));
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (here < 0 || next === undefined || !all[next]) return;
    event.preventDefault();
    all[here].tabIndex = -1;
    all[next].tabIndex = 0;
    all[next].focus();
  });
}
