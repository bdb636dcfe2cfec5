"""A request to the HTTP access service as the event of a function, the "integration request".

Documented (service/access-cloud-function): ``{path, httpMethod, headers, queryStringParameters, requestContext, body,
isBase64Encoded}``; the path is what follows the route's. A body of text comes as it is, any other as base64, and both
have their limits (error-code/service/EXCEED_MAX_PAYLOAD_SIZE). Which types are text is ruling R34.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudbase_ocr.runtime.context import TENCENTCLOUD_APPID, TENCENTCLOUD_UIN
from cloudbase_ocr.runtime.http_messages import HOP_BY_HOP, PLATFORM_PREFIX

if TYPE_CHECKING:
    from flask import Request

    from cloudbase_ocr.project import Route

MAX_TEXT_BYTES = 100 * 1024
"""Of a body that is text (documented; 102,400 bytes were seen to pass, 102,432 not)."""
MAX_BINARY_BYTES = 6 * 1024 * 1024
"""Of any other body (documented)."""

_TEXT = frozenset({
    "application/graphql", "application/javascript", "application/json", "application/x-www-form-urlencoded",
})  # fmt: skip
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"})


def is_text(media_type: str) -> bool:
    """Tell whether a body of this type reaches a function as text."""
    media_type = media_type.lower()
    if media_type.endswith("/xml"):
        return False
    return media_type.startswith("text/") or media_type in _TEXT or media_type.endswith("+json")


def limit_of(media_type: str) -> int:
    """Return how many bytes a body of this type may have."""
    return MAX_TEXT_BYTES if is_text(media_type) else MAX_BINARY_BYTES


def headers_of(request: Request, client: str) -> list[tuple[str, str]]:
    """Return the headers that a function gets: those that were sent, and where they were sent from.

    Nobody but the service itself says who forwards, and nobody but the platform sets its own.
    """
    kept = [
        (name, value)
        for name, value in request.headers.items()
        if name.lower() not in HOP_BY_HOP | _FORWARDED and not name.lower().startswith(PLATFORM_PREFIX)
    ]
    return [*kept, ("X-Real-Ip", client), ("X-Forwarded-For", client), ("X-Forwarded-Proto", request.scheme)]


def event_of(
    request: Request, path: str, route: Route, body: bytes, *, client: str, env_id: str, request_id: str
) -> dict[str, Any]:
    """Return the event; `path` is the request's below the service, `client` the address of who asks."""
    headers: dict[str, str] = {}
    for name, value in headers_of(request, client):
        lower = name.lower()
        headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
    text, encoded = _text_of(body, request.mimetype)
    query = parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)
    return {
        "path": route.seen(path),
        "httpMethod": request.method,
        "headers": headers,
        "queryStringParameters": dict(query),  # of a name that comes twice, the last one counts
        "requestContext": {
            "requestId": request_id,
            "envId": env_id,
            "appId": int(TENCENTCLOUD_APPID),
            "uin": int(TENCENTCLOUD_UIN),
        },
        "body": text,
        "isBase64Encoded": encoded,
    }


def _text_of(body: bytes, media_type: str) -> tuple[str, bool]:
    if not body:
        return "", False
    if is_text(media_type):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass  # text in another encoding would be spoilt
    return base64.b64encode(body).decode("ascii"), True
