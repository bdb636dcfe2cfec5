// The dialog that makes a fixture or a scenario of a call: its text to copy, and a button that lets it answer at once.

import * as api from "./api.js";
import { busy, byId, copy, fill, h, personal, say, text } from "./page.js";

const dialog = byId("export");
let kind = "fixture";
let entry = null;
let asked = 0;

/** Opens the dialog for an entry; `what` is "fixture" or "scenario". */
export function exportOf(what, of) {
  [kind, entry] = [what, of];
  byId("export-title").textContent = kind === "fixture" ? text("journal.fixture_title") : text("journal.scenario_title");
  byId("export-lead").textContent = kind === "fixture" ? text("journal.fixture_lead") : text("journal.scenario_lead");
  byId("export-after-field").hidden = kind === "fixture";
  byId("export-name").value = "";
  byId("export-personal").checked = personal.shown;
  const accounts = [...new Set(api.all(entry).map((one) => one.appid).filter(Boolean))];
  fill(byId("export-appid"), h("option", { value: "" }, text("journal.everybody")), accounts.map((appid) => h("option", { value: appid }, appid)));
  dialog.showModal();
  refresh();
}

function choices() {
  const given = { name: byId("export-name").value.trim(), appid: byId("export-appid").value, after: kind === "scenario" ? byId("export-after").value : "" };
  return { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)), personal_data: byId("export-personal").checked };
}

const send = (more = {}) => api.post(`journal/${encodeURIComponent(entry.id)}/${kind}`, { ...choices(), ...more });

async function refresh() {
  const mine = ++asked;
  const problem = byId("export-problem");
  try {
    const made = await send();
    if (mine !== asked) return;
    problem.hidden = true;
    byId("export-text").textContent = made.yaml;
    byId("export-add").disabled = false;
  } catch (error) {
    if (mine !== asked) return;
    problem.textContent = error.message;
    problem.hidden = false;
    byId("export-text").textContent = "";
    byId("export-add").disabled = true;
  }
}

async function add() {
  const made = await send({ add: true });
  dialog.close();
  say(text("journal.added", { name: [made.added].flat().map((one) => one.name).join(", ") }));
  document.dispatchEvent(new Event("turned"));
}

let typing = 0;
for (const event of ["input", "change"]) {
  dialog.addEventListener(event, () => {
    clearTimeout(typing);
    typing = setTimeout(refresh, 150);
  });
}
dialog.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
byId("export-add").addEventListener("click", (event) => busy(event.currentTarget, add));
byId("export-copy").addEventListener("click", () => copy(byId("export-text").textContent));
byId("export-close").addEventListener("click", () => dialog.close());
