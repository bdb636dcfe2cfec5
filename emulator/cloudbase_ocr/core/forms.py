"""The fields and the picture of a form, multipart or urlencoded, for whoever compares them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from cloudbase_ocr.core.multipart import MultipartError, Part, parse_boundary, parse_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORM = "application/x-www-form-urlencoded"
MAX_FORM_BYTES = 256 * 1024
MAX_FORM_FIELDS = 100

PICTURE_PARTS = ("img", "file")
"""The names of parts that were seen to work: the documents', and WxJava's (R13)."""


@dataclass(frozen=True)
class Form:
    """The text fields of a form by name, the first of each, and the part with the picture, if there is one."""

    fields: Mapping[str, str] = field(default_factory=dict)
    picture: Part | None = None


def form_of(content_type: str, body: bytes) -> Form:
    """Return what a body has as a form; nothing where it is none, or not whole."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        try:
            parts = parse_parts(body, parse_boundary(content_type)[0])
        except MultipartError:
            return Form()
        texts = [part for part in parts if part.filename is None]
        files = [part for part in parts if part.filename is not None and len(part.data)]
        fields = [(part.name, bytes(part.data[:MAX_FORM_BYTES]).decode("utf-8", "replace")) for part in texts]
        return Form(_first(fields), picture_part(files) or next(iter(files), None))
    if kind != FORM or len(body) > MAX_FORM_BYTES:
        return Form()
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        return Form()
    return Form(_first(pairs))


def picture_part(files: Sequence[Part]) -> Part | None:
    """Return the part with a filename that WeChat takes for the picture, or None."""
    return next((part for name in PICTURE_PARTS for part in files if part.name == name), None)


def _first(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    return dict(reversed(pairs))
