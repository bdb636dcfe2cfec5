"""The table of faults: what each does, where it can happen, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WECHAT = "wechat"
STORAGE = "storage"
FUNCTION = "function"
SURFACES = (WECHAT, STORAGE, FUNCTION)

FUNCTION_CODES = (-501000, -504002, -504003)
"""What a caller can be told about a function: not found, failed, timed out."""

ENDINGS = frozenset(
    {"errcode", "timeout", "reset", "empty", "garbage", "html", "cos_error", "crash", "memory"}
)
"""The faults that decide how a call ends; the others delay it or change its answer, and combine."""

REQUIRED = object()


@dataclass(frozen=True)
class Kind:
    """One kind of fault: `options` are the parameters that it takes, with their defaults or REQUIRED."""

    name: str
    surfaces: tuple[str, ...]
    meaning: str
    options: Mapping[str, Any] = field(default_factory=dict)


_HTTP = (WECHAT, STORAGE)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "errcode",
            SURFACES,
            "the errcode with WeChat's own text, or with errmsg; for a function -504002 (it failed), -504003 (timed "
            "out) or -501000 (not found), in the form that each kind of caller knows",
            {"errcode": REQUIRED, "errmsg": None},
        ),
        Kind(
            "latency",
            SURFACES,
            "the answer comes ms later, give or take jitter_ms",
            {"ms": REQUIRED, "jitter_ms": 0},
        ),
        Kind(
            "timeout",
            _HTTP,
            "no answer; the connection stays open until the client gives up, the fault is removed, or after ms",
            {"ms": 300_000},
        ),
        Kind("reset", _HTTP, "the connection is reset (TCP RST) without an answer"),
        Kind("empty", _HTTP, "the connection is closed without a byte"),
        Kind(
            "truncated",
            _HTTP,
            "the answer ends after so many bytes, by default half of them",
            {"bytes": None},
        ),
        Kind("garbage", _HTTP, "random bytes in place of JSON, under its content type"),
        Kind(
            "html", _HTTP, "a gateway's page of HTML with an HTTP status, such as 412 or 502", {"status": 502}
        ),
        Kind("drip", _HTTP, "the answer comes in small pieces that take ms together", {"ms": 3000}),
        Kind("content_type", _HTTP, "the answer under a wrong content type", {"content_type": "text/html"}),
        Kind(
            "errcode_as_string", (WECHAT,), 'the errcode as text: "0", as the documents\' examples print it'
        ),
        Kind(
            "cos_error",
            (STORAGE,),
            "an error of the object store, as XML: SlowDown, AccessDenied, NoSuchKey, ...",
            {"status": 503, "code": "SlowDown"},
        ),
        Kind(
            "crash", (FUNCTION,), "the function's process is killed in mid-call; the next call starts another"
        ),
        Kind("memory", (FUNCTION,), "the function's process is killed for using more memory than it has"),
        Kind(
            "cold_start",
            (FUNCTION,),
            "a new process is started although one is warm, and takes ms longer, give or take jitter_ms",
            {"ms": 0, "jitter_ms": 0},
        ),
    )
}
