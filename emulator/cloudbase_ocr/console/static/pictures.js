// Looks at a picture before it is sent: is it one, and is it within WeChat's bounds?

import { text } from "./texts.js";

const MEGABYTE = 1024 * 1024;
const KILOBYTE = 1024;
const SIDES = [2400, 1800, 1400, 1000];
const QUALITY = 0.9;

/** "1.4 MB", "80 KB". */
export function size(bytes) {
  if (bytes < MEGABYTE) return `${Math.max(1, Math.round(bytes / KILOBYTE))} KB`;
  return `${Number((bytes / MEGABYTE).toFixed(1))} MB`;
}

/** What is wrong with a file: {problem, file, shrinkable}; without a problem it can be sent. */
export async function examine(file, limits) {
  const name = file.name || "?";
  const refusal = (problem, shrinkable = false) => ({ problem, file, shrinkable });
  if (file.size === 0) return refusal(text("try.empty", { name }));
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  if (isHeic(head)) return refusal(text("try.heic", { name }));
  if (!isPicture(head)) return refusal(text("try.not_picture", { name }));
  let width;
  let height;
  try {
    ({ naturalWidth: width, naturalHeight: height } = await decoded(file));
  } catch {
    return refusal(text("try.damaged", { name }));
  }
  if (file.size > limits.bytes) {
    return refusal(text("try.too_big", { name, size: size(file.size), limit: size(limits.bytes) }), true);
  }
  if (width * height > limits.pixels) {
    return refusal(text("try.too_many_pixels", { name, width, height, limit: limits.pixels / 1e6 }), true);
  }
  return { file };
}

/** A copy of a picture that is within the bounds: upright, JPEG, as large as fits. */
export async function shrink(file, limits) {
  const image = await decoded(file);
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await asJpeg(canvas);
    if (blob.size <= limits.bytes) return new File([blob], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: blob.type });
  }
  throw new Error(text("try.damaged", { name: file.name }));
}

/** What is on a canvas, as a JPEG. */
export const asJpeg = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));

async function decoded(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(image.src);
  }
  return image;
}

function isPicture(head) {
  const starts = ["\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "BM", "GIF87a", "GIF89a"];
  const shown = String.fromCharCode(...head);
  return starts.some((start) => shown.startsWith(start)) || (shown.startsWith("RIFF") && shown.slice(8, 12) === "WEBP");
}

function isHeic(head) {
  return /^....ftyp(hei|hev|mif1|msf1)/s.test(String.fromCharCode(...head));
}
