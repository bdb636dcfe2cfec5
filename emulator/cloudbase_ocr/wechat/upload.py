"""What an OCR request brings: a picture in a multipart body, or a URL in the query or in a urlencoded body.

Where nothing is found, a sentence names the mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from flask import request

from cloudbase_ocr import assumptions
from cloudbase_ocr.answers import magic
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.forms import FORM, MAX_FORM_BYTES, MAX_FORM_FIELDS, picture_part
from cloudbase_ocr.core.multipart import MultipartError, Oddity, Part, parse_boundary, parse_parts
from cloudbase_ocr.wechat import lessons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.core.bodies import Body
    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.settings import Settings

MULTIPART_FORM = "multipart/form-data"

_DOCUMENTED = frozenset({"access_token", "cloudbase_access_token", "img_url", "ratios", "resp_type", "type"})
"""Documented names in a query; any other behind a raw `img_url` is a piece of it."""


@dataclass(frozen=True)
class Picture:
    """The picture of a request: its bytes and the upload's filename, or its URL."""

    image: bytes | None = None
    filename: str = ""
    url: str | None = None


def find_picture(body: Body, settings: Settings, call: Call) -> Picture:
    """Return what the current request brings (rulings R11 to R14 and R38 to R42).

    Raises:
        WeChatError: 41005 when there is no picture, 101002 when the body is beyond any bound, -1 in strict
            mode for a URL that is not percent-encoded.
    """
    if body.too_large:
        raise WeChatError(101002, reason="the body is larger than any picture may be; it was not read")
    said = len(call.notes)
    url = request.args.get("img_url", "")
    if request.mimetype.startswith("multipart/"):
        picture = _beside(url, body, settings, call)
        if picture.image is not None:
            return picture
        url = url or picture.url or ""
    elif not url:
        url = _url_in(body, call)
    if url:
        _check_encoding(url, settings, call)
        return Picture(url=url)
    call.note(lessons.about_names("query", request.args.keys()))
    if body.data and len(call.notes) == said:
        call.note(lessons.NOTHING_FOUND)
    raise WeChatError(41005)


def _beside(url: str, body: Body, settings: Settings, call: Call) -> Picture:
    """Return the picture of a multipart body; beside a `url` it need not have one, nor be one (R12, R39).

    Raises:
        WeChatError: 41005 for a body that cannot be read.
    """
    try:
        picture = _in_parts(body, settings, call)
    except WeChatError as error:
        if not url or assumptions.MULTIPART_GOES_FIRST in settings.assumptions:
            raise
        call.note(lessons.URL_BESIDE_BODY.format(reason=error.reason))
        return Picture()
    if picture.image is not None and url:
        call.note(lessons.BOTH)
    return picture


def _in_parts(body: Body, settings: Settings, call: Call) -> Picture:
    """Return what a multipart body brings; a part without a filename is no picture (R13, observed).

    Raises:
        WeChatError: 41005 for a body that cannot be read, or is written otherwise than strict mode wants it.
    """
    if request.mimetype != MULTIPART_FORM:
        _odd(lessons.OTHER_MULTIPART.format(kind=request.mimetype), settings, call)
    parts = _parts(body, settings, call)
    files = [part for part in parts if part.filename is not None and len(part.data)]
    chosen = picture_part(files)
    if files and (chosen is None or chosen.name != "img"):
        call.note(lessons.OTHER_PART_NAME)
    if chosen is None and files and not settings.strict:
        chosen = files[0]
    if chosen is not None:
        if chosen.oddity is not None:
            _odd(lessons.about_part(chosen.oddity), settings, call)
        return Picture(bytes(chosen.data), chosen.filename or "")
    return Picture() if files else _in_text_fields(parts, settings, call)


def _parts(body: Body, settings: Settings, call: Call) -> list[Part]:
    if not body.complete:
        raise WeChatError(41005, reason=lessons.CUT_SHORT)
    unfold = assumptions.FOLDED_HEADERS in settings.assumptions
    try:
        boundary, quoted = parse_boundary(request.content_type or "")
        parts = parse_parts(body.data, boundary, unfold=unfold)
    except MultipartError as error:
        raise WeChatError(41005, reason=_compressed() or str(error)) from error
    if quoted:
        _odd(lessons.QUOTED_BOUNDARY, settings, call)
    return parts


def _in_text_fields(parts: Sequence[Part], settings: Settings, call: Call) -> Picture:
    """Return the URL in the parts without a filename, if it is looked for there (R38); else say what is wrong."""
    fields = {part.name: part for part in parts if part.filename is None}
    odd = next((part.oddity for part in parts if part.oddity in _UNREAD), None)
    address = fields.get("img_url")
    if address is not None and assumptions.MULTIPART_IMG_URL in settings.assumptions:
        call.note(lessons.SENT_IN_PART)
        return Picture(url=bytes(address.data[:MAX_FORM_BYTES]).decode("utf-8", "replace"))
    if odd is not None:
        call.note(lessons.about_part(odd))
    elif "img" in fields:
        call.note(lessons.NO_FILENAME)
    elif address is not None:
        call.note(lessons.TEXT_FIELD)
    else:
        call.note(lessons.about_names("form", fields))
    return Picture()


_UNREAD = (Oddity.FOLDED, Oddity.ENCODED_FILENAME)


def _odd(lesson: str, settings: Settings, call: Call) -> None:
    """Say how a form differs from what WeChat was seen to take; strict mode does not take it (R41)."""
    if settings.strict:
        raise WeChatError(41005, reason=lesson)
    call.note(lesson)


def _url_in(body: Body, call: Call) -> str:
    """Return the URL that a body other than multipart brings, or say why it brings none."""
    if not body.complete:
        call.note(lessons.CUT_SHORT)
        return ""
    if not body.data:
        return ""
    kind = request.mimetype
    fields = _fields(body.data)
    if kind == FORM and "img_url" in fields:
        call.note(lessons.FORM_BODY)
        return fields["img_url"][0]
    call.note(
        _compressed()
        or _about_json(body.data, kind)
        or (lessons.about_form_text(kind) if "img_url" in fields else "")
        or (lessons.about_names("form", fields) if kind == FORM else lessons.about_type(kind))
    )
    return ""


def _fields(data: bytes) -> dict[str, list[str]]:
    """Return the fields of a urlencoded form; none where the body is none, or beyond any form."""
    if len(data) > MAX_FORM_BYTES:
        return {}
    try:
        return parse_qs(data.decode("utf-8", "replace"), max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        return {}


def _about_json(data: bytes, kind: str) -> str:
    if data.lstrip()[:1] != b"{" or len(data) > MAX_FORM_BYTES:
        return ""
    try:
        return lessons.about_json(parse_json(data, encoding=None, constants=True), kind)
    except ValueError:
        return ""


def _compressed() -> str:
    return lessons.about_encoding(request.headers.get("Content-Encoding", ""))


def _check_encoding(url: str, settings: Settings, call: Call) -> None:
    """Say that a URL is not percent-encoded; in strict mode refuse one that an ``&`` has cut (R40).

    Raises:
        WeChatError: -1.
    """
    if url.startswith(magic.SCHEME) or b"://" not in _raw_value(request.query_string, b"img_url="):
        return
    refuses_all = assumptions.RAW_IMG_URL_REFUSED in settings.assumptions
    if settings.strict and (refuses_all or ("?" in url and not request.args.keys() <= _DOCUMENTED)):
        raise WeChatError(-1, reason=lessons.UNENCODED)
    call.note(lessons.UNENCODED)


def _raw_value(query: bytes, name: bytes) -> bytes:
    """Return a parameter as it was sent, before decoding."""
    for pair in query.split(b"&"):
        if pair.startswith(name):
            return pair[len(name) :]
    return b""
