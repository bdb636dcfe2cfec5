// Scenarios of the page Control: ready-made switches for a method, those in force, and a form for any other.

import { byId, fill, h, text } from "./page.js";
import * as api from "./api.js";
import { problemOf } from "./problems.js";

let scenarios = [];

const isOver = ({ after, answered, answers }) => after === "normal" && answered >= answers.length;

export function startScenarios(turn) {
  const switches = [...byId("scenario-presets").querySelectorAll("button")];
  const method = () => byId("preset-method").value;
  const nameOf = (button) => `${button.dataset.key} ${method()}`;
  const isOn = (button) => scenarios.some((one) => one.name === nameOf(button) && !isOver(one));
  const showSwitches = () => {
    for (const button of switches) button.setAttribute("aria-checked", String(isOn(button)));
  };
  byId("preset-method").addEventListener("change", showSwitches);
  for (const button of switches) {
    button.addEventListener("click", () =>
      turn(button, async () => {
        const name = button.textContent;
        if (isOn(button)) {
          await api.remove(`scenarios/${encodeURIComponent(nameOf(button))}`);
          return text("control.turned_off", { name });
        }
        await api.post("scenarios", { ...JSON.parse(button.dataset.body), name: nameOf(button), method: method() });
        return text("control.turned_on", { name });
      }));
  }
  byId("scenario-form").addEventListener("submit", (event) => {
    event.preventDefault();
    turn(event.submitter, () =>
      problemOf("scenario", async () => text("control.added", { name: (await api.post("scenarios", bodyOf(event.target))).name })));
  });
  return async () => {
    ({ scenarios } = await api.get("scenarios"));
    showSwitches();
    const lines = scenarios.map((scenario) => line(scenario, turn));
    fill(byId("scenarios-list"), ...(lines.length ? lines : [h("li", { class: "hint" }, text("control.no_scenarios"))]));
    await showFixtures();
  };
}

/** An answer in a word; of a reply its first fields only: what they hold may be somebody's. */
const shortOf = (answer) => (typeof answer === "object" ? `{${Object.keys(answer).slice(0, 2).join(", ")}, …}` : String(answer));

function line(scenario, turn) {
  const { name, appid, answers, answered, after } = scenario;
  const remove = h("button", { type: "button", "aria-label": text("control.remove_named", { name }) }, text("control.remove"));
  remove.addEventListener("click", () =>
    turn(remove, async () => {
      await api.remove(`scenarios/${encodeURIComponent(name)}`, { appid });
      byId("scenarios-title").focus();
      return text("control.removed", { name });
    }));
  return h("li", {},
    h("span", { class: isOver(scenario) ? "badge" : "badge warn" }, isOver(scenario) ? text("control.over") : scenario.method),
    h("span", { class: "what" }, appid ? `${name} · ${appid}` : name),
    h("span", { class: "mono what" }, answers.map(shortOf).join(", ")),
    h("span", { class: "hint" }, text("control.answered", { answered: Math.min(answered, answers.length), count: answers.length }), " · ", text(`control.after_${after}`)),
    remove);
}

async function showFixtures() {
  const { turned } = await api.get("overview");
  const changed = turned.find(({ what }) => what === "fixtures");
  const notice = byId("fixtures");
  notice.hidden = !changed;
  if (changed) notice.textContent = text("control.fixtures_changed", changed);
}

function bodyOf(form) {
  const body = { answers: form.querySelector("textarea").value.split("\n").map((answer) => answer.trim()).filter(Boolean).map(typed) };
  for (const { name, value } of form.elements) if (name && value.trim()) body[name] = value.trim();
  return body;
}

/** -1 is an error code and {"name": "..."} an object; everything else is a word. */
function typed(answer) {
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}
