// The banner on every page: what is turned. Drawn by the server first, then again whenever somebody turns something.

import { ApiError, get } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { text } from "./texts.js";

const EVERY_MS = 3000;

const banner = byId("banner");
let shown = null;

async function refresh() {
  let turned;
  try {
    ({ turned } = await get("overview"));
  } catch (error) {
    if (error instanceof ApiError) return; // the page's own calls say what is wrong
    throw error;
  }
  const state = JSON.stringify(turned);
  if (state === shown) return;
  shown = state;
  banner.hidden = turned.length === 0;
  fill(banner.querySelector("ul"), ...turned.map(item));
}

function item({ what, count, which }) {
  const place = `/console/control#${what.split("_")[0]}`;
  return h("li", {}, h("a", { href: place }, text(`common.turned_${what}`, { count, which })));
}

document.addEventListener("turned", refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => document.hidden || refresh(), EVERY_MS);
