// The page Try: takes a picture, lets the emulator read it, and shows what was read.

import * as api from "./api.js";
import { Camera } from "./camera.js";
import { examine, shrink } from "./pictures.js";
import { byId, complain, h, personal, text } from "./page.js";
import { follow } from "./progress.js";
import { Result } from "./result.js";

const drop = byId("drop");
const method = byId("method");
const limits = { bytes: Number(drop.dataset.maxBytes), pixels: Number(drop.dataset.maxPixels) };
const result = new Result(readAs);

let asked = null; // {name, url, specimen} or {name, url, blob}: what is shown and read
let queue = null;
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

/** The answer for a picture of the queue. */
async function answered(what, signal) {
  return api.post("recognize", await question(what), { signal });
}

/** Shows a picture of the queue. */
function show(what, answer, problem) {
  running?.abort();
  running = null;
  if (asked?.blob) URL.revokeObjectURL(asked.url);
  asked = null;
  remember("");
  if (problem) return result.refuse(problem, false);
  asked = { ...what, url: URL.createObjectURL(what.blob) };
  result.begin(asked);
  return result.show(answer);
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

/** Reads one file at once, and several in a queue, whose script is loaded then. */
async function readFiles(files) {
  if (files.length > 1) {
    running?.abort();
    result.stop();
    const { Queue } = await import("./queue.js");
    queue ??= new Queue({ examined: (file) => examine(file, limits), answered, show });
    queue.add(files);
  } else if (files.length) readFile(files[0]);
}

async function readFile(file) {
  try {
    const found = await examine(file, limits);
    if (found.problem) return refuse(found);
    remember("");
    return await read({ name: file.name || "picture.jpg", url: URL.createObjectURL(file), blob: file });
  } catch (error) {
    return complain(error);
  }
}

/** Says why a picture is not sent, and offers a smaller copy where that would help. The result before is gone. */
function refuse({ problem, file, shrinkable }) {
  running?.abort();
  running = asked = null;
  remember("");
  const again = async () => readFile(await shrink(file, limits));
  const offer = shrinkable && h("button", { type: "button", onclick: () => again().catch(complain) }, text("try.shrink"));
  result.refuse(problem, offer);
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
  readFiles([...event.target.files]);
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
byId("keep-veil").addEventListener("click", () => personal.show(false));
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
  const files = [...event.dataTransfer.files];
  if (!files.length) return;
  event.preventDefault();
  readFiles(files);
});
document.addEventListener("paste", (event) => readFiles([...event.clipboardData.files]));

new Camera(readFile).offer(byId("photograph"));

const wanted = new URLSearchParams(location.search).get("specimen");
if (wanted && document.querySelector(`[data-specimen="${CSS.escape(wanted)}"]`)) readSpecimen(wanted);
