"""What every request passes through: the mark of the instance that sent it is taken off, and an entry is kept.

Functions get the base URL ``http://HOST:PORT/_via/<instance>``, so their requests tell where they come from, whatever
library sends them; the rest of the emulator never sees the mark. Everything else in a URL stays as it was sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudbase_ocr.core.bodies import body_read
from cloudbase_ocr.core.redact import HIDDEN, without_secrets
from cloudbase_ocr.core.tencent_api import is_tencent_api
from cloudbase_ocr.journal.entries import CALL_FUNCTION, STORAGE, WECHAT
from cloudbase_ocr.journal.journal import summary_of
from cloudbase_ocr.journal.kept import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask, Response

    from cloudbase_ocr.journal.entries import Entry
    from cloudbase_ocr.journal.journal import Journal

VIA = "/_via/"
AGAIN = "cloudbase_ocr.again"
"""Key of the WSGI environment that holds an :class:`Again`."""

_KINDS = (
    ("/cv/", WECHAT),
    ("/cgi-bin/", WECHAT),
    ("/wxa/", WECHAT),
    ("/tcb/invokecloudfunction", CALL_FUNCTION),
    ("/tcb/", STORAGE),
    ("/_cos/", STORAGE),
    ("/v1/functions/", CALL_FUNCTION),
    ("/v1/storages/", STORAGE),
    ("/_http/", CALL_FUNCTION),
    ("/_emulator/invoke", CALL_FUNCTION),
    ("/_emulator/files", STORAGE),
    ("/admin", WECHAT),
    ("/web", WECHAT),
    ("/auth/v1/", WECHAT),
)
# By the action, which the path does not tell.
_ACTION_KINDS = {
    "functions": CALL_FUNCTION,
    "storage": STORAGE,
    "Invoke": CALL_FUNCTION,
    "InvokeFunction": CALL_FUNCTION,
}
_TOLD_BY_ACTION = ("/", "/admin", "/web")
_SHOWN = frozenset({"img_url", "resp_type", "type", "appid", "grant_type", "env", "name", "ai_crop"})
_MAX_QUERY = 64 * 1024
_MAX_JSON = 64 * 1024
_REPEATABLE = ("/cv/", "/wxa/servicemarket")
_TOKENS = frozenset({"access_token", "cloudbase_access_token"})
_JSON_BODIES = ("/cgi-bin/", "/tcb/", "/wxa/")

_SENT = "cloudbase_ocr.path_as_sent"

WsgiApp = Any
Environ = dict[str, Any]


@dataclass
class Again:
    """A request on its way for the second time: the ID of its former entry, and its new one."""

    replay_of: str
    entry: Entry | None = None


class JournalMiddleware:
    """Wraps the whole application, so that faults and failures are journaled, too."""

    def __init__(self, app: WsgiApp, journal: Journal) -> None:
        """Pass requests on to `app`."""
        self._app = app
        self._journal = journal

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request. The entry ends before the answer is sent, so whoever has the answer finds it."""
        instance = take_instance(environ)
        path = environ["PATH_INFO"]
        kind = kind_of(environ)
        if not kind:
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        entry = self._journal.begin(kind, _utf8(path), instance=instance)
        entry.request = _request(environ)
        if (again := environ.get(AGAIN)) is not None:
            again.entry, entry.replay_of = entry, again.replay_of

        def start(status: str, *rest: Any) -> Any:
            entry.status = int(status[:3])
            return start_response(status, *rest)

        self._journal.work_on(entry)
        try:
            answer = self._app(environ, start)
        finally:
            self._journal.work_on(None)
            _settle(entry)
            self._keep_body(entry, environ, path)
            self._journal.end(entry)
        return answer

    def _keep_body(self, entry: Entry, environ: Environ, path: str) -> None:
        """Keep what was read of the body; what nobody has read, because the call was refused before, stays unread."""
        body = body_read(environ)
        if path.startswith(_JSON_BODIES) and body is not None and _is_small_json(environ, body.data):
            entry.request["body"] = summary_of(body.data.decode("utf-8", "replace"))
        if path.startswith(_REPEATABLE) and self._journal.kept.max_bytes:
            if body is None and not _has_body(environ):
                self._journal.keep_request(entry, _sent(environ, path, b""))
            elif body is not None and not body.too_large:
                self._journal.keep_request(entry, _sent(environ, path, body.data))


def init_app(app: Flask, journal: Journal) -> None:
    """Journal everything that `app` answers from now on; to be called after all else wrapped ``app.wsgi_app``."""

    def keep(reply: Response) -> Response:
        entry = journal.current
        if entry is not None and not reply.is_streamed:
            keep_reply(entry, reply.mimetype or "", reply.get_data)
        return reply

    app.after_request(keep)
    app.wsgi_app = JournalMiddleware(app.wsgi_app, journal)  # type: ignore[method-assign]  # as Flask documents


def take_instance(environ: Environ) -> str:
    """Take ``/_via/<instance>`` off the path, and return the instance; "" when there is none."""
    path: str = environ["PATH_INFO"]
    if not path.startswith(VIA):
        return ""
    instance, _, rest = path[len(VIA) :].partition("/")
    environ[_SENT] = path
    environ["PATH_INFO"] = "/" + rest
    for name in ("REQUEST_URI", "RAW_URI"):
        if name in environ:
            environ[name] = re.sub(r"^(https?://[^/]*)?/_via/[^/?]*", r"\1", environ[name])
    return instance


def path_as_sent(environ: Environ) -> str:
    """Return the path with its mark, which is what a client has signed."""
    path: str = environ[_SENT if _SENT in environ else "PATH_INFO"]
    return path


def kind_of(environ: Environ) -> str:
    """Return the kind of a request's entry, "" for what is no call (the console, the control API)."""
    path = environ["PATH_INFO"]
    if path == "/":
        return CALL_FUNCTION if is_tencent_api(environ) else ""
    for start, kind in _KINDS:
        if path.startswith(start):
            return kind
    return ""


def keep_reply(entry: Entry, media_type: str, data: Callable[[], bytes]) -> None:
    """Keep a JSON reply without its secrets; an OCR answer comes from the call log, a result from the function."""
    if entry.kind == CALL_FUNCTION or "json" not in media_type:
        return
    if entry.trace.fields is None:
        entry.answer = summary_of(data().decode("utf-8", "replace"))


def _settle(entry: Entry) -> None:
    """Name the entry of a call by its action: ``/admin functions.invokeFunction idcard``, ``/ DescribeEnvs``."""
    if entry.call is not None and entry.name in _TOLD_BY_ACTION and " " in entry.call.path:
        words = entry.call.path.split(" ")
        entry.kind = _ACTION_KINDS.get(words[1].partition(".")[0], WECHAT)
        entry.name = " ".join(words[1:])


def _sent(environ: Environ, path: str, body: bytes) -> Request:
    query = parse_qsl(_utf8(environ.get("QUERY_STRING", ""))[:_MAX_QUERY], keep_blank_values=True)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=_utf8(path),
        query=[pair for pair in query if pair[0] not in _TOKENS],
        content_type=environ.get("CONTENT_TYPE", ""),
        body=body,
    )


def _request(environ: Environ) -> dict[str, Any]:
    found: dict[str, Any] = {"method": environ["REQUEST_METHOD"]}
    query = _utf8(environ.get("QUERY_STRING", ""))
    if query and len(query) <= _MAX_QUERY:
        found["query"] = {name: _shown(name, value) for name, value in _pairs(query)}
    return found


def _pairs(query: str) -> list[tuple[str, str]]:
    if "%" not in query and "+" not in query:
        pairs = [pair.partition("=") for pair in query.split("&")[:20]]
        return [(name, value) for name, _, value in pairs]
    return parse_qsl(query, keep_blank_values=True)[:20]


def _shown(name: str, value: str) -> Any:
    return without_secrets(value) if name in _SHOWN else HIDDEN


def _utf8(text: str) -> str:
    """Return what WSGI gives as Latin-1 as the UTF-8 that it is."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def _is_small_json(environ: Environ, body: bytes) -> bool:
    return 0 < len(body) <= _MAX_JSON and "multipart" not in environ.get("CONTENT_TYPE", "")


def _has_body(environ: Environ) -> bool:
    return "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH") not in (None, "", "0")
