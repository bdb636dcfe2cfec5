// Tokens and quotas of the page Control.

import { byId, fill, h, text } from "./page.js";
import * as api from "./api.js";
import { span } from "./clock.js";

const PLATFORM = ["/cgi-bin/token", "/cgi-bin/stable_token"];
const BADGES = { present: "badge good", replaced: "badge warn", expired: "badge" };

export function startTokens(turn) {
  for (const act of ["expire", "revoke"]) {
    const button = byId(`tokens-${act}`);
    button.addEventListener("click", () => turn(button, async () => text("control.ended", { count: (await api.post(`tokens/${act}`)).ended })));
  }
  return async () => {
    const { tokens } = await api.get("tokens");
    fill(byId("tokens-list"), ...(tokens.length ? tokens.map(tokenLine) : [h("li", { class: "hint" }, text("control.no_tokens"))]));
    fill(byId("accounts"), ...accounts(tokens).map((appid) => h("option", { value: appid })));
  };
}

const accounts = (tokens) => [...new Set([...[...byId("accounts").options].map((option) => option.value), ...tokens.map(({ appid }) => appid)])].sort();

const tokenLine = (token) =>
  h("li", {},
    h("span", { class: BADGES[token.state] }, text(`control.token_${token.state}`)),
    h("span", { class: "mono" }, token.appid),
    h("span", {}, text(`control.kind_${token.kind}`), " ", h("span", { class: "mono" }, `${token.start}…`)),
    h("span", { class: "hint" },
      token.age === null ? "" : `${text("control.token_age")} ${span(token.age)}`,
      token.expires_in > 0 ? ` · ${text("control.token_left")} ${span(token.expires_in)}` : "",
      token.ended ? ` · ${text("control.token_ended")}` : ""));

export function startQuotas(turn) {
  const account = () => byId("account").value.trim();
  const change = (button, path, body) =>
    turn(button, async () => {
      await api.post(`quota/${path}`, { appid: account(), ...body });
      return text("control.quota_done", { appid: account() });
    });
  byId("quota-account").addEventListener("submit", (event) => {
    event.preventDefault();
    turn(event.submitter, async () => "");
  });
  byId("quota-exhaust").addEventListener("click", () => change(byId("quota-exhaust"), "exhaust", {}));
  byId("quota-clear").addEventListener("click", () => change(byId("quota-clear"), "clear", {}));
  byId("quota-list").addEventListener("click", ({ target }) => {
    const { act } = target.dataset;
    if (!act) return;
    const line = target.closest("li");
    const { method } = line.dataset;
    if (act === "exhaust") change(target, "exhaust", { method });
    else change(target, "set", { method, limit: line.querySelector("input").valueAsNumber || 0 });
  });
  return async () => {
    const asked = [api.get("quota", { appid: account() }), ...PLATFORM.map((method) => api.get("quota", { appid: account(), method }))];
    for (const quota of (await Promise.all(asked)).flatMap(({ quotas }) => quotas)) showQuota(quota);
  };
}

/** Changes what a line says; its limit stays while somebody writes into it. */
function showQuota({ method, limit, used }) {
  const line = byId("quota-list").querySelector(`[data-method="${CSS.escape(method)}"]`);
  const meter = line.querySelector("meter");
  meter.max = limit || 1;
  meter.low = meter.max * 0.8;
  meter.high = meter.max * 0.99;
  meter.value = limit ? Math.min(used, limit) : 0;
  const usedUp = used >= (limit || Number.MAX_SAFE_INTEGER);
  const shown = line.querySelector('[data-field="used"]');
  shown.textContent = usedUp ? text("control.used_all") : text(limit ? "control.used_of" : "control.used_unlimited", { used, limit });
  shown.classList.toggle("bad", usedUp);
  const input = line.querySelector("input");
  if (input && input !== document.activeElement && input.defaultValue !== String(limit)) input.value = input.defaultValue = String(limit);
}
