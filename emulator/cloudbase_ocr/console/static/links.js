// What belongs together lights up together: a field, its outline, its line in either JSON.

const LIT = "lit";

/** Lights up whatever has the same data-path as what is pointed at, or has the focus, inside `root`. */
export function link(root) {
  let shown = null;
  const light = (path, from = null) => {
    if (path === shown) return;
    shown = path;
    for (const element of root.querySelectorAll(`.${LIT}`)) element.classList.remove(LIT);
    if (!path) return;
    for (const element of together(root, path)) {
      element.classList.add(LIT);
      if (element !== from) reveal(element, from);
    }
  };
  const follow = (event) => {
    const source = event.target.closest("[data-path]");
    light(source?.dataset.path ?? null, source);
  };
  let last = "";
  root.addEventListener("focusin", follow);
  root.addEventListener("pointermove", (event) => {
    // Scrolling, too, brings other things below a pointer that rests; only one that moves points at something.
    const place = `${event.screenX} ${event.screenY}`;
    if (place !== last) follow(event);
    last = place;
  });
  root.addEventListener("pointerleave", () => light(null));
  return light;
}

/** Lines of JSON and parts of the picture that belong to a path; where there are none, those below it, or above. */
function together(root, path) {
  const lines = [];
  const places = [];
  for (const element of root.querySelectorAll("[data-path]")) (element.tagName === "LI" ? lines : places).push(element);
  return [...closest(lines, path), ...closest(places, path)];
}

function closest(elements, path) {
  const exact = elements.filter((element) => element.dataset.path === path);
  if (exact.length) return exact;
  const below = elements.filter((element) => isBelow(element.dataset.path, path));
  const above = path.replace(/(^|\.)[^.[\]]+$|\[\d+\]$/, "");
  return below.length || above === "" ? below : closest(elements, above);
}

const isBelow = (path, other) => path.startsWith(other) && /[.[]/.test(path[other.length] ?? "");

/** Scrolls a line of JSON into sight inside its own box; the page itself stays where it is. */
function reveal(line, from) {
  const box = line.tagName === "LI" ? line.parentElement : null;
  if (!box || box === from?.parentElement || box.scrollHeight <= box.clientHeight) return;
  const top = line.offsetTop - box.offsetTop;
  if (top < box.scrollTop || top + line.offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTop = top - box.clientHeight / 2;
  }
}
