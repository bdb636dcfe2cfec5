// The clock of the page Control: shows the emulator's time as it passes, and turns it.

import { byId, complain, dateAndTime, text } from "./page.js";
import * as api from "./api.js";

const SHANGHAI = 8 * 3600;
const DAY = 86400;
const UNITS = [["days", DAY], ["hours", 3600], ["minutes", 60], ["seconds", 1]];

/** `turn(button, work)` runs a call; returns what draws the clock again. */
export function startClock(turn) {
  if (!byId("clock-now")) return async () => {}; // somebody's own clock
  const { time } = byId("clock-now").dataset;
  let state = { now: Date.parse(time) / 1000, frozen: byId("clock-frozen").getAttribute("aria-checked") === "true" };
  let since = performance.now();

  const now = () => state.now + (state.frozen ? 0 : (performance.now() - since) / 1000);
  const tick = () => (byId("clock-now").textContent = dateAndTime(now()));
  const take = (fresh) => {
    state = fresh;
    since = performance.now();
    show(state);
    tick();
  };
  const post = (path, body) => async () => {
    take(await api.post(`clock/${path}`, body));
    return text("control.clock_turned", { time: dateAndTime(state.now) });
  };
  const on = (id, path, body) => byId(id).addEventListener("click", () => turn(byId(id), post(path, body)));

  on("clock-reset", "reset");
  byId("clock-frozen").addEventListener("click", () => turn(byId("clock-frozen"), post(state.frozen ? "resume" : "freeze")));
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => {
      const { advance } = button.dataset;
      const seconds = advance === "midnight" ? DAY - ((now() + SHANGHAI) % DAY) : Number(advance);
      turn(button, post("advance", { seconds }));
    });
  }
  byId("clock-advance").addEventListener("submit", (event) => {
    event.preventDefault();
    turn(event.submitter, post("advance", { [byId("clock-unit").value]: byId("clock-amount").valueAsNumber || 0 }));
  });
  byId("clock-set").addEventListener("submit", (event) => {
    event.preventDefault();
    turn(event.submitter, post("set", { time: byId("clock-time").value }));
  });
  setInterval(tick, 1000);
  return async () => {
    const unchanged = (error) => {
      complain(error);
      return state;
    };
    take(await api.get("clock").catch(unchanged));
  };
}

function show({ frozen, offset }) {
  const turned = frozen || Math.abs(offset) >= 1;
  const badge = byId("clock-state");
  badge.className = turned ? "badge warn" : "badge good";
  badge.textContent = text(frozen ? "control.stands" : "control.runs");
  byId("clock-frozen").setAttribute("aria-checked", String(frozen));
  const way = Math.abs(offset) < 1 ? "none" : offset > 0 ? "ahead" : "behind";
  byId("clock-offset").textContent = text(`control.offset_${way}`, { time: span(Math.abs(offset)) });
}

/** 7260 is "2 h 1 min": the two largest units that are there. */
export function span(seconds) {
  let left = Math.round(seconds);
  const found = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) found.push(text(`control.span_${unit}`, { count }));
  }
  return found.slice(0, 2).join(" ") || text("control.span_seconds", { count: 0 });
}
