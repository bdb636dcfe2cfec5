// The call that gave an answer, to be copied: curl, Python, mini-program, fixture, pytest; of the service market Node, too.

import * as api from "./api.js";
import { byId, complain, copy, fill, h, text } from "./page.js";
import { maskJson } from "./personal.js";

export class Snippets {
  #real = [];
  #shown = [];
  #file = "";
  #chosen = 0;
  #turn = 0;
  #masked = false;

  constructor() {
    byId("snippet-copy").addEventListener("click", () => this.#copy());
    byId("tabs").addEventListener("keydown", (event) => this.#walk(event));
  }

  /**
   * Fetches the snippets for an answer, of the service market if `market`; while it is masked they show stars, and
   * copying gives the real values.
   */
  async show(answer, file, masked, market) {
    const turn = ++this.#turn;
    this.#masked = masked;
    const ask = (reply) =>
      api.post("snippets", { method: answer.method, file, sha256: answer.picture.sha256, reply, market });
    try {
      const [real, shown] = await Promise.all([ask(answer.wechat), masked ? ask(maskJson(answer.wechat)) : null]);
      if (turn !== this.#turn) return;
      this.#file = real.file;
      this.#real = real.snippets;
      this.#shown = (shown ?? real).snippets;
      if (this.#chosen >= this.#shown.length) this.#chosen = 0;
      byId("copies").hidden = false;
      this.#draw();
    } catch (error) {
      byId("copies").hidden = true;
      complain(error);
    }
  }

  #draw() {
    fill(byId("tabs"), this.#shown.map(({ name }, number) => this.#tab(name, number)));
    const { name, text: code } = this.#shown[this.#chosen];
    byId("snippet").setAttribute("aria-labelledby", `tab-${name}`);
    fill(byId("snippet-hint"), text(`try.use_${name}`, { file: this.#file }));
    fill(byId("snippet-text"), code);
  }

  #tab(name, number) {
    const isChosen = number === this.#chosen;
    const attributes = {
      type: "button",
      role: "tab",
      id: `tab-${name}`,
      "aria-controls": "snippet",
      "aria-selected": String(isChosen),
      tabindex: isChosen ? "0" : "-1",
      onclick: () => this.#choose(number),
    };
    return h("button", attributes, text(`try.snippet_${name}`));
  }

  #choose(number) {
    this.#chosen = number;
    this.#draw();
    byId("tabs").children[number].focus();
  }

  #walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#choose((this.#chosen + step + this.#shown.length) % this.#shown.length);
  }

  #copy() {
    copy(this.#real[this.#chosen].text, this.#masked ? text("try.real_copied") : undefined);
  }
}
