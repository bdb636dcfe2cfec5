// Faults of the page Control: ready-made switches, those in force, and a form for any other.

import { byId, fill, h, text } from "./page.js";
import * as api from "./api.js";
import { problemOf } from "./problems.js";

let faults = [];

/** The ID of the fault in force that a switch stands for, if it is on. */
const idOf = (button) => faults.find((fault) => bare(fault) === button.dataset.rule)?.id;

/** A fault as JSON with sorted keys, as the switches have theirs. */
function bare(fault) {
  const names = words(byId("fault-presets").dataset.compared).filter((name) => name in fault).sort();
  return canonical(Object.fromEntries(names.map((name) => [name, fault[name]])));
}

const canonical = (value) => JSON.stringify(value);

/** The names of parameters, which the page has from the dataclass Fault. */
const words = (list) => list.split(" ");

export function startFaults(turn) {
  const switches = [...byId("fault-presets").querySelectorAll("button")];
  for (const button of switches) {
    button.dataset.rule = canonical(JSON.parse(button.dataset.rule));
    button.addEventListener("click", () =>
      turn(button, async () => {
        const name = button.textContent;
        if (idOf(button)) {
          await api.remove(`faults/${idOf(button)}`);
          return text("control.turned_off", { name });
        }
        await api.post("faults", JSON.parse(button.dataset.body));
        return text("control.turned_on", { name });
      }));
  }
  byId("faults-clear").addEventListener("click", () =>
    turn(byId("faults-clear"), async () => {
      await api.remove("faults");
      byId("faults-title").focus();
    }));
  startForm(turn);
  return async () => {
    ({ faults } = await api.get("faults"));
    for (const button of switches) button.setAttribute("aria-checked", String(Boolean(idOf(button))));
    byId("faults-clear").hidden = faults.length === 0;
    const lines = faults.map((fault) => line(fault, turn));
    fill(byId("faults-list"), ...(lines.length ? lines : [h("li", { class: "hint" }, text("control.no_faults"))]));
  };
}

function line(fault, turn) {
  const remove = h("button", { type: "button", "aria-label": text("control.remove_named", { name: `${fault.id} ${fault.type}` }) }, text("control.remove"));
  remove.addEventListener("click", () =>
    turn(remove, async () => {
      await api.remove(`faults/${fault.id}`);
      byId("faults-title").focus();
      return text("control.removed", { name: `${fault.id} ${fault.type}` });
    }));
  return h("li", {},
    h("span", { class: fault.spent ? "badge" : "badge warn" }, fault.type),
    h("span", { class: "what" }, described(fault)),
    h("span", { class: "hint" }, text("control.hits", fault), fault.spent ? ` · ${text("control.spent")}` : ""),
    remove);
}

function described(fault) {
  const { own: first, more: then } = byId("faults-list").dataset;
  const own = words(first).filter((name) => name in fault && !(name === "jitter_ms" && fault[name] === 0)).map((name) => `${name} ${fault[name]}`);
  const where = `${fault.surface} ${fault.method ?? fault.function ?? "*"}`;
  const more = words(then).filter((name) => name in fault).map((name) => `${name} ${fault[name]}`);
  const chance = fault.probability === 1 ? [] : [`probability ${fault.probability}`];
  return [...own, where, ...more, ...chance].join(" · ");
}

/* The form for any fault: a type shows the parameters that it takes. */

function startForm(turn) {
  const form = byId("fault-form");
  const type = byId("fault-type");
  const adapt = () => {
    const { parameters, required, surfaces, ...more } = type.selectedOptions[0].dataset;
    const defaults = JSON.parse(more.defaults);
    const taken = new Set(parameters.split(" "));
    const ofTypes = new Set([...type.options].flatMap((option) => option.dataset.parameters.split(" ")));
    const places = surfaces.split(" ");
    for (const field of form.querySelectorAll("[data-parameter]")) {
      const name = field.dataset.parameter;
      field.hidden = ofTypes.has(name) ? !taken.has(name) : hidden(name, places);
      const input = field.querySelector("input");
      input?.toggleAttribute("required", required.split(" ").includes(name));
      if (ofTypes.has(name)) input.placeholder = defaults[name] ?? "";
    }
    for (const option of byId("fault-surface").options) option.hidden = option.value !== "" && !places.includes(option.value);
    byId("fault-surface").value = "";
    for (const meaning of form.querySelectorAll("[data-meaning]")) meaning.hidden = meaning.dataset.meaning !== type.value;
  };
  type.addEventListener("change", adapt);
  adapt();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    turn(event.submitter, () =>
      problemOf("fault", async () => {
        const fault = await api.post("faults", bodyOf(form));
        form.reset();
        adapt();
        return text("control.added", { name: `${fault.id} ${fault.type}` });
      }));
  });
}

/** A function's name makes no sense where a fault meets WeChat only, and a path none where it meets functions only. */
const hidden = (name, places) =>
  (name === "function" && !places.includes("function")) ||
  (name === "method" && places.length === 1 && places[0] === "function") ||
  (name === "surface" && places.length === 1);

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    const value = field.value.trim();
    if (!field.name || value === "" || field.closest("[hidden]")) continue;
    body[field.name] = typed(value, field.dataset.type);
  }
  return body;
}

/** What is no number is sent as it is: the emulator says what is wrong with it. */
function typed(value, type) {
  if (type === "array") return value.split(/[\s,，、]+/).filter(Boolean).map((part) => typed(part, "integer"));
  if (type === "integer" || type === "number") return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return value;
}
