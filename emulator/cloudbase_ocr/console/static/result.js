// What was read from a picture: outlines, fields, both forms of the answer, times, and the call to copy.

import { crop, outline } from "./quads.js";
import { link } from "./links.js";
import { showJson, walkable, wireNames } from "./json.js";
import { maskJson } from "./personal.js";
import { byId, copy, fill, h, mask, personal, tell, text } from "./page.js";
import { size } from "./pictures.js";
import { showTimes } from "./stages.js";
import { Snippets } from "./snippets.js";
import { has } from "./texts.js";

const SURE = 0.9;
const DOUBTFUL = 0.7;
const LIKELY = 0.1; // other documents are offered from here on

export class Result {
  #readAs;
  #what = null;
  #answer = null;
  #inMarket = false;
  #snippets = new Snippets();
  #root = byId("result");
  #image = byId("shown");

  /** `readAs` is called with a method's key when the reader wants the picture read as another document. */
  constructor(readAs) {
    this.#readAs = readAs;
    link(this.#root);
    walkable(byId("wechat"));
    walkable(byId("cloud"));
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.addEventListener("click", () => this.#copy(button.dataset.copy));
    }
    byId("in-market").addEventListener("click", ({ currentTarget: button }) => {
      this.#inMarket = !this.#inMarket;
      button.setAttribute("aria-pressed", String(this.#inMarket));
      this.#draw();
    });
    byId("enlarge").addEventListener("click", ({ currentTarget: button }) => {
      const large = document.querySelector(".try-read").classList.toggle("large");
      button.setAttribute("aria-pressed", String(large));
    });
    personal.follow(() => this.#draw());
  }

  /** Shows a picture that is being read. */
  begin(what) {
    this.#what = what;
    this.#answer = null;
    this.#image.src = what.url;
    this.#root.classList.remove("refused");
    byId("refused").hidden = true;
    fill(byId("result-title"), text("try.result"));
    fill(byId("quads"));
    fill(byId("facts"), what.name);
    fill(byId("verdict"));
    fill(byId("instead"));
    byId("reason").hidden = true;
    this.#root.hidden = false;
    this.#root.classList.add("reading");
    this.#draw();
    this.#root.scrollIntoView({ block: "start" });
  }

  /** Shows the answer of POST /_emulator/recognize. */
  async show(answer) {
    await this.#image.decode().catch(() => {});
    this.#answer = answer;
    this.#root.classList.remove("reading");
    this.#draw();
    const { method, wechat, fields, reason } = answer;
    const name = methodName(method);
    if (wechat.errcode) tell(text("try.read_failed", { code: wechat.errcode, reason: reason ?? "" }));
    else tell(text("try.read_done", { method: name, count: fields.filter((field) => field.value !== "").length }));
  }

  /** Says why a picture is not sent, in place of a result; `offer` is a button that may help, or false. */
  refuse(problem, offer) {
    this.stop();
    this.#what = this.#answer = null;
    this.#image.removeAttribute("src");
    for (const id of ["verdict", "instead"]) fill(byId(id));
    byId("reason").hidden = true;
    this.#root.hidden = false;
    this.#root.classList.add("refused");
    fill(byId("result-title"), text("try.refused"));
    this.#draw();
    fill(byId("refused"), h("span", {}, problem), offer).hidden = false;
    this.#root.scrollIntoView({ block: "start" });
  }

  /** Shows an error in place of an answer. */
  fail(error) {
    this.stop();
    if (error.name === "AbortError") return;
    fill(byId("result-title"), text("try.not_read"));
    fill(byId("reason"), error.message).hidden = false;
  }

  /** Shows that the picture is not being read any more. */
  stop() {
    this.#root.classList.remove("reading");
    byId("progress").hidden = true;
  }

  /** What the one or the other interface sends; menus have none in the service market. */
  #sent({ wechat, market }) {
    return this.#inMarket && market ? market : wechat;
  }

  get #masked() {
    return !this.#what?.specimen && !personal.shown;
  }

  #draw() {
    const answer = this.#answer;
    const own = Boolean(this.#what && !this.#what.specimen);
    this.#root.classList.toggle("veiled", own && !personal.shown);
    this.#root.classList.toggle("answered", answer !== null);
    byId("veil").hidden = !own || personal.chosen;
    this.#image.alt = this.#what?.name ?? "";
    if (!answer) return;
    this.#drawHead(answer);
    outline(byId("quads"), answer.picture, answer.fields);
    fill(byId("fields"), answer.fields.map((field) => this.#row(field)));
    if (!answer.fields.length) {
      fill(byId("fields"), h("tr", {}, h("td", { colspan: "4", class: "hint" }, text("try.nothing"))));
    }
    byId("in-market").hidden = answer.market === null;
    showJson(byId("wechat"), this.#shown(this.#sent(answer)));
    showJson(byId("cloud"), this.#shown(answer.cloud), wireNames(answer.wechat));
    showTimes(byId("times"), byId("legend"), answer.stages, answer.seconds);
    this.#snippets.show(answer, this.#what.name, this.#masked, this.#inMarket && answer.market !== null);
  }

  #drawHead({ method, guessed, candidates, picture, wechat, reason, seconds }) {
    const failed = Number(wechat.errcode) !== 0;
    fill(byId("result-title"), text(failed ? "try.not_read" : "try.result"));
    fill(
      byId("verdict"),
      h("span", { class: failed ? "badge bad" : "badge good" }, failed ? `${wechat.errcode}` : methodName(method)),
      guessed && candidates.length > 0 && h("span", { class: "badge" }, `${text("try.guessed")} ${percent(candidates[0].score)}`),
      h("span", { class: "hint" }, text("try.in_seconds", { seconds: seconds.toFixed(2) })),
    );
    const others = candidates.filter((other) => other.method !== method && other.score >= LIKELY).slice(0, 2);
    const button = ({ method: other, score }) => {
      const label = `${methodName(other)} ${percent(score)}`;
      return h("button", { type: "button", class: "quiet", onclick: () => this.#readAs(other) }, label);
    };
    fill(byId("instead"), others.length > 0 && h("span", { class: "hint" }, text("try.instead")), others.map(button));
    fill(byId("reason"), reason ?? "").hidden = !reason;
    this.#drawFacts(picture);
  }

  #drawFacts({ width, height, bytes, sha256 }) {
    const facts = width ? text("try.picture_facts", { width, height, size: size(bytes) }) : size(bytes);
    const attributes = { type: "button", class: "quiet mono", title: text("try.copy_sha"), onclick: () => copy(sha256) };
    const sha = h("button", attributes, `SHA-256 ${sha256.slice(0, 10)}…`);
    fill(byId("facts"), h("span", {}, this.#what.name), h("span", {}, facts), sha);
  }

  #row(field) {
    const value = inWords(field.value);
    const shown = value && this.#masked && typeof field.value === "string" && field.path !== "type" ? mask(value) : value;
    const cut = crop(this.#image, this.#answer.picture, field);
    const isBare = !cut && typeof field.confidence !== "number" && !field.checks?.length;
    return h(
      "tr",
      { data: { path: field.path }, tabindex: "0", class: isBare ? "bare" : null },
      h(
        "th",
        { scope: "row" },
        h("code", {}, breakable(field.path)),
        field.camel !== field.path && h("code", { class: "camel" }, breakable(field.camel)),
      ),
      h("td", {}, cut ?? h("span", { class: "visually-hidden" }, text("try.no_place"))),
      h("td", { class: "value" }, shown || h("span", { class: "hint" }, text("try.unread"))),
      h("td", { class: "trust" }, trust(field.confidence), (field.checks ?? []).map((check) => badge(check, this.#masked))),
    );
  }

  #shown(value) {
    return this.#masked ? maskJson(value) : value;
  }

  #copy(side) {
    if (!this.#answer) return;
    const value = side === "wechat" ? this.#sent(this.#answer) : this.#answer[side];
    copy(JSON.stringify(value, null, 2), this.#masked ? text("try.real_copied") : undefined);
  }
}

const percent = (score) => (typeof score === "number" ? `${Math.round(score * 100)} %` : "");

/** What people call a method in the reader's language. */
export function methodName(method) {
  return byId("method").querySelector(`option[value="${CSS.escape(method)}"]`)?.textContent ?? method;
}

/** A confidence from 0 to 1 as a coloured percentage; null for none. */
export function trust(confidence) {
  if (typeof confidence !== "number") return null;
  const level = confidence >= SURE ? "good" : confidence >= DOUBTFUL ? "warn" : "bad";
  const rounded = Math.floor(confidence * 100);
  return h("span", { class: `meter ${level}`, title: text("try.sure", { percent: rounded }) }, `${rounded} %`);
}

/** What a check found: its name, and where it failed a sentence that says what that may mean. */
function badge({ name, ok, text: told }, masked) {
  const label = has(`try.check_${name}`) ? text(`try.check_${name}`) : name;
  const spoken = h("span", { class: "visually-hidden" }, text(ok ? "try.check_ok" : "try.check_failed"));
  const mark = h("span", { "aria-hidden": "true" }, ok ? "✓ " : "! ");
  const found = h("span", { class: ok ? "badge good" : "badge warn", title: masked ? null : told }, mark, label, " ", spoken);
  if (ok) return found;
  return [found, h("span", { class: "hint wrong" }, has(`try.wrong_${name}`) ? text(`try.wrong_${name}`) : masked ? "" : told)];
}

/** A name that may be broken where its words meet. */
const breakable = (name) => name.split(/(?<=[._\]])|(?=[A-Z])/).flatMap((word) => [word, h("wbr")]);

/** A value in words; corners of a place as their coordinates. */
function inWords(value) {
  if (value === null || typeof value !== "object") return String(value ?? "");
  return Object.values(value).map((corner) => `${corner.x}, ${corner.y}`).join(" · ");
}
