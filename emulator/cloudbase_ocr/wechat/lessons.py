"""What the developer most likely did wrong: one sentence each, for the call log.

The mistakes are those that users of the live service ask about most often (section 9 of the contract notes).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENCODED_TWICE = re.compile(r"^https?%3a|%25[0-9a-f]{2}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200}")
_LOCAL_PATH = re.compile(r"^(file:|/|\./|\.\./|[A-Za-z]:[\\/]|~)")
_PHONE_PATH = re.compile(r"^(wxfile:|https?://(tmp|usr)/)", re.IGNORECASE)
_PICTURE_NAME = re.compile(r"img|image|pic|photo|base64|url|file|media|buffer", re.IGNORECASE)

NO_FILENAME = (
    "the multipart part that holds the picture has no filename; WeChat then sees no media. "
    'Send filename="a.jpg" and a Content-Type with it'
)
QUOTED_BOUNDARY = (
    "the boundary in the Content-Type header is in quotes, as .NET writes it; WeChat was seen to answer 41005"
)
OTHER_PART_NAME = "the picture came in a part that is not called img; the documents say img"
FORM_BODY = "img_url came in a urlencoded body; the documents put it into the query"
BOTH = "both img and img_url were sent; img was used"
UNENCODED = (
    "img_url is not percent-encoded: everything after its first & is lost; WeChat was seen to answer -1"
)
CHUNKED = (
    "the upload is chunked; WeChat's upload interfaces were seen to answer HTTP 412. Send Content-Length"
)


def about_url(url: str) -> str:
    """Return what is wrong with an `img_url` that is no usable URL, or ""."""
    if url.startswith("cloud://"):
        return (
            "img_url is a cloud:// file ID; get a URL for it first (getTempFileURL, /tcb/batchdownloadfile)"
        )
    if url.startswith("data:") or _BASE64.match(url):
        return "img_url holds base64 data instead of a URL; send the bytes as multipart part img"
    if _PHONE_PATH.match(url):
        return "img_url is a temporary path on the phone; upload the file first"
    if _LOCAL_PATH.match(url):
        return (
            "img_url is a path on your machine, which WeChat cannot read; send the file as multipart part img"
        )
    if _ENCODED_TWICE.search(url):
        return "img_url was percent-encoded twice; encode it once (requests and most clients do it for you)"
    return ""


def about_names(place: str, names: Iterable[str]) -> str:
    """Return what is wrong when a picture seems to have come under another name, or ""."""
    for name in names:
        if name not in ("img_url", "access_token", "cloudbase_access_token") and _PICTURE_NAME.search(name):
            return f"the {place} has {name[:40]!r}; the picture goes into img (multipart) or img_url (query)"
    return ""


def about_type(content_type: str) -> str:
    """Return what is wrong when the body's type cannot carry a picture here, or ""."""
    if content_type.startswith("image/") or content_type == "application/octet-stream":
        return "the body is the bare picture; send it as multipart/form-data, part img with a filename"
    if content_type == "application/json":
        return "the body is JSON; img_url belongs into the query, the picture into a multipart body"
    return ""
