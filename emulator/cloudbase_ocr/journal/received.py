"""The latest calls as they were sent and answered, for tests that ask what a program has sent; without secrets.

Pictures are kept as hash and size only, texts within bounds.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import request
from werkzeug.datastructures import Headers

from cloudbase_ocr.core.bodies import body_read, parse_json
from cloudbase_ocr.core.forms import form_of
from cloudbase_ocr.core.methods import find_method
from cloudbase_ocr.core.redact import hiding_secrets
from cloudbase_ocr.journal.journal import summary_of
from wxcloud.service_market import INVOKE_SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Response

    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.core.forms import Form
    from cloudbase_ocr.journal.journal import Journal

KEPT = 1000
_MAX_VALUE = 4096
_MAX_QUERY = 64 * 1024
_MAX_REPLY = 256 * 1024
_MAX_JSON = 64 * 1024

Environ = dict[str, Any]


@dataclass(frozen=True)
class ReceivedImage:
    """The picture of a call: sent with it, or fetched from its img_url. Of a fetched one there is no name and type."""

    sha256: str
    size: int
    filename: str = ""
    content_type: str = ""


@dataclass(frozen=True)
class ReceivedRequest:
    """One call: what was sent, and what was answered, by what.

    `path` has no query. `query`, `form` (the text fields of a form) and `headers` hold ``***`` in place of tokens and
    secrets, as `json` does, the value of a JSON body. `image` is None when nobody looked at a picture: there was
    none, or the call was refused before, or a ``mock://`` address answered. `cloud_call` is what was called, such as
    ``ocr.idcard``; "" for tokens and the rest. `code` is the errcode of the reply (None: it has none), `reply` its
    JSON value, or its text where it is none. `answered_by` says where the answer came from: ``fixture idcard/front``,
    ``scenario``, ``magic idcard``, ``recognizer``, ``fault latency``. `unmatched` is why no fixture fits, where
    only fixtures may answer (--strict-fixtures).
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    headers: Headers = field(default_factory=Headers, repr=False)
    image: ReceivedImage | None = None
    cloud_call: str = ""
    appid: str = ""
    code: int | str | None = None
    status: int = 200
    reply: Any = field(default=None, repr=False)
    answered_by: str = ""
    errmsg: str = ""
    notes: tuple[str, ...] = field(default=(), repr=False)
    seconds: float = field(default=0.0, repr=False)
    unmatched: str = ""


class ReceivedRequests:
    """The latest calls, oldest first. Thread-safe."""

    def __init__(self, most: int = KEPT) -> None:
        """Keep `most` calls; 0 keeps none."""
        self._kept: deque[ReceivedRequest] = deque(maxlen=most)
        self._lock = threading.Lock()

    @property
    def most(self) -> int:
        """How many are kept."""
        return self._kept.maxlen or 0

    def keep(self, most: int) -> None:
        """Keep so many from now on."""
        with self._lock:
            self._kept = deque(self._kept, most)

    def add(self, request: ReceivedRequest) -> None:
        """Keep one more call, and forget the oldest if there are too many."""
        with self._lock:
            self._kept.append(request)

    def of(self, appid: str | None = None) -> list[ReceivedRequest]:
        """Return those of an account and nobody's, which do not say whose they are; without an account, all."""
        with self._lock:
            kept = [*self._kept]
        return kept if appid is None else [each for each in kept if each.appid in (appid, "")]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()


def init_app(app: Flask, journal: Journal, requests: ReceivedRequests) -> None:
    """Keep what `app` answers from now on in `requests`."""

    def keep(reply: Response) -> Response:
        entry = journal.current
        if entry is not None and entry.call is not None and requests.most:
            requests.add(received(request.environ, entry.call, reply))
        return reply

    app.after_request(keep)


def received(environ: Environ, call: Call, reply: Response) -> ReceivedRequest:
    """Return a call as it came, and as it is answered."""
    body = body_read(environ)
    data = b"" if body is None or body.too_large else body.data
    content_type = environ.get("CONTENT_TYPE", "")
    form = form_of(content_type, data) if data else None
    return ReceivedRequest(
        method=call.method,
        path=call.path,
        query=_shown(parse_qsl(environ.get("QUERY_STRING", "")[:_MAX_QUERY], keep_blank_values=True)),
        form=_shown(form.fields.items()) if form else {},
        json=_json_of(data, content_type),
        headers=_headers(environ),
        image=_image(call, form),
        cloud_call=_cloud_call(call),
        appid=call.appid,
        code=call.code,
        status=reply.status_code,
        reply=_reply(reply),
        answered_by=call.answered_by or call.trace.source,
        errmsg=call.errmsg,
        notes=tuple(call.notes),
        seconds=call.seconds,
        unmatched=call.trace.unmatched,
    )


def _shown(pairs: Any) -> dict[str, str]:
    """Return the first value of each name, without secrets and within bounds."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, _bounded(name, value))
    return found


def _bounded(name: str, value: str) -> str:
    if len(value) > _MAX_VALUE:
        return f"<{len(value)} characters>"
    return str(hiding_secrets(value, name))


def _headers(environ: Environ) -> Headers:
    headers = Headers()
    for key, value in environ.items():
        name = key.removeprefix("HTTP_")
        if isinstance(value, str) and (name != key or key in ("CONTENT_TYPE", "CONTENT_LENGTH")) and value:
            title = name.replace("_", "-").title()
            headers.add(title, _bounded(title, value))
    return headers


def _json_of(data: bytes, content_type: str) -> Any:
    if data.lstrip()[:1] not in (b"{", b"[") or "multipart" in content_type or len(data) > _MAX_JSON:
        return None
    return summary_of(data.decode("utf-8", "replace"))


def _image(call: Call, form: Form | None) -> ReceivedImage | None:
    trace, part = call.trace, form.picture if form else None
    if part is not None:
        size, known = len(part.data), trace.sha256
        # Hashing again would cost as much as all the rest of an answer: what begins alike and is as long is the same.
        if not known or (trace.size == size and part.data[: len(trace.head)] == trace.head):
            sha256 = known or hashlib.sha256(part.data).hexdigest()
            return ReceivedImage(sha256, size, part.filename or "", part.content_type)
    return ReceivedImage(trace.sha256, trace.size) if trace.sha256 else None


def _cloud_call(call: Call) -> str:
    if call.path == INVOKE_SERVICE.path:
        return INVOKE_SERVICE.permission
    try:
        return find_method(call.trace.method or call.path).permission
    except ValueError:
        return ""


def _reply(reply: Response) -> Any:
    if reply.is_streamed:
        return None
    data = reply.get_data()
    if len(data) > _MAX_REPLY:
        return f"<{len(data)} bytes>"
    try:
        return hiding_secrets(parse_json(data))
    except ValueError:
        return hiding_secrets(data.decode("utf-8", "replace"))
