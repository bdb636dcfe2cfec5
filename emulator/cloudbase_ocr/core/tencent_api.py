"""Which requests are for Tencent Cloud's API; it shares the address ``/`` with the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudbase_ocr.core.reach import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "TC3-HMAC-SHA256"
READING = frozenset({"GET", "HEAD"})

_DOMAIN = ".tencentcloudapi.com"
_HEADERS = "HTTP_X_TC_"


def is_tencent_api(environ: Mapping[str, Any]) -> bool:
    """Tell whether a WSGI request is for Tencent Cloud's API, whatever it asks for.

    At ``/`` that is everything but reading; and reading with the API's header ``X-TC-...``, its signature, a parameter
    `Action`, or under a name of the API.
    """
    if environ["PATH_INFO"] not in ("", "/"):
        return False
    return (
        environ["REQUEST_METHOD"] not in READING
        or any(name.startswith(_HEADERS) for name in environ)
        or environ.get("HTTP_AUTHORIZATION", "").startswith(ALGORITHM)
        or host_of(environ.get("HTTP_HOST", "")).endswith(_DOMAIN)
        or any(
            name == "Action" for name, _ in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        )
    )
