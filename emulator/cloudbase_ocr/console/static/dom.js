// Building elements without markup in strings: text is always text. The content security policy forbids innerHTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("button", {class: "primary", onclick: run, disabled: true}, "Run"). Children may be null. */
export const h = (tag, attributes, ...children) => dress(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes, ...children) => dress(document.createElementNS(SVG, tag), attributes, children);

/** The element of an id, which has to be there. */
export const byId = (id) => document.getElementById(id);

/** Replaces what is inside an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  return fill(element, ...children);
}
