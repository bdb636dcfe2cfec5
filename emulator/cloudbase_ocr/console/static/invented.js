// Which calls show nobody: answered by documented examples, by fixtures that somebody wrote, or from a specimen.

import * as api from "./api.js";

// What an event may hold: an address here, or what the journal writes in place of a picture.
const HARMLESS = /^((mock|cloud):\/\/|<\d+ )/;
// Fixtures that were made of a call, or of a picture that was read, may show somebody.
const OF_SOMEBODY = /^(journal entry|read from) /;

let known = null; // {specimens: Set of SHA-256, fixtures: Set of names}

async function whatIsInvented() {
  const [{ specimens }, { fixtures }] = await Promise.all([api.get("specimens"), api.get("fixtures")]);
  const written = fixtures.filter(({ provenance, reference }) => provenance !== "recorded" && !OF_SOMEBODY.test(reference));
  return { specimens: new Set(specimens.map(({ sha256 }) => sha256)), fixtures: new Set(written.map(({ name }) => name)) };
}

/** Whether everything in a tree of the journal is invented, so that nothing of it needs to be masked. */
export async function isInvented(tree) {
  const entries = api.all(tree);
  const answered = entries.filter(({ matched, image }) => matched || image);
  if (!answered.length || !entries.every(hasHarmlessEvent)) return false;
  known = await whatIsInvented();
  return answered.every(({ matched, image }) => {
    if (image) return known.specimens.has(image.sha256) && matched?.by !== "scenario";
    return matched.by === "fixture" || matched.by === "magic" ? isExample(matched.name) : false;
  });
}

/** The same of the call with this request ID. */
export async function showsNobody(id) {
  const tree = id && (await api.get(`journal/${encodeURIComponent(id)}`, { personal_data: false }).catch(() => null));
  return Boolean(tree) && isInvented(tree);
}

/** mock://idcard is a documented example, as mock://101001 is a code; mock://idcard/mine is the fixture of this name. */
const isExample = (name) => !name.includes("/") || known.fixtures.has(name);

const hasHarmlessEvent = ({ kind, request }) => kind !== "function" || texts(request).every((value) => HARMLESS.test(value));

function texts(value) {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}
