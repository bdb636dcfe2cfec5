// The page Functions: an event editor, a call with its result and log, and what the function did lately.

import { busy, byId, complain, copy, fill, h, mask, personal, say, text, timeOfDay } from "./page.js";
import * as api from "./api.js";
import { attach, eventOf, ready } from "./event.js";
import { maskJson } from "./personal.js";

const EVERY_MS = 4000;
const LIVE_MS = 300;
const BADGES = { used: "badge good", unused: "badge", refused: "badge bad", unlisted: "badge warn" };
// Runs of digits and of Chinese characters, as the control API masks them in sentences.
const PERSONAL = /[0-9A-Z]{0,24}[0-9]{8,}[0-9A-Za-z]*|[\u3400-\u9fff\u00b7]{2,}/gu;

const root = byId("function");
const name = root?.dataset.name;
let outcome = null; // {answer, id, invented} of the call that this page made last

/* What the control API says of functions */

const badge = (code) => (code ? h("span", { class: "badge bad" }, String(code)) : h("span", { class: "badge good" }, text("functions.ok")));

const reportOf = (call) => text("functions.report", { ms: call.billed_ms, mb: call.memory_mb });

const startOf = (call) => h("span", { class: call.cold ? "badge warn" : "badge" }, text(call.cold ? "functions.cold" : "functions.warm"));

async function refresh() {
  const { functions } = await api.get("functions");
  for (const each of functions) {
    const field = document.querySelector(`#functions [data-name="${CSS.escape(each.name)}"] [data-field="report"]`);
    if (field) fill(field, ...(each.last ? [badge(each.last.code), " ", reportOf(each.last), " ", startOf(each.last)] : [text("functions.never")]));
  }
  const mine = functions.find((each) => each.name === name);
  if (mine) await show(mine);
}

async function show({ instances, calls, cloud_calls: cloudCalls }) {
  const shown = root.querySelector('[data-field="instances"]');
  const { warm, limit } = instances;
  shown.textContent = text("functions.instances", { warm, busy: instances.busy + instances.starting, limit });
  shown.classList.toggle("good", warm > 0);
  root.querySelector('[data-field="calls"]').textContent = calls;
  const rows = cloudCalls.map(permissionRow);
  if (!rows.length) rows.push(h("tr", {}, h("td", { colspan: "4", class: "hint" }, text("functions.nothing_permitted"))));
  fill(byId("permissions").tBodies[0], ...rows);
  showCalls(await logs({ limit: root.dataset.shownCalls }));
}

const permissionRow = (each) =>
  h("tr", {},
    h("th", { scope: "row", class: "mono" }, each.name),
    h("td", {}, text(each.permitted ? "functions.permitted_yes" : "functions.permitted_no")),
    h("td", {}, String(each.calls)),
    h("td", {}, h("span", { class: BADGES[each.state] }, text(`functions.state_${each.state}`)), " ",
      each.state === "used" ? null : h("span", { class: "hint" }, text(`functions.advice_${each.state}`))));

const logs = async (query, plain = false) =>
  (await api.get(`functions/${encodeURIComponent(name)}/logs`, { ...query, personal_data: personal.shown || plain || "" })).calls;

function showCalls(calls) {
  byId("no-calls").hidden = calls.length > 0;
  const open = new Set([...byId("calls").querySelectorAll("details[open]")].map((each) => each.dataset.id));
  const focused = document.activeElement?.closest("#calls details")?.dataset.id;
  fill(byId("calls"), ...calls.map((call) => callEntry(call, open.has(call.request_id))));
  if (focused) byId("calls").querySelector(`[data-id="${CSS.escape(focused)}"] summary`)?.focus();
}

const callEntry = (call, open) =>
  h("details", { data: { id: call.request_id }, open },
    h("summary", {}, call.running ? h("span", { class: "badge warn" }, text("functions.running")) : badge(call.code), " ",
      h("span", {}, timeOfDay(call.started)), " ",
      call.running ? null : h("span", {}, reportOf(call)), " ", call.running ? null : startOf(call), " ",
      h("span", { class: "hint" }, call.cloud_calls.join(", "))),
    h("pre", { class: "code log", tabindex: "0", role: "group", "aria-label": text("functions.log") }, call.log));

/* The call */

async function call(event) {
  byId("outcome").hidden = false;
  fill(byId("verdict"), h("span", { class: "badge warn" }, text("functions.running")));
  byId("result").textContent = "";
  byId("log").textContent = text("functions.nothing_printed");
  const body = { name, data: event, source: byId("source").value };
  for (const key of ["openid", "appid", "unionid"]) if (byId(key).value) body[key] = byId(key).value;
  const running = watch();
  let id = "";
  try {
    const answer = await api.post("invoke", body, { onreply: (reply) => (id = reply.headers.get("X-Request-Id") ?? "") });
    const { showsNobody } = await import("./invented.js");
    outcome = { answer, id, invented: await showsNobody(id) };
  } catch (error) {
    byId("outcome").hidden = true;
    throw error;
  } finally {
    running.stop();
  }
  await showOutcome();
  say(text(outcome.answer.errCode ? "functions.done_failed" : "functions.done", { name }));
  document.dispatchEvent(new Event("turned")); // a fault may be spent now
  await refresh();
}

/** Shows what the call has printed so far, until it is over. */
function watch() {
  let over = false;
  const look = async () => {
    if (over) return;
    const [latest] = await logs({ limit: 1 }).catch(() => []);
    if (!over && latest?.running && latest.log) byId("log").textContent = latest.log;
    setTimeout(look, LIVE_MS);
  };
  setTimeout(look, LIVE_MS);
  return { stop: () => (over = true) };
}

async function showOutcome() {
  if (!outcome) return;
  byId("result").textContent = JSON.stringify(shownAnswer(), null, 2);
  const [report] = await logs({ request_id: outcome.id }, outcome.invented);
  const journal = byId("in-journal");
  journal.hidden = !outcome.id;
  journal.href = `/console/journal?id=${outcome.id}`;
  if (!report) return;
  byId("log").textContent = report.log;
  fill(byId("verdict"), badge(outcome.answer.errCode ?? outcome.answer.result?.errCode ?? report.code),
    h("span", { class: "badge" }, text("functions.billed", { ms: report.billed_ms })),
    h("span", { class: "badge" }, text("functions.memory_of", { mb: report.memory_mb, limit: report.memory_limit_mb })),
    report.cold ? h("span", { class: "badge warn" }, text("functions.started_in", { ms: Math.round(report.init_ms) })) : startOf(report));
}

function shownAnswer() {
  const { answer } = outcome;
  if (personal.shown || outcome.invented) return answer;
  if ("result" in answer) return { ...answer, result: maskJson(answer.result) };
  return { ...answer, errMsg: answer.errMsg.replace(PERSONAL, mask) };
}

/* The editor */

async function choosePicture() {
  const specimen = byId("specimen").value;
  if (!specimen) {
    byId("specimen").focus();
    return complain(text("functions.choose_first"));
  }
  const reply = await fetch(api.url(`specimens/${specimen}.jpg`));
  return put(`${specimen}.jpg`, await reply.blob());
}

async function put(file, picture) {
  if (await attach(file, picture, byId("as").value)) say(text("functions.put_done", { name: file }));
}

async function listSpecimens() {
  const { specimens } = await api.get("specimens");
  const chinese = document.documentElement.lang.startsWith("zh");
  byId("specimen").append(...specimens.map((each) => h("option", { value: each.name }, chinese ? each.title_zh : each.title)));
}

function listen() {
  byId("call").addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    const event = eventOf();
    if (event !== null) busy(byId("send"), () => call(event));
  });
  byId("event").addEventListener("keydown", (key) => {
    if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) byId("call").requestSubmit();
  });
  byId("example").addEventListener("change", () => {
    byId("event").value = byId("example").value;
    ready();
  });
  byId("put").addEventListener("click", () => busy(byId("put"), choosePicture));
  byId("own").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", () => {
    const [file] = byId("file").files;
    if (file) busy(byId("own"), () => put(file.name, file));
    byId("file").value = "";
  });
  byId("openid").addEventListener("input", () => (byId("who-now").textContent = byId("openid").value));
  byId("copy").addEventListener("click", () => copy(byId("result").textContent));
  listSpecimens().catch(complain);
}

if (root) {
  if (root.dataset.runnable === "true") listen();
  personal.follow(() => Promise.all([showOutcome(), refresh()]).catch(complain));
  setInterval(() => document.hidden || refresh().catch(() => {}), EVERY_MS);
}
