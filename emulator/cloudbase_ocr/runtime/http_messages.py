"""A request to an HTTP function, what the platform adds to it, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime.context import CREDENTIALS, REGION, TENCENTCLOUD_APPID, TENCENTCLOUD_UIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cloudbase_ocr.runtime.function_folders import FunctionInfo

MAX_ANSWER_BYTES = 6 * 1024 * 1024
"""Of a body whose length is announced (documented: limits of web functions)."""

HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that are about one connection (RFC 9110, 7.6.1)."""

PLATFORM_PREFIX = "x-scf-"
"""Of headers that only the platform sets (documented: common headers of web functions)."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HttpRequest:
    """A request as the function's server gets it; `target` is path and query as they were sent, percent-encoded."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True)
class HttpAnswer:
    """What the server answered; `chunks` may be read once, and `close` has to follow."""

    status: int
    headers: Headers
    chunks: Iterator[bytes]
    close: Callable[[], None] = field(default=lambda: None)


def platform_headers(
    info: FunctionInfo, request_id: str, *, env_id: str, memory: int, limit: float
) -> dict[str, str]:
    """Return the headers that the platform adds; `memory` is in MB, `limit` in seconds."""
    return {
        "X-Scf-Request-Id": request_id,
        "X-Scf-Memory": str(memory),
        "X-Scf-Timeout": str(int(limit * 1000)),
        "X-Scf-Version": "$LATEST",
        "X-Scf-Name": info.name,
        "X-Scf-Namespace": env_id,
        "X-Scf-Region": REGION,
        "X-Scf-Appid": TENCENTCLOUD_APPID,
        "X-Scf-Uin": TENCENTCLOUD_UIN,
        "X-Scf-Session-Token": CREDENTIALS["TENCENTCLOUD_SESSIONTOKEN"],
        "X-Scf-Secret-Id": CREDENTIALS["TENCENTCLOUD_SECRETID"],
        "X-Scf-Secret-Key": CREDENTIALS["TENCENTCLOUD_SECRETKEY"],
    }


def end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return the headers that go on to the other side: none of one connection, none that it may not set."""
    listed = [(name, value) for name, value in headers]
    named = {
        word.strip().lower()
        for name, value in listed
        if name.lower() == "connection"
        for word in value.split(",")
    }
    return tuple(
        (name, value)
        for name, value in listed
        if name.lower() not in HOP_BY_HOP | named and not name.lower().startswith(PLATFORM_PREFIX)
    )
