"""What an OCR request brings: a picture in a multipart body, or a URL in the query or in a urlencoded body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from flask import request

from cloudbase_ocr.answers import magic
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.multipart import MultipartError, Part, parse_boundary, parse_parts
from cloudbase_ocr.wechat import lessons

if TYPE_CHECKING:
    from cloudbase_ocr.core.bodies import Body
    from cloudbase_ocr.core.calls import Call

_MAX_FORM_BYTES = 256 * 1024
_MAX_FORM_FIELDS = 100


@dataclass(frozen=True)
class Picture:
    """The picture of a request: its bytes and the upload's filename, or its URL."""

    image: bytes | None = None
    filename: str = ""
    url: str | None = None


def find_picture(body: Body, strict: bool, call: Call) -> Picture:
    """Return what the current request brings (rulings R11 to R14).

    Raises:
        WeChatError: 41005 when there is no picture, 101002 when the body is beyond any bound, -1 in strict
            mode for a URL that is not percent-encoded.
    """
    if body.too_large:
        raise WeChatError(101002, reason="the body is larger than any picture may be; it was not read")
    content_type = (request.content_type or "").partition(";")[0].strip().lower()
    url = request.args.get("img_url", "")
    if content_type.startswith("multipart/"):
        part = _find_part(body, strict, call)
        if part is not None:
            if url:
                call.note(lessons.BOTH)
            return Picture(bytes(part.data), part.filename or "")
    elif content_type == "application/x-www-form-urlencoded" and not url:
        url = _form_url(body, call)
    elif not url:
        call.note(_json_lesson(body) or lessons.about_type(content_type))
    if url:
        if b"://" in _raw_value(request.query_string, b"img_url=") and not url.startswith(magic.SCHEME):
            if strict:
                raise WeChatError(-1, reason=lessons.UNENCODED)
            call.note(lessons.UNENCODED)
        return Picture(url=url)
    call.note(lessons.about_names("query", request.args.keys()))
    raise WeChatError(41005)


def _find_part(body: Body, strict: bool, call: Call) -> Part | None:
    """Return the part that holds the picture; a part without a filename is none (R13, observed)."""
    if not body.complete:
        raise WeChatError(41005, reason="the body ended before its announced length")
    try:
        boundary, quoted = parse_boundary(request.content_type or "")
        parts = parse_parts(body.data, boundary)
    except MultipartError as error:
        raise WeChatError(41005, reason=str(error)) from error
    if quoted:
        call.note(lessons.QUOTED_BOUNDARY)
        if strict:
            raise WeChatError(41005)
    files = [part for part in parts if part.filename is not None and len(part.data)]
    chosen = next((part for part in files if part.name == "img"), None)
    if chosen is None and files:
        call.note(lessons.OTHER_PART_NAME)
        chosen = None if strict else files[0]
    if chosen is None and not files:
        bare = [part.name for part in parts if part.filename is None]
        call.note(lessons.NO_FILENAME if "img" in bare else lessons.about_names("form", bare))
    return chosen


def _form_url(body: Body, call: Call) -> str:
    if not body.complete or len(body.data) > _MAX_FORM_BYTES:
        return ""
    try:
        fields = parse_qs(body.data.decode("utf-8", "replace"), max_num_fields=_MAX_FORM_FIELDS)
    except ValueError:
        return ""
    if "img_url" in fields:
        call.note(lessons.FORM_BODY)
        return fields["img_url"][0]
    call.note(lessons.about_names("form", fields))
    return ""


def _json_lesson(body: Body) -> str:
    if body.data.lstrip()[:1] != b"{" or len(body.data) > _MAX_FORM_BYTES:
        return ""
    try:
        value = parse_json(body.data, encoding=None, constants=True)
    except ValueError:
        return ""
    if "img_url" in value:
        return "img_url is in a JSON body, where WeChat does not look (41005); put it into the query"
    return lessons.about_names("JSON body", value)


def _raw_value(query: bytes, name: bytes) -> bytes:
    """Return a parameter as it was sent, before decoding."""
    for pair in query.split(b"&"):
        if pair.startswith(name):
            return pair[len(name) :]
    return b""
