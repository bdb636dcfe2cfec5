// Says what the recognizer is doing while a picture is being read: loading the model, waiting, a stage.

import * as api from "./api.js";
import { byId } from "./dom.js";
import { stageName } from "./stages.js";
import { text } from "./texts.js";

const FIRST_MS = 250; // most pictures are read before anybody would look
const EVERY_MS = 400;

/** Shows progress until the function that it returns is called. `controller` is that of the request. */
export function follow(controller) {
  const begun = performance.now();
  let said = "";
  let over = false;
  let timer = 0;

  const say = (sentence) => {
    if (sentence !== said) byId("doing").textContent = said = sentence; // read out only when it changes
  };
  const look = async () => {
    const seconds = (performance.now() - begun) / 1000;
    byId("elapsed").textContent = text("try.elapsed", { seconds: seconds.toFixed(0) });
    const state = await api.get("recognizer", {}, { signal: controller.signal }).catch(() => null);
    if (over) return;
    if (state) say(sentence(state));
    timer = setTimeout(look, EVERY_MS);
  };

  say(text("try.sending"));
  byId("elapsed").textContent = "";
  byId("progress").hidden = false;
  timer = setTimeout(look, FIRST_MS);
  return () => {
    over = true;
    clearTimeout(timer);
    if (controller.signal.aborted) return; // the next picture shows its own progress already
    byId("progress").hidden = true;
  };
}

function sentence({ state, queue, stage }) {
  if (state === "cold" || state === "loading") return text("try.loading");
  if (stage) return `${text("try.reading")} ${stageName(stage)}`;
  if (queue?.waiting) return text("try.waiting", { count: queue.waiting });
  return text("try.reading");
}
