"""What the file of a picture says of itself, without decoding it: its kind, and its size in pixels.

It needs nothing but the standard library, works on whatever bytes somebody uploads, takes time in proportion to them,
and refuses what the recognizer's decoder refuses for the same reasons in the same words. What only a decoder can tell
is not looked for: damage inside the compressed pixels, and how many rows a JPEG lacks that breaks off.

Sources: ITU T.81 annex B (JPEG), the PNG specification (W3C), the GIF89a specification, the WebP container
specification (RFC 9649), Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER, and TIFF 6.0 for the orientation in EXIF.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from cloudbase_ocr.recognizer.bounds import (
    check_rows,
    check_scans,
    check_size,
    damaged,
    unknown_format,
    unreadable_header,
)
from cloudbase_ocr.recognizer.image import png_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Kind(NamedTuple):
    """A kind of picture: its name, its content type, and how its files end."""

    name: str
    media_type: str
    suffix: str


class Header(NamedTuple):
    """Kind and size of a picture; width and height in pixels, after its EXIF orientation was applied."""

    kind: Kind
    width: int
    height: int


JPEG = Kind("JPEG", "image/jpeg", ".jpg")
PNG = Kind("PNG", "image/png", ".png")
GIF = Kind("GIF", "image/gif", ".gif")
BMP = Kind("BMP", "image/bmp", ".bmp")
TIFF = Kind("TIFF", "image/tiff", ".tiff")
WEBP = Kind("WebP", "image/webp", ".webp")
HEIC = Kind("HEIC", "image/heic", ".heic")
AVIF = Kind("AVIF", "image/avif", ".avif")
KINDS = (JPEG, PNG, GIF, BMP, TIFF, WEBP, HEIC, AVIF)

HEAD = 12
"""Bytes from the start of a file that tell its kind."""

_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_BRANDS = {b"heic": HEIC, b"heix": HEIC, b"mif1": HEIC, b"avif": AVIF}

# A marker follows the last of any number of 0xff; 0xff00 is data.
_MARKER = re.compile(rb"\xff([^\x00\xff])")
_ALONE = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_EXIF = b"Exif\0\0"
_BITMAP_HEADERS = (40, 52, 56, 64, 108, 124)
_SHORT = 3
_SIDEWAYS = (5, 6, 7, 8)


class _Cut(Exception):
    """The file ends before the picture does."""


def kind_of(head: bytes) -> Kind | None:
    """Return the kind of a file by its first `HEAD` bytes or more; None: they begin no picture."""
    for start, kind in _SIGNATURES:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return _BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None


def read_header(data: bytes) -> Header:
    """Return kind and size of a JPEG, PNG, WebP, BMP or GIF picture.

    Raises:
        NotAnImage: it is none of these, its header is damaged, or the file ends before its pixels begin; for WebP, BMP
            and GIF, before they end.
    """
    kind = kind_of(data)
    reader = None if kind is None else _READERS.get(kind)
    if kind is None or reader is None:
        raise unknown_format(data)
    try:
        width, height, orientation = reader(data)
    except _Cut:
        raise damaged(kind.name, "the file ends before the picture does") from None
    except (struct.error, IndexError) as error:
        raise unreadable_header("the file ends inside it") from error
    except ValueError as error:
        raise unreadable_header(error) from error
    return Header(kind, height, width) if orientation in _SIDEWAYS else Header(kind, width, height)


def check_picture(data: bytes, max_pixels: int) -> Header:
    """Return kind and size of a picture that may be sent to WeChat.

    Raises:
        NotAnImage: see `read_header`; or it has no pixels, or is a PNG that breaks off before half of its rows.
        ImageTooLarge: it has more than `max_pixels` pixels, is a strip, or has too many scans.
    """
    header = read_header(data)
    check_size(header.width, header.height, max_pixels)
    if header.kind is JPEG:
        check_scans(data, header.width, header.height)
    if header.kind is PNG and png_rows.ends_early(data):
        _check_png_rows(data)
    return header


def _check_png_rows(data: bytes) -> None:
    try:
        check_rows(png_rows.height(data), png_rows.missing_rows(data))
    except ValueError as error:
        raise damaged(PNG.name, error) from None


def _jpeg(data: bytes) -> tuple[int, int, int]:
    size, orientation = None, 1
    for marker, start, end in _segments(data):
        if marker in _FRAMES:
            precision, height, width, components = struct.unpack_from(">BHHB", data, start)
            if precision != 8 or components not in (1, 3, 4):
                raise ValueError(f"{components} components of {precision} bits")
            size = (width, height)
        elif marker == _APP1 and data.startswith(_EXIF, start):
            orientation = _orientation(data[start + len(_EXIF) : end])
        elif marker == _SCAN:
            if size is None:
                raise ValueError("a scan comes before the size")
            if end >= len(data):
                raise _Cut
            return *size, orientation
    raise _Cut


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give the segments of a JPEG up to its first scan: marker, and where the content starts and ends."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker in _ALONE:
            continue
        if marker == _END:
            return
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2:
            raise ValueError(f"a segment has the length {length}")
        yield marker, at + 2, at + length
        at += length


def _png(data: bytes) -> tuple[int, int, int]:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    (checksum,) = struct.unpack_from(">I", data, 29)
    if (length, name) != (13, b"IHDR") or zlib.crc32(data[12:29]) != checksum:
        raise ValueError("IHDR is damaged")
    orientation, pixels = 1, False
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        pixels = pixels or name == b"IDAT"
        if at + 12 + length > len(data):
            break
        if name == b"eXIf":
            orientation = _orientation(data[at + 8 : at + 8 + length])
        at += 12 + length
    if not pixels:
        raise _Cut
    return width, height, orientation


def _gif(data: bytes) -> tuple[int, int, int]:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = _after_colours(13, flags)
    while True:
        if at >= len(data):
            raise _Cut
        block = data[at]
        if block == 0x21:
            at = _after_blocks(data, at + 2)
        elif block == 0x2C:
            left, top, across, down, flags = struct.unpack_from("<HHHHB", data, at + 1)
            _after_blocks(data, _after_colours(at + 10, flags) + 1)
            return max(width, left + across), max(height, top + down), 1
        else:
            raise ValueError("no picture in it")


def _after_colours(at: int, flags: int) -> int:
    """Return where a GIF goes on after its table of colours, if `flags` say that it has one."""
    return at + 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else at


def _after_blocks(data: bytes, at: int) -> int:
    """Return where a GIF goes on after blocks of data, of which the last is empty."""
    while at < len(data):
        length = data[at]
        at += 1 + length
        if not length:
            return at
    raise _Cut


def _webp(data: bytes) -> tuple[int, int, int]:
    size, name = struct.unpack_from("<I4x4s", data, 4)
    orientation = 1
    if name == b"VP8X":
        width, height = _canvas(data)
        orientation = _webp_orientation(data)
    elif name == b"VP8L":
        mark, bits = struct.unpack_from("<BI", data, 20)
        if mark != 0x2F:
            raise ValueError("VP8L is damaged")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif name == b"VP8 ":
        start, width, height = struct.unpack_from("<3sHH", data, 23)
        if start != b"\x9d\x01\x2a":
            raise ValueError("VP8 is damaged")
        width, height = width & 0x3FFF, height & 0x3FFF
    else:
        raise ValueError(f"it begins with the chunk {name!r}")
    if size + 8 > len(data):
        raise _Cut
    return width, height, orientation


def _canvas(data: bytes) -> tuple[int, int]:
    """Return the size of an extended WebP: two numbers of 24 bits, each less by one."""
    if len(data) < 30:
        raise IndexError
    return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1


def _webp_orientation(data: bytes) -> int:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"EXIF":
            return _orientation(data[at + 8 : at + 8 + length].removeprefix(_EXIF))
        at += 8 + length + length % 2
    return 1


def _bmp(data: bytes) -> tuple[int, int, int]:
    offset, header = struct.unpack_from("<II", data, 10)
    if header == 12:
        width, height, bits = struct.unpack_from("<HH2xH", data, 18)
        compressed = False
    elif header in _BITMAP_HEADERS:
        width, height, bits, compression = struct.unpack_from("<ii2xHI", data, 18)
        height, compressed = abs(height), compression not in (0, 3)
    else:
        raise ValueError(f"a header of {header} bytes")
    row = (width * bits + 31) // 32 * 4
    if not compressed and offset + row * height > len(data):
        raise _Cut
    return width, height, 1


def _orientation(exif: bytes) -> int:
    """Return the tag Orientation, 1 (as stored) when there is none or it is damaged."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, value = struct.unpack_from(order + "HH4xH", exif, entry)
            if (tag, kind) == (0x0112, _SHORT):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


_READERS: dict[Kind, Callable[[bytes], tuple[int, int, int]]] = {
    JPEG: _jpeg,
    PNG: _png,
    GIF: _gif,
    WEBP: _webp,
    BMP: _bmp,
}
"""Gives width and height as stored, and the orientation."""
