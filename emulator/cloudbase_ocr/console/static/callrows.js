// One call as a line of the list: what it was, what came of it, where the answer came from.

import { all } from "./api.js";
import { byId, h, text, timeOfDay } from "./page.js";

const EXTRAS = ["scenario", "magic", "fixture", "recognizer"];

// The journal knows /cv/ocr/comm; people know ocr.printedText.
const METHODS = new Map(Object.entries(JSON.parse(byId("filters").dataset.keys)).map(([method, key]) => [`/cv/ocr/${key}`, method]));

/** The name as people say it: idcard, ocr.printedText, /cgi-bin/token. */
export const nameOf = (entry) => METHODS.get(entry.name) ?? entry.name;

/** The code, or the HTTP status where there is none. */
export const codeOf = ({ outcome }) => outcome.code ?? outcome.status ?? "";

export function isGood({ outcome }) {
  if (outcome.code !== null) return Number(outcome.code) === 0;
  return outcome.status === null || outcome.status < 400;
}

export function badge(entry) {
  if (entry.duration_ms === null) return h("span", { class: "badge warn" }, text("journal.running"));
  return h("span", { class: `badge ${isGood(entry) ? "good" : "bad"}` }, String(codeOf(entry)));
}

export const duration = (ms) => (ms === null ? "" : ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** The source of an answer in the reader's language: "fixture idcard/front". */
export function source({ by, name }) {
  const word = EXTRAS.includes(by) ? text(`journal.by_${by}`) : by;
  return name ? `${word} ${name}` : word;
}

export function callRow(tree, isChosen) {
  const entries = all(tree);
  const below = [...new Set(entries.slice(1).filter((entry) => entry.kind === "wechat" && !entry.name.startsWith("/cgi-bin/")).map(nameOf))];
  const sources = [...new Set(entries.map((entry) => entry.matched).filter(Boolean).map(source))];
  const faults = entries.filter((entry) => entry.fault);
  const attributes = {
    href: `?id=${encodeURIComponent(tree.id)}`,
    "aria-current": isChosen ? "true" : null,
    data: { id: tree.id, name: nameOf(tree), code: String(codeOf(tree)) },
  };
  return h(
    "li",
    {},
    h(
      "a",
      attributes,
      h("span", { class: "call-name" }, [nameOf(tree), ...below].join(" → ")),
      faults.length ? h("span", { class: "badge warn" }, text("journal.fault")) : null,
      badge(tree),
      h("span", { class: "call-facts" }, [timeOfDay(tree.started), duration(tree.duration_ms), tree.appid, ...sources].filter(Boolean).join(" · ")),
    ),
  );
}

/** Whether one and the same entry of a tree fits all that is wanted; as the journal itself looks. */
export function fits(tree, wanted) {
  const found = (entry) =>
    Object.entries(wanted).every(([key, value]) => {
      if (key === "code") return String(entry.outcome.code) === value;
      if (key === "name") return entry.name === value || entry.name.split("/").pop() === value;
      return entry[key] === value;
    });
  return all(tree).some(found);
}
