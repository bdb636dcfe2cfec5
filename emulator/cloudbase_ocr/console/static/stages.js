// The stages of reading a picture: their names, and a bar that shows where the time went.

import { fill, h } from "./dom.js";
import { has, text } from "./texts.js";

/** A stage's name in the reader's language; stages that have none yet keep their own. */
export function stageName(stage) {
  const key = `try.stage_${stage.replaceAll(/\W/g, "_")}`;
  return has(key) ? text(key) : stage;
}

/** Draws the bar and its legend. */
export function showTimes(bar, legend, stages, total) {
  const known = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const rest = { name: "rest", seconds: Math.max(0, total - known) };
  const parts = [...stages, ...(rest.seconds > total / 100 ? [rest] : [])].filter((part) => part.seconds > 0);
  fill(bar, parts.map((part, number) => piece(part, number)));
  fill(legend, parts.map((part, number) => h("li", { class: `stage-${number % 6}` }, label(part))));
}

function piece(part, number) {
  const element = h("span", { class: `stage-${number % 6}`, title: label(part) });
  element.style.flexGrow = part.seconds;
  return element;
}

const label = ({ name, seconds }) => `${stageName(name)} ${duration(seconds)}`;

function duration(seconds) {
  return seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(2)} s`;
}
