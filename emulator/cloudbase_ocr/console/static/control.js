// The page Control: draws its parts again when somebody turns something, here or elsewhere.

import { busy, byId, complain, say, text } from "./page.js";
import * as api from "./api.js";
import { startClock } from "./clock.js";
import { startFaults } from "./faults.js";
import { startQuotas, startTokens } from "./quotas.js";
import { startScenarios } from "./scenarios.js";

const EVERY_MS = 4000;

/** Draws every part; a part is `async () => void`. */
async function refresh() {
  await Promise.all(parts.map((draw) => draw()));
}

/** Runs a call that turns something, says what it did, and draws everything that may have changed. */
export const turn = (button, work) =>
  busy(button, async () => {
    const message = await work();
    if (message) say(message);
    document.dispatchEvent(new Event("turned"));
    await refresh();
  });

const parts = [startClock(turn), startTokens(turn), startQuotas(turn), startFaults(turn), startScenarios(turn)];

function askToReset() {
  const dialog = byId("reset-dialog");
  dialog.returnValue = "cancel";
  dialog.showModal();
}

byId("reset").addEventListener("click", askToReset);
byId("reset-dialog").addEventListener("close", (event) => {
  if (event.target.returnValue !== "reset") return;
  turn(byId("reset"), async () => {
    await api.post("reset");
    return text("control.was_reset");
  });
});

refresh().catch(complain);
setInterval(() => document.hidden || refresh().catch(() => {}), EVERY_MS);
