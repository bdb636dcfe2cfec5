// The control API, /_emulator/*: one function for each verb. What goes wrong is an ApiError with a sentence to show.

import { text } from "./texts.js";

const PREFIX = "/_emulator/";

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** GET /_emulator/<path>; `query` values that are null or "" are left out. */
export const get = (path, query = {}, options = {}) => ask("GET", path + asQuery(query), undefined, options);

/** POST /_emulator/<path> with a JSON object; a Blob or a File goes as it is. */
export const post = (path, body = {}, options = {}) => ask("POST", path, body, options);

/** DELETE /_emulator/<path>. */
export const remove = (path, query = {}, options = {}) => ask("DELETE", path + asQuery(query), undefined, options);

/** The URL of a path of the control API, for pictures and event streams. */
export const url = (path, query = {}) => PREFIX + path + asQuery(query);

/** An entry of the journal and everything below it, parents first. */
export const all = (entry) => [entry, ...entry.children.flatMap(all)];

/** `onreply` gets the Response, whose headers the answer does not have. */
async function ask(method, path, body, { signal, onreply } = {}) {
  const request = { method, signal, headers: { Accept: "application/json" }, cache: "no-store" };
  if (body instanceof Blob) request.body = body;
  else if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers["Content-Type"] = "application/json";
  }
  let reply;
  try {
    reply = await fetch(PREFIX + path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(text("common.unreachable"), 0);
  }
  onreply?.(reply);
  const answer = await reply.json().catch(() => null);
  if (!reply.ok || answer === null) {
    throw new ApiError(answer?.error ?? text("common.refused", { status: reply.status }), reply.status);
  }
  return answer;
}

function asQuery(query) {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}
