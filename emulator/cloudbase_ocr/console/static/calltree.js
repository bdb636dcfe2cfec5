// One call as a tree: who called, the function, the request to WeChat, and where the answer came from.

import * as api from "./api.js";
import { badge, duration, isGood, nameOf, source } from "./callrows.js";
import { busy, copy, dateAndTime, fill, h, say, text } from "./page.js";
import { stageName } from "./stages.js";

const KINDS = { call_function: "journal.kind_call_function", function: "journal.kind_function", wechat: "journal.kind_wechat", storage: "journal.kind_storage", fetch: "journal.kind_fetch" };

/**
 * Shows `tree` in `box`; `open(id)` shows another, `replay` is what came of sending one again, `plain` says that nothing
 * in it is masked.
 */
export function showTree(box, tree, { open, replay, plain }) {
  const notice = replay && h("p", { class: `notice ${replay.same ? "" : "warn"}` }, verdict(replay));
  const former = tree.replay_of || api.all(tree).find((entry) => entry.replay_of)?.replay_of;
  fill(
    box,
    notice,
    former && h("p", { class: "hint" }, `${text("journal.replay_of")} `, h("a", { href: `?id=${encodeURIComponent(former)}`, onclick: follow(former, open) }, former)),
    h("ol", { class: "tree" }, branch(tree, { root: tree, open, plain })),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", onclick: () => copy(JSON.stringify(tree, null, 2)) }, text("journal.copy_json")),
      h("button", { type: "button", onclick: () => copy(tree.id) }, text("journal.copy_id")),
    ),
  );
}

const verdict = (replay) => (replay.same ? text("journal.same") : text("journal.different", { places: replay.differences.join(", ") }));

const follow = (id, open) => (event) => {
  event.preventDefault();
  open(id, { focus: true }).catch(() => {});
};

function branch(entry, view) {
  const parts = entry.children.map((child) => branch(child, view));
  return h(
    "li",
    {},
    h(
      "details",
      { class: `entry ${isGood(entry) ? "" : "failed"}`, open: true, data: { id: entry.id } },
      h(
        "summary",
        {},
        h("span", { class: "kind" }, KINDS[entry.kind] ? text(KINDS[entry.kind]) : entry.kind),
        h("span", { class: "entry-name" }, nameOf(entry)),
        badge(entry),
        entry.fault ? h("span", { class: "badge warn" }, `${text("journal.fault")}: ${entry.fault}`) : null,
        h("span", { class: "hint" }, [entry === view.root ? dateAndTime(entry.started) : "", duration(entry.duration_ms), entry.appid].filter(Boolean).join(" · ")),
      ),
      h("div", { class: "entry-body" }, body(entry, view)),
    ),
    parts.length ? h("ol", {}, parts) : null,
    entry.more_children ? h("p", { class: "hint" }, text("journal.more_children", { count: entry.more_children })) : null,
  );
}

function body(entry, view) {
  return [
    entry.matched && fact(text("journal.answered_by"), h("strong", {}, source(entry.matched))),
    entry.outcome.message && fact(text("journal.message"), entry.outcome.message),
    entry.notes.length ? fact(text("journal.notes"), h("ul", { class: "notes" }, entry.notes.map((note) => h("li", {}, note)))) : null,
    entry.missed.length ? fact(text("journal.near"), h("ul", { class: "notes" }, entry.missed.map((miss) => h("li", {}, miss)))) : null,
    entry.function && fact(text("journal.process"), processFacts(entry.function)),
    entry.reading && fact(text("journal.reading"), readingFacts(entry.reading)),
    isOcr(entry) ? quotaLine(entry) : null,
    entry.image && fact(text("journal.picture"), pictureFacts(entry, view)),
    hasMore(entry.request) ? value(text("journal.request"), entry.request, entry.kind === "function") : null,
    value(text("journal.answer"), entry.answer, entry.kind === "function" || isOcr(entry) || !isGood(entry)),
    actions(entry, view),
  ];
}

const fact = (name, ...what) => h("div", { class: "fact" }, h("span", { class: "fact-name" }, name), h("div", { class: "fact-value" }, ...what));

/** Whether a request says more than its method. */
const hasMore = (request) => Object.keys(request ?? {}).some((name) => name !== "method");

function value(name, json, open) {
  if (json === null || json === undefined || (typeof json === "object" && !Object.keys(json).length)) return null;
  const written = JSON.stringify(json, null, 2);
  return h("details", { class: "value", open: open && written.length < 600 }, h("summary", {}, name), h("pre", { class: "code", tabindex: "0", "aria-label": name }, written));
}

const processFacts = (facts) =>
  [facts.cold ? text("journal.cold") : text("journal.warm"), facts.cold ? duration(facts.init_ms) : "", text("journal.memory", { mb: facts.memory_mb })].filter(Boolean).join(" · ");

function readingFacts({ stages, seconds, confidence, fields }) {
  const [name] = Object.keys(fields ?? {}).filter((field) => fields[field] === confidence);
  const parts = [duration(seconds * 1000), ...stages.map((stage) => `${stageName(stage.name)} ${duration(stage.seconds * 1000)}`)];
  if (confidence !== null) parts.push(text("journal.confidence", { percent: (confidence * 100).toFixed(0), name: name ?? "" }));
  return parts.join(" · ");
}

function pictureFacts(entry, { plain }) {
  const { sha256, bytes, type } = entry.image;
  const facts = h("code", { class: "sha" }, `${type ?? "?"} · ${bytes} B · ${sha256.slice(0, 16)}…`);
  if (!plain) return [facts, h("p", { class: "hint" }, text("journal.picture_masked"))];
  const gone = h("p", { class: "hint", hidden: true }, text("journal.picture_gone"));
  const shown = h("img", { src: api.url(`journal/${entry.id}/picture`, { personal_data: true }), alt: text("journal.picture_alt"), class: "sent", loading: "lazy" });
  shown.addEventListener("error", () => {
    shown.remove();
    gone.hidden = false;
  });
  return [facts, shown, gone];
}

const isOcr = (entry) => entry.kind === "wechat" && /(^\/cv\/ocr\/|openapi|openApi)/.test(entry.name);

/** What of the quota is left now; filled in when the emulator has told. */
function quotaLine(entry) {
  const line = h("p", { class: "hint", hidden: true });
  const method = entry.name.startsWith("/cv/") ? entry.name : null;
  if (!entry.appid || !method) return null;
  api.get("quota", { appid: entry.appid, method }).then(
    ({ quotas: [quota] }) => {
      line.textContent = quota.limit ? text("journal.quota", quota) : text("journal.quota_free", quota);
      line.hidden = false;
    },
    () => {},
  );
  return line;
}

function actions(entry, { root, open }) {
  const ocr = api.all(entry).filter((one) => one.name.startsWith("/cv/ocr/") || one.matched);
  const canRepeat = entry.name.startsWith("/cv/") || entry.kind === "call_function" || (entry.kind === "function" && entry === root);
  const again = async () => {
    const replay = await api.post(`journal/${encodeURIComponent(entry.id)}/replay`);
    say(verdict(replay));
    await open(replay.root, { focus: true, replay });
  };
  return h(
    "div",
    { class: "row actions" },
    canRepeat && entry.duration_ms !== null ? h("button", { type: "button", onclick: (event) => busy(event.currentTarget, again) }, text("journal.again")) : null,
    ocr.length === 1 && ocr[0] === entry ? h("button", { type: "button", onclick: () => exportOf("fixture", entry) }, text("journal.fixture")) : null,
    ocr.length && (ocr[0] === entry || entry === root) ? h("button", { type: "button", onclick: () => exportOf("scenario", entry) }, text("journal.scenario")) : null,
    wasSent(entry, root) ? h("button", { type: "button", onclick: (event) => busy(event.currentTarget, () => copyCurl(entry)) }, text("journal.copy_curl")) : null,
  );
}

/** Copies the command with what was really sent, as it would be of no use with stars; secrets are not in the journal. */
async function copyCurl({ id }) {
  const tree = await api.get(`journal/${encodeURIComponent(id)}`, { personal_data: true });
  const { curlOf } = await import("./har.js");
  await copy(curlOf(api.all(tree).find((entry) => entry.id === id)), text("journal.curl_copied"));
}

/** Whether an entry stands for a request that a command can send: one of HTTP, or the call of a function. */
function wasSent(entry, root) {
  if (entry.kind === "call_function") return true;
  return entry.kind === "function" ? entry === root : entry.name.startsWith("/") && Boolean(entry.request?.method);
}

/** Opens the dialog for a fixture or a scenario, whose script is loaded when it is needed. */
async function exportOf(what, entry) {
  const dialog = await import("./export.js");
  dialog.exportOf(what, entry);
}
