// Several pictures: a table that fills while they are read one after another, and a file of it.

import { ApiError } from "./api.js";
import { byId, download, fill, h, mask, personal, text } from "./page.js";
import { methodName, trust } from "./result.js";

const SHOWN_FIELDS = 3;
const NOT_FIELDS = new Set(["errcode", "errmsg"]);
// How a cell begins that a spreadsheet takes for a formula; as in the tables of `recognize`.
const FORMULA = /^[=+\-@\t\r]/;

export class Queue {
  #jobs = []; // {what: {name, blob}, state, answer, problem}
  #reading = null; // the AbortController of the run
  #page;

  /** `page` has examined(file), answered(what, signal), and show(what, answer, problem) for the row that is opened. */
  constructor(page) {
    this.#page = page;
    byId("queue-stop").addEventListener("click", () => this.#reading?.abort());
    byId("queue-csv").addEventListener("click", () => download("pictures.csv", "text/csv", csvOf(this.#jobs)));
    byId("queue-close").addEventListener("click", () => this.#clear());
    personal.follow(() => this.#draw());
  }

  /** Takes files behind those that are there, and reads them. */
  async add(files) {
    this.#jobs.push(...files.map((file) => ({ what: { name: file.name || "picture.jpg", blob: file }, state: "waiting" })));
    byId("queue").hidden = false;
    this.#draw();
    byId("queue").scrollIntoView({ block: "start" });
    byId("queue-title").focus({ preventScroll: true });
    if (this.#reading) return;
    this.#reading = new AbortController();
    const { signal } = this.#reading;
    for (let job = this.#next(); job && !signal.aborted; job = this.#next()) {
      job.state = "reading";
      this.#draw();
      await this.#read(job, signal);
      this.#draw();
    }
    this.#reading = null;
    for (const job of this.#jobs) if (job.state === "waiting") job.state = "stopped";
    this.#draw();
  }

  #next() {
    return this.#jobs.find(({ state }) => state === "waiting");
  }

  async #read(job, signal) {
    try {
      const { problem } = await this.#page.examined(job.what.blob);
      if (problem) return Object.assign(job, { state: "refused", problem });
      return Object.assign(job, { state: "done", answer: await this.#page.answered(job.what, signal) });
    } catch (error) {
      if (error.name === "AbortError") return Object.assign(job, { state: "stopped" });
      if (error instanceof ApiError && error.status === 0) this.#reading.abort(); // nobody is there for the others, too
      return Object.assign(job, { state: "failed", problem: error.message });
    }
  }

  #clear() {
    this.#reading?.abort();
    this.#jobs = [];
    byId("queue").hidden = true;
  }

  #draw() {
    const done = this.#jobs.filter(({ state }) => state !== "waiting" && state !== "reading").length;
    fill(byId("queue-count"), text("try.queue_count", { done, total: this.#jobs.length }));
    byId("queue-stop").hidden = done === this.#jobs.length;
    byId("queue-csv").disabled = done === 0;
    const focused = [...byId("queue-rows").rows].findIndex((row) => row.contains(document.activeElement));
    fill(byId("queue-rows"), this.#jobs.map((job) => this.#row(job)));
    if (focused >= 0) byId("queue-rows").rows[focused]?.querySelector("button")?.focus({ preventScroll: true });
  }

  #row(job) {
    const { what, answer, problem } = job;
    const open = () => this.#page.show(what, answer, problem);
    const name = answer || problem ? h("button", { type: "button", class: "link", onclick: open }, what.name) : what.name;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      h("td", {}, verdict(job)),
      h("td", {}, problem ?? (answer ? summary(answer) : "")),
      h("td", {}, answer ? trust(lowest(answer)?.confidence) : ""),
    );
  }
}

function verdict({ state, answer }) {
  if (!answer) return h("span", { class: state === "waiting" ? "badge" : "badge warn" }, text(`try.queue_${state}`));
  const failed = Number(answer.wechat.errcode) !== 0;
  return h("span", { class: failed ? "badge bad" : "badge good" }, failed ? String(answer.wechat.errcode) : methodName(answer.method));
}

/** The first fields with their values, or why there are none. */
function summary({ fields, reason }) {
  const found = fields.filter(({ path, value }) => path !== "type" && typeof value === "string" && value !== "").slice(0, SHOWN_FIELDS);
  if (!found.length) return reason ?? text("try.nothing");
  return found.map(({ path, value }) => h("span", { class: "pair" }, h("span", { class: "hint" }, path), " ", personal.shown ? value : mask(value), " "));
}

function lowest({ fields }) {
  const told = fields.filter(({ confidence }) => typeof confidence === "number");
  return told.length ? told.reduce((one, other) => (other.confidence < one.confidence ? other : one)) : null;
}

/** A table with the columns of `recognize --out pictures.csv`, those of fields that were found only. */
function csvOf(jobs) {
  const rows = jobs.map(({ what, answer, problem }) => {
    const worst = answer ? lowest(answer) : null;
    const head = { file: what.name, method: answer?.method, errcode: answer?.wechat.errcode, lowest_field: worst?.path, lowest_confidence: worst?.confidence };
    return { ...head, ...cells(answer?.wechat ?? {}), reason: answer?.reason, error: problem };
  });
  const last = ["reason", "error"];
  const names = [...new Set(rows.flatMap(Object.keys))].filter((name) => !last.includes(name)).concat(last);
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))].map((line) => line.map(cell).join(","));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** The fields of a reply by name: places and sizes are left out, a list is one cell. */
function cells(wechat) {
  const plain = (item) => (item !== null && typeof item === "object" ? Object.values(item).filter((inner) => typeof inner !== "object").join(" ") : item);
  const pairs = Object.entries(wechat).filter(([name, value]) => !NOT_FIELDS.has(name) && (typeof value !== "object" || Array.isArray(value)));
  return Object.fromEntries(pairs.map(([name, value]) => [name, Array.isArray(value) ? value.map(plain).join(" | ") : value]));
}

function cell(value) {
  const line = String(value ?? "").replaceAll(/\s*[\r\n]+\s*/g, " ");
  const harmless = typeof value === "string" && FORMULA.test(line) ? `'${line}` : line;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
