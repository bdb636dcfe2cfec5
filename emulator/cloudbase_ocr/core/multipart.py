"""multipart/form-data, parsed from raw bytes.

Written for pictures: one search per boundary, the parts are views into the body and nothing is copied. Lenient where
real clients differ (unquoted names, bare line feeds, a preamble), strict where a guess could cut a picture short.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PARTS = 64
MAX_HEADER_BYTES = 16 * 1024
MAX_BOUNDARY_BYTES = 200

_PARAMETER = re.compile(r';\s*([\w*!#$%&+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\r\n]*))')
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


class MultipartError(ValueError):
    """The body is not the multipart body that its header announces; the message says why."""


@dataclass(frozen=True)
class Part:
    """One part; `filename` is None when the part names none, and `data` is a view into the body."""

    name: str
    filename: str | None
    data: memoryview


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


def parse_parts(body: bytes, boundary: bytes) -> list[Part]:
    """Return the parts of a complete body.

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
            parts.append(_part(body, view, start, begin))
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


def _part(body: bytes, view: memoryview, start: int, end: int) -> Part:
    if body[start : start + 2] == b"\r\n":
        return Part("", None, view[min(start + 2, end) : end])
    match = _END_OF_HEADERS.search(body, start, min(end, start + MAX_HEADER_BYTES))
    if match is None:
        raise MultipartError("a part has no empty line after its headers")
    name, filename = "", None
    for line in body[start : match.start()].decode("utf-8", "replace").splitlines():
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            name, filename = _disposition(value)
    return Part(name, filename, view[match.end() : end])


def _disposition(value: str) -> tuple[str, str | None]:
    found = {}
    for match in _PARAMETER.finditer(value):
        found[match[1].lower()] = _unescape(match[2]) if match[2] is not None else match[3].strip()
    filename = found.get("filename")
    if filename is None and "filename*" in found:
        filename = unquote(found["filename*"].rpartition("'")[2])
    return found.get("name", ""), filename


def _unescape(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)
