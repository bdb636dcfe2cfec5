"""multipart/form-data, parsed from raw bytes.

Written for pictures: one search per boundary, the parts are views into the body and nothing is copied. Lenient where
real clients differ (unquoted names, bare line feeds, a preamble), strict where a guess could cut a picture short.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PARTS = 64
MAX_HEADER_BYTES = 16 * 1024
MAX_BOUNDARY_BYTES = 200

_PARAMETER = re.compile(r';\s*([\w*!#$%&+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\r\n]*))')
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")


class MultipartError(ValueError):
    """The body is not the multipart body that its header announces; the message says why."""


class Oddity(Enum):
    """How a part's head is written otherwise than ``form-data; name="img"; filename="a.jpg"``, the gravest first."""

    FOLDED = "a header goes on in the next line"
    ENCODED_FILENAME = "filename* without filename"
    DISPOSITION = "another disposition than form-data"
    SINGLE_QUOTES = "single quotes around a name"
    UNQUOTED = "no quotes around a name"


@dataclass(frozen=True)
class Part:
    """One part; `filename` is None when the part names none, and `data` is a view into the body.

    A ``filename*`` (RFC 2231) is no filename: forms do not have it (RFC 7578, 4.2), and servers read over it.
    `content_type` is its header's, "" without one.
    """

    name: str
    filename: str | None
    data: memoryview
    oddity: Oddity | None = None
    content_type: str = ""


def parse_boundary(content_type: str) -> tuple[bytes, bool]:
    """Return the boundary that a Content-Type header announces, and whether it is written in quotes.

    Raises:
        MultipartError: there is none, or it is unreasonably long.
    """
    for match in _PARAMETER.finditer(content_type):
        if match[1].lower() == "boundary":
            quoted = match[2] is not None
            text = _unescape(match[2]) if match[2] is not None else match[3].strip()
            boundary = text.encode("latin-1", "replace")
            if not 0 < len(boundary) <= MAX_BOUNDARY_BYTES:
                raise MultipartError("the boundary in the Content-Type header is empty or too long")
            return boundary, quoted
    raise MultipartError("the Content-Type header says multipart but names no boundary")


def parse_parts(body: bytes, boundary: bytes, *, unfold: bool = False) -> list[Part]:
    """Return the parts of a complete body; `unfold` reads headers that go on in the next line.

    Raises:
        MultipartError: the boundary does not occur, the closing boundary is missing, or there is too much.
    """
    view = memoryview(body)
    parts: list[Part] = []
    start = None
    for begin, end, last in _delimiters(body, b"--" + boundary):
        if start is not None:
            if len(parts) == MAX_PARTS:
                raise MultipartError(f"there are more than {MAX_PARTS} parts")
            parts.append(_part(body, view, start, begin, unfold))
        start = end
        if last:
            return parts
    if start is None:
        raise MultipartError("the boundary of the Content-Type header does not occur in the body")
    raise MultipartError("the body ends before its closing boundary: it was cut off")


def _delimiters(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where each delimiter line begins (with the line break before it), where it ends, and if it closes."""
    at = body.find(delimiter)
    while at != -1:
        after = at + len(delimiter)
        line_end = body.find(b"\n", after, after + 80)
        tail = body[after : line_end if line_end != -1 else after + 80]
        at_line_start = at == 0 or body[at - 1 : at] == b"\n"
        if at_line_start and tail.strip(b"-\r\t ") == b"" and (line_end != -1 or tail[:2] == b"--"):
            begin = at - (2 if body[at - 2 : at] == b"\r\n" else 1) if at else 0
            yield begin, line_end + 1, tail[:2] == b"--"
        at = body.find(delimiter, after)


def _part(body: bytes, view: memoryview, start: int, end: int, unfold: bool) -> Part:
    if body[start : start + 2] == b"\r\n":
        return Part("", None, view[min(start + 2, end) : end])
    match = _END_OF_HEADERS.search(body, start, min(end, start + MAX_HEADER_BYTES))
    if match is None:
        raise MultipartError("a part has no empty line after its headers")
    head = body[start : match.start()].decode("utf-8", "replace")
    oddity = Oddity.FOLDED if _FOLD.search(head) else None
    if unfold:
        head = _FOLD.sub(" ", head)
    name, filename, content_type = "", None, ""
    for line in head.splitlines():
        header, _, value = line.partition(":")
        known = header.strip().lower()
        if known == "content-disposition":
            name, filename, written = _disposition(value)
            oddity = oddity or written
        elif known == "content-type":
            content_type = value.strip()
    return Part(name, filename, view[match.end() : end], oddity, content_type)


def _disposition(value: str) -> tuple[str, str | None, Oddity | None]:
    """Return name and filename of a part, and how they are written."""
    found: dict[str, str] = {}
    oddity = None
    for match in _PARAMETER.finditer(value):
        name = match[1].lower()
        if match[2] is not None:
            found[name] = _unescape(match[2])
            continue
        text = match[3].strip()
        single = len(text) > 1 and text[0] == text[-1] == "'"
        found[name] = text[1:-1] if single else text
        if name in ("name", "filename"):
            oddity = Oddity.SINGLE_QUOTES if single else Oddity.UNQUOTED
    if value.partition(";")[0].strip().lower() != "form-data":
        oddity = Oddity.DISPOSITION
    if "filename" not in found and "filename*" in found:
        oddity = Oddity.ENCODED_FILENAME
    return found.get("name", ""), found.get("filename"), oddity


def _unescape(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)
