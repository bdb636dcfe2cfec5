// Where fields are in a picture: outlines over it, and each field cut out of it.

import { fill, h, svg } from "./dom.js";

const LINE = 30; // CSS pixels that a line of text is high, at most
const WIDEST = 300;
const MARGIN = 0.12; // of a line's height, around it
const MOST = 6; // quads that are cut out of one field

/** Draws the outlines of all fields; each carries its field's path. */
export function outline(overlay, picture, fields) {
  if (picture.width) overlay.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`); // none of one that is damaged
  const shapes = fields.flatMap((field) =>
    (field.quads ?? []).map((quad) =>
      svg("polygon", { points: quad.map(({ x, y }) => `${x},${y}`).join(" "), data: { path: field.path } }),
    ),
  );
  fill(overlay, shapes);
}

/** A field cut out of the picture, turned upright, its lines below each other; null for a field without a place. */
export function crop(image, picture, field) {
  const scale = { x: image.naturalWidth / picture.width, y: image.naturalHeight / picture.height };
  const lines = (field.quads ?? []).slice(0, MOST).map((quad) => measure(quad, scale)).filter((line) => line.width >= 1);
  if (!lines.length) return null;
  const widest = Math.max(...lines.map((line) => line.width));
  const highest = Math.max(...lines.map((line) => line.height));
  const shrink = Math.min(1.5, LINE / highest, WIDEST / widest);
  const sharp = Math.min(2, window.devicePixelRatio || 1);
  const canvas = h("canvas", { class: "crop", "aria-hidden": "true" });
  canvas.width = Math.ceil(widest * shrink * sharp);
  canvas.height = Math.ceil(lines.reduce((sum, line) => sum + line.height, 0) * shrink * sharp);
  const context = canvas.getContext("2d");
  let top = 0;
  for (const line of lines) {
    context.save();
    context.scale(shrink * sharp, shrink * sharp);
    context.beginPath();
    context.rect(0, top, line.width, line.height);
    context.clip();
    context.translate(0, top);
    context.translate(line.margin, line.margin);
    context.rotate(-line.angle);
    context.translate(-line.left, -line.top);
    context.drawImage(image, 0, 0);
    context.restore();
    top += line.height;
  }
  canvas.style.width = `${canvas.width / sharp}px`;
  return canvas;
}

/** Size and direction of a quad's line of text, in pixels of the image, with a margin. */
function measure(quad, scale) {
  const [a, b, c, d] = quad.map(({ x, y }) => ({ x: x * scale.x, y: y * scale.y }));
  const width = Math.max(distance(a, b), distance(d, c));
  const height = Math.max(distance(a, d), distance(b, c));
  const margin = height * MARGIN;
  const angle = Math.atan2(b.y - a.y, b.x - a.x);
  return { width: width + 2 * margin, height: height + 2 * margin, margin, angle, left: a.x, top: a.y };
}

const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);
