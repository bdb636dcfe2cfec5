// Calls of the journal as others take them: a curl command, and HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/).
// The journal keeps neither tokens nor secrets nor pictures; names in capitals, and a token of mock://, take their place.

import { all } from "./api.js";

const HIDDEN = "***";
const PICTURE = "picture.jpg";
const INVOKE = "/_emulator/invoke";

/** What an entry has sent: {method, path, query: [[name, value]], json, picture}; null where it was no request. */
function requestOf(entry) {
  const event = entry.kind === "function" ? entry : entry.children.find(({ kind }) => kind === "function");
  if (event && (entry.kind === "function" || entry.kind === "call_function")) {
    return { method: "POST", path: INVOKE, query: [], json: { name: event.name, data: event.request ?? {} } };
  }
  if (!entry.name.startsWith("/") || !entry.request?.method) return null;
  const { method, query = {}, body } = filled(entry.request, entry.appid);
  return { method, path: entry.name, query: Object.entries(query), json: body, picture: entry.image && !("img_url" in query) ? entry.image : null };
}

/** A copy of a JSON value with something to read, or to run, where the journal has hidden a secret. */
function filled(value, appid, key = "") {
  if (value === HIDDEN) return key === "access_token" && appid ? `mock://${appid}` : key.toUpperCase();
  if (Array.isArray(value)) return value.map((item) => filled(item, appid, key));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, appid, name)]));
}

const encoded = (value) => encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2F", "/");

function urlOf({ path, query }) {
  const pairs = query.map(([name, value]) => `${encodeURIComponent(name)}=${encoded(value)}`);
  return location.origin + encodeURI(path) + (pairs.length ? `?${pairs.join("&")}` : "");
}

const quoted = (value) => `'${value.replaceAll("'", "'\\''")}'`;

/** The command that sends the same; null for an entry that was no request. A picture is to be had as picture.jpg. */
export function curlOf(entry) {
  const request = requestOf(entry);
  if (!request) return null;
  const parts = ["curl"];
  if (request.json !== undefined) parts.push("-H", quoted("Content-Type: application/json"), "-d", quoted(JSON.stringify(request.json)));
  else if (request.picture) parts.push("-F", quoted(`img=@${PICTURE}`));
  else if (request.method !== "GET") parts.push("-X", request.method);
  return [...parts, quoted(urlOf(request))].join(" ");
}

/** All requests of some trees as a HAR, the earliest first. */
export function harOf(trees, version) {
  const entries = trees
    .flatMap(all)
    .filter((entry) => entry.duration_ms !== null)
    // A function that was called by a request of its own stands for it already.
    .filter((entry, _, list) => entry.kind !== "function" || !list.some(({ id, kind }) => id === entry.parent && kind === "call_function"))
    .map((entry) => [entry, requestOf(entry)])
    .filter(([, request]) => request)
    .sort(([one], [other]) => one.started - other.started);
  return { log: { version: "1.2", creator: { name: "cloudbase-ocr", version }, entries: entries.map(([entry, request]) => harEntry(entry, request)) } };
}

function harEntry(entry, request) {
  const json = "application/json";
  const plain = { httpVersion: "HTTP/1.1", cookies: [], headersSize: -1, bodySize: -1 };
  const answer = answerOf(entry);
  const said = answer === null ? "" : JSON.stringify(answer);
  return {
    startedDateTime: new Date(entry.started * 1000).toISOString(),
    time: entry.duration_ms,
    request: {
      ...plain,
      method: request.method,
      url: urlOf(request),
      headers: request.json === undefined ? [] : [{ name: "Content-Type", value: json }],
      queryString: request.query.map(([name, value]) => ({ name, value: String(value) })),
      ...(request.json === undefined ? {} : { postData: { mimeType: json, text: JSON.stringify(request.json) } }),
      ...(request.picture ? { postData: { mimeType: "multipart/form-data", params: [{ name: "img", fileName: PICTURE, contentType: request.picture.type ?? "" }] } } : {}),
    },
    response: {
      ...plain,
      status: entry.outcome.status ?? 200,
      statusText: "",
      headers: [],
      content: { size: new Blob([said]).size, mimeType: json, text: said },
      redirectURL: "",
    },
    cache: {},
    timings: { send: 0, wait: entry.duration_ms, receive: 0 },
    _id: entry.id,
    _parent: entry.parent,
    _kind: entry.kind,
    _answeredBy: entry.matched,
    _fault: entry.fault,
  };
}

/** The reply as it was sent: the journal has the fields of an OCR answer without their envelope. */
function answerOf(entry) {
  const { code, message } = entry.outcome;
  if (entry.kind === "call_function" || entry.kind === "function") {
    const { answer } = entry.kind === "function" ? entry : (entry.children.find(({ kind }) => kind === "function") ?? entry);
    return code ? { errCode: code, errMsg: message } : { errMsg: "cloud.callFunction:ok", result: answer };
  }
  const isFields = entry.answer !== null && typeof entry.answer === "object" && entry.name.startsWith("/cv/") && !("errcode" in entry.answer);
  return isFields ? { errcode: code, errmsg: "ok", ...entry.answer } : entry.answer;
}
