// The page Data: files and fixtures, each with what makes it usable: a text to copy, a link, and a way to remove it.

import * as api from "./api.js";
import { size } from "./pictures.js";
import { busy, byId, complain, fill, h, say, text } from "./page.js";

const EVERY_MS = 4000;
const rows = byId("files").tBodies[0];
let shown = "";

/** Draws the files, if they are others than before: what somebody is about to press stays where it is. */
function draw({ files, total }) {
  const state = JSON.stringify([total, files.map(({ file_id, bytes }) => [file_id, bytes])]);
  if (state === shown) return;
  shown = state;
  byId("files-count").textContent = total;
  byId("no-files").hidden = total > 0;
  byId("files").hidden = total === 0;
  fill(rows, files.map(fileRow));
}

function fileRow({ file_id: id, bytes, url }) {
  const { pathname, search } = new URL(url, location.href); // the server's own name may not be the reader's
  const button = (label, more) => h("button", { type: "button", class: "quiet", "aria-label": `${label} ${id}`, ...more }, label);
  return h(
    "tr",
    {},
    h("th", { scope: "row", class: "mono" }, id),
    h("td", {}, size(bytes)),
    h("td", { class: "acts" },
      button(text("data.copy_id"), { data: { text: id } }),
      h("a", { class: "quiet", href: pathname + search, target: "_blank", rel: "noopener", "aria-label": `${text("data.open")} ${id}` }, text("data.open")),
      button(text("data.delete"), { onclick: (event) => busy(event.currentTarget, () => drop(id)) })),
  );
}

async function drop(id) {
  draw(await api.remove("storage", { file_id: id }));
  byId("files-title").focus();
  say(text("data.deleted", { name: id }));
}

async function upload(file) {
  await api.post(`files?name=${encodeURIComponent(`console/${file.name}`)}`, file);
  await refresh();
  say(text("data.uploaded", { name: file.name }));
}

const refresh = async () => draw(await api.get("storage", { limit: rows.dataset.limit }));

async function removeFixture(row) {
  const { name, appid } = row.dataset;
  await api.remove(`fixtures/${name.split("/").map(encodeURIComponent).join("/")}`, { appid });
  row.remove();
  byId("fixtures-title").focus();
  say(text("data.removed", { name }));
  document.dispatchEvent(new Event("turned"));
}

byId("fixtures")?.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-remove]");
  if (button) busy(button, () => removeFixture(button.closest("tr")));
});
byId("upload").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", () => {
  const [file] = byId("file").files;
  if (file) busy(byId("upload"), () => upload(file));
  byId("file").value = "";
});
refresh().catch(complain);
setInterval(() => document.hidden || refresh().catch(() => {}), EVERY_MS);
