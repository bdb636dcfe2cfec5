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
  for (const name of ["pointerover", "focusin"]) {
    root.addEventListener(name, (event) => {
      const source = event.target.closest("[data-path]");
      light(source?.dataset.path ?? null, source);
    });
  }
  root.addEventListener("pointerleave", () => light(null));
  return light;
}

/** The elements of a path; those of the closest path above it where a side has none of its own. */
function together(root, path) {
  const exact = [...root.querySelectorAll(`[data-path="${CSS.escape(path)}"]`)];
  const above = path.replace(/(\.[^.[\]]+|\[\d+\])$/, "");
  if (exact.some((element) => element.tagName === "LI") || above === path) return exact;
  return [...exact, ...together(root, above).filter((element) => element.tagName === "LI")];
}

/** Scrolls a line of JSON into sight inside its own box; the page itself stays where it is. */
function reveal(line, from) {
  const box = line.tagName === "LI" ? line.parentElement : null;
  if (!box || box === from?.parentElement || box.scrollHeight <= box.clientHeight) return;
  const top = line.offsetTop - box.offsetTop;
  if (top < box.scrollTop || top + line.offsetHeight > box.scrollTop + box.clientHeight) {
    box.scrollTop = top - box.clientHeight / 2;
  }
}
