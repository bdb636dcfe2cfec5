// What the emulator says is wrong with a form, beside the field that it names.

import { ApiError, byId } from "./page.js";

/** Runs `work`; an ApiError stands below the form, and marks the first field `<prefix>-<name>` that its text names. */
export async function problemOf(prefix, work) {
  const place = byId(`${prefix}-problem`);
  const form = place.closest("form");
  place.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400) throw error;
    place.textContent = error.message;
    place.hidden = false;
    const names = error.message.match(/\w+/g) ?? [];
    const field = names.map((name) => byId(`${prefix}-${name}`)).find((found) => found && !found.closest("[hidden]"));
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
    return "";
  }
}
