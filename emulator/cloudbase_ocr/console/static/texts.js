// Texts in the page's language: those of texts/common.yaml and of the page's own file, part "script".

const texts = JSON.parse(document.getElementById("texts").textContent);

/** The text of a key, with `values` in place of {name}. */
export function text(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether there is a text of this key. */
export const has = (key) => key in texts;
