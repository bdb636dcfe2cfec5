// The page Journal: the list of calls, its filter, and the calls that arrive while one looks.

import * as api from "./api.js";
import { callRow, fits } from "./callrows.js";
import { showTree } from "./calltree.js";
import { busy, byId, complain, download, fill, personal, say, text } from "./page.js";

const PAGE = 100;
const MOST_AT_ONCE = 20;
const MOST_EXPORTED = 10000;
const NEWS_MS = 1500;

const calls = byId("calls");
const live = byId("live");
const filters = byId("filters");
const keys = JSON.parse(filters.dataset.keys);

let limit = PAGE;
let chosen = new URLSearchParams(location.search).get("id");
let total = 0;
let asked = 0; // the number of the latest question, so that a slow answer to an older one is dropped
let missed = 0; // calls that ended while the list stood still
let stream = null;
let arrived = [];
let unsaid = 0;

const isLive = () => live.getAttribute("aria-checked") === "true";
const shown = () => ({ personal_data: personal.shown });

function wanted() {
  const given = Object.fromEntries([...new FormData(filters)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
  // The journal knows /cv/ocr/comm; people know ocr.printedText.
  return given.name in keys ? { ...given, name: keys[given.name] } : given;
}

async function load() {
  const mine = ++asked;
  const answer = await api.get("journal", { limit, ...wanted(), ...shown() });
  if (mine !== asked) return;
  missed = 0;
  total = answer.total;
  fill(calls, answer.trees.map((tree) => callRow(tree, tree.id === chosen)));
  settle();
}

function settle() {
  const rows = calls.children.length;
  byId("count").textContent = text("journal.count", { shown: rows, total });
  const filtered = Object.keys(wanted()).length > 0;
  byId("none").hidden = rows > 0 || filtered;
  byId("no-match").hidden = rows > 0 || !filtered;
  byId("more").hidden = rows >= total;
  byId("waiting").hidden = missed === 0;
  byId("waiting").textContent = text("journal.waiting", { count: missed });
}

async function open(id, { focus = false, replay = null } = {}) {
  chosen = id;
  for (const link of calls.querySelectorAll("a")) {
    if (link.dataset.id === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  history.replaceState(null, "", `?id=${encodeURIComponent(id)}`);
  const path = `journal/${encodeURIComponent(id)}`;
  let tree = await api.get(path, shown());
  const plain = personal.shown || (await (await import("./invented.js")).isInvented(tree));
  if (plain && !personal.shown) tree = await api.get(path, { personal_data: true });
  if (chosen !== id) return;
  showTree(byId("tree"), tree, { open, replay, plain });
  if (focus) {
    const detail = byId("detail");
    const { top } = detail.getBoundingClientRect();
    detail.focus({ preventScroll: true });
    if (top < 0 || top > innerHeight / 2) detail.scrollIntoView({ block: "start" });
  }
}

// What arrives.

function follow() {
  stream?.close();
  stream = new EventSource(api.url("journal/stream", { personal_data: false }));
  let broken = false;
  stream.addEventListener("open", () => {
    if (broken) load().catch(complain);
    broken = false;
  });
  stream.addEventListener("entry", ({ data }) => {
    const entry = JSON.parse(data);
    if (entry.parent === "") arrive(entry.id);
  });
  stream.addEventListener("lost", () => load().catch(complain));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) {
      setLive(false);
      complain(text("journal.too_many"));
    } else if (!broken) byId("news").textContent = text("journal.not_live");
    broken = true;
  });
}

function arrive(id) {
  if (!isLive()) {
    missed += 1;
    settle();
    return;
  }
  arrived.push(id);
  if (arrived.length === 1) setTimeout(() => take().catch(complain), 50);
}

async function take() {
  const ids = arrived;
  arrived = [];
  if (ids.length > MOST_AT_ONCE) return load();
  for (const id of ids) {
    const tree = await api.get(`journal/${id}`, shown()).catch(() => null);
    if (tree) add(tree);
  }
  return undefined;
}

function add(tree) {
  if (!fits(tree, wanted()) || calls.querySelector(`a[data-id="${CSS.escape(tree.id)}"]`)) return;
  total += 1;
  calls.prepend(callRow(tree, tree.id === chosen));
  if (calls.children.length > limit) calls.lastElementChild.remove();
  settle();
  if (unsaid++ === 0) setTimeout(tell, NEWS_MS);
}

/** For who does not see the list: not every call, but every now and then what came. */
function tell() {
  const link = calls.querySelector("a");
  byId("news").textContent = text("journal.news", { count: unsaid, name: link?.dataset.name ?? "", code: link?.dataset.code ?? "" });
  unsaid = 0;
}

function setLive(on) {
  live.setAttribute("aria-checked", String(on));
  if (on) {
    if (stream?.readyState === EventSource.CLOSED) follow();
    load().catch(complain);
  }
}

async function exportHar() {
  const [{ trees }, { version }] = await Promise.all([api.get("journal", { limit: MOST_EXPORTED, ...wanted(), ...shown() }), api.get("health")]);
  const { harOf } = await import("./har.js");
  const har = harOf(trees, version);
  download("cloudbase-ocr.har", "application/json", JSON.stringify(har, null, 1));
  say(text("journal.har_done", { count: har.log.entries.length }));
}

// What the reader does.

live.addEventListener("click", () => setLive(!isLive()));
byId("har").addEventListener("click", () => busy(byId("har"), exportHar));
byId("waiting").addEventListener("click", () => load().catch(complain));
byId("more").addEventListener("click", () => {
  limit += PAGE;
  load().catch(complain);
});

let typing = 0;
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => load().catch(complain), 200);
});
filters.addEventListener("submit", (event) => event.preventDefault());

calls.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link.dataset.id ?? new URL(link.href).searchParams.get("id"), { focus: true }).catch(complain);
});

calls.addEventListener("keydown", (event) => {
  const steps = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" };
  const next = event.target.closest("li")?.[steps[event.key]]?.querySelector("a");
  if (!next) return;
  event.preventDefault();
  next.focus();
});

personal.follow(() => {
  load().catch(complain);
  if (chosen) open(chosen).catch(complain);
});
follow();
addEventListener("pagehide", () => stream.close());
