"""What the developer most likely did wrong: one sentence each, for the call log.

The mistakes are those that users of the live service ask about most often (section 9 of the contract notes).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudbase_ocr.core.multipart import Oddity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ENCODED_TWICE = re.compile(r"^https?%3a|%25[0-9a-f]{2}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200}")
_LOCAL_PATH = re.compile(r"^(file:|/|\./|\.\./|[A-Za-z]:[\\/]|~)")
_PHONE_PATH = re.compile(r"^(wxfile:|https?://(tmp|usr)/)", re.IGNORECASE)
_COMPRESSIONS = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"})
_PICTURE_NAME = re.compile(r"img|image|pic|photo|base64|url|file|media|buffer", re.IGNORECASE)

NO_FILENAME = (
    "the multipart part that holds the picture has no filename; WeChat then sees no media. "
    'Send filename="a.jpg" and a Content-Type with it'
)
QUOTED_BOUNDARY = (
    "the boundary in the Content-Type header is in quotes, as .NET writes it; WeChat was seen to answer 41005"
)
OTHER_PART_NAME = (
    "the picture came in a part that is not called img; the documents say img. WeChat was seen to take file; with "
    "any other name --strict refuses it. Call the part img"
)
TEXT_FIELD = (
    "img_url is a text field of the multipart form, where WeChat is not known to look (41005; --assumption "
    "multipart-img-url looks there); put it into the query"
)
OTHER_MULTIPART = (
    "the body is {kind}, for which WeChat was seen to answer 41005 (--strict does); send multipart/form-data, in "
    "OkHttp setType(MultipartBody.FORM)"
)
URL_BESIDE_BODY = (
    "img_url of the query was used, although a multipart body came that cannot be read: {reason}"
)
SENT_IN_PART = "img_url came as a text field of the multipart form; put it into the query, where WeChat looks"
NOTHING_FOUND = (
    "the body holds no picture that is looked for; send it as multipart/form-data, part img with a filename, or its "
    "address as img_url in the query"
)
CUT_SHORT = "the body ended before its announced length"
FORM_BODY = "img_url came in a urlencoded body; the documents put it into the query"
BOTH = "both img and img_url were sent; img was used"
UNENCODED = (
    "img_url is not percent-encoded: everything after its first & is lost, and to one that was cut WeChat was seen to "
    "answer -1; encode it once"
)
CHUNKED = (
    "the upload is chunked; WeChat's upload interfaces were seen to answer HTTP 412. Send Content-Length"
)


_IN_A_PART: Mapping[Oddity, str] = {
    Oddity.FOLDED: (
        "a header of a part goes on in the next line, which is not read here, and hardly by WeChat; write "
        "Content-Disposition with name and filename on one line"
    ),
    Oddity.ENCODED_FILENAME: (
        "the part names its file by filename*= alone (RFC 2231), as old Python clients do for Chinese names; WeChat "
        'does not read that and sees no media (41005). Give the file an ASCII name: filename="a.jpg"'
    ),
    Oddity.DISPOSITION: (
        "the part of the picture says another Content-Disposition than form-data; --strict refuses it. Send "
        'form-data; name="img"; filename="a.jpg"'
    ),
    Oddity.SINGLE_QUOTES: (
        "the names of the part are in single quotes, which belong to the name for most servers; --strict refuses it. "
        'Use double quotes: name="img"; filename="a.jpg"'
    ),
    Oddity.UNQUOTED: (
        "the names of the part are not in quotes, as .NET writes them; WeChat's servers were seen to want quotes, and "
        '--strict does. Write name="img"; filename="a.jpg" (in .NET, set Name = "\\"img\\"")'
    ),
}


def about_part(oddity: Oddity | None) -> str:
    """Return what is unusual about the head of a part, or ""."""
    return _IN_A_PART[oddity] if oddity is not None else ""


def about_encoding(content_encoding: str) -> str:
    """Return what a compressed body loses, or "" where the header names no compression."""
    name = content_encoding.strip().lower()
    if name not in _COMPRESSIONS:
        return ""
    return (
        f"the body comes under Content-Encoding: {name}, which WeChat is not known to undo, and so it was not read; "
        "send it as it is, without that header"
    )


def about_json(value: Mapping[str, object], content_type: str) -> str:
    """Return what is wrong with JSON in which a picture seems to be, or ""."""
    if "img_url" not in value:
        return about_names("JSON body", value)
    under = "" if content_type == "application/json" else f", under {_shown(content_type)}"
    return f"img_url is in a JSON body{under}, where WeChat does not look (41005); put it into the query"


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


def about_form_text(content_type: str) -> str:
    """Return what is wrong when ``img_url=..`` came as a form under another content type."""
    return (
        f"the body holds img_url=.. under {_shown(content_type)}, so it is not read as a form (41005); put img_url "
        "into the query, or send Content-Type: application/x-www-form-urlencoded"
    )


def _shown(content_type: str) -> str:
    return f"Content-Type: {content_type[:60]}" if content_type else "no Content-Type"


def about_type(content_type: str) -> str:
    """Return what is wrong when the body's type cannot carry a picture here, or ""."""
    if content_type.startswith("image/") or content_type == "application/octet-stream":
        return "the body is the bare picture; send it as multipart/form-data, part img with a filename"
    if content_type == "application/json":
        return "the body is JSON; img_url belongs into the query, the picture into a multipart body"
    return ""
