"""Where the scans of a JPEG end, and the file ended in order where it breaks off. Source: ITU T.81 annex B."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_ALONE = (0x01, *range(0xD0, 0xD9))
_END = b"\xff\xd9"


def scan_ends(data: bytes) -> Iterator[int]:
    """Give where each scan ends, until the image does, or until what follows is no marker."""
    for start, marker, end in _parts(data):
        if marker == _START_OF_SCAN and start < end < len(data):
            yield end


def completed(data: bytes) -> bytes:
    """Return a JPEG that breaks off in or behind a scan with an end; any other as it is."""
    scanned = False
    at = len(data)
    for start, marker, end in _parts(data):
        if marker == _END_OF_IMAGE:
            return data
        if end > len(data):
            at = start
            break
        scanned = scanned or marker == _START_OF_SCAN
        at = end
    if not scanned or (at < len(data) - 1 and data[at] != _END[0]):
        return data
    return data[:at].rstrip(b"\xff") + _END


def _parts(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give each marker with its segment, a scan with its pixels: where it starts, the marker, where it ends.

    An end behind the data's own tells that the segment breaks off.
    """
    at = 2
    while at + 2 <= len(data) and data[at] == _END[0]:
        start, marker = at, data[at + 1]
        if marker == _END[0]:
            at += 1
            continue
        if marker == _END_OF_IMAGE:
            yield start, marker, at + 2
            return
        at += 2 if marker in _ALONE else 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        if marker == _START_OF_SCAN and at <= len(data):
            found = _END_OF_SCAN.search(data, at)
            at = found.start() if found else len(data)
        yield start, marker, at
