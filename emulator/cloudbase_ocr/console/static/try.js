// The page Try: takes a picture, lets the emulator read it, and shows what was read.

import * as api from "./api.js";
import { Camera } from "./camera.js";
import { examine, shrink } from "./pictures.js";
import { byId, complain, fill, h, personal, text } from "./page.js";
import { follow } from "./progress.js";
import { Result } from "./result.js";

const drop = byId("drop");
const method = byId("method");
const limits = { bytes: Number(drop.dataset.maxBytes), pixels: Number(drop.dataset.maxPixels) };
const result = new Result(readAs);

let asked = null; // {name, url, specimen} or {name, url, blob}: what is shown and read
let running = null; // the AbortController of the request under way

async function read(what) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  if (asked?.blob && asked !== what) URL.revokeObjectURL(asked.url);
  asked = what;
  result.begin(what);
  const ended = follow(mine);
  try {
    const answer = await api.post("recognize", await question(what), { signal: mine.signal });
    if (running === mine) await result.show(answer);
  } catch (error) {
    if (running === mine) result.fail(error);
  } finally {
    ended();
    if (running === mine) running = null;
  }
}

async function question(what) {
  const picture = what.specimen ? { specimen: what.specimen } : { image: await asBase64(what.blob) };
  return method.value ? { method: method.value, ...picture } : picture;
}

function asBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Reads the same picture again, as another document. */
function readAs(key) {
  method.value = key;
  if (asked) read(asked);
}

function readSpecimen(name) {
  remember(name);
  read({ name: `${name}.jpg`, url: api.url(`specimens/${name}.jpg`), specimen: name });
}

async function readFile(file) {
  byId("refused").hidden = true;
  try {
    const found = await examine(file, limits);
    if (found.problem) return refuse(found);
    remember("");
    return await read({ name: file.name || "picture.jpg", url: URL.createObjectURL(file), blob: file });
  } catch (error) {
    return complain(error);
  }
}

/** Says why a picture is not sent, and offers a smaller copy where that would help. */
function refuse({ problem, file, shrinkable }) {
  const again = async () => readFile(await shrink(file, limits));
  const offer = shrinkable && h("button", { type: "button", onclick: () => again().catch(complain) }, text("try.shrink"));
  fill(byId("refused"), h("p", {}, problem), offer).hidden = false;
}

/** Keeps the specimen in the address, so that a page that is loaded again or passed on shows the same. */
function remember(specimen) {
  const url = new URL(location);
  if (specimen) url.searchParams.set("specimen", specimen);
  else url.searchParams.delete("specimen");
  history.replaceState(null, "", url);
}

byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) readFile(file);
  event.target.value = ""; // the same picture may be chosen again
});
byId("specimens").addEventListener("click", (event) => {
  const button = event.target.closest("[data-specimen]");
  if (!button) return;
  method.value = "";
  readSpecimen(button.dataset.specimen);
});
byId("cancel").addEventListener("click", () => {
  running?.abort();
  result.stop();
});
byId("unveil").addEventListener("click", () => personal.show(true));
method.addEventListener("change", () => asked && read(asked));

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => event.relatedTarget === null && drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  drop.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (!file) return;
  event.preventDefault();
  readFile(file);
});
document.addEventListener("paste", (event) => {
  const [file] = event.clipboardData.files;
  if (file) readFile(file);
});

new Camera(readFile).offer(byId("photograph"));

const wanted = new URLSearchParams(location.search).get("specimen");
if (wanted && document.querySelector(`[data-specimen="${CSS.escape(wanted)}"]`)) readSpecimen(wanted);
