"""Pictures whose data ends in order before their last row: decoders fill up the rest and say nothing.

PNG does so when its zlib stream ends early, JPEG when a marker does. (GIF, BMP and WebP are refused by their decoders.)
A row that the decoder filled is of one colour, so only pictures whose last row is so are looked at closely.
"""

from __future__ import annotations

import io
import random
import re
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import JpegImagePlugin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

_PNG_HEADER = struct.Struct(">II5B")
_PNG_HEADER_AT = 16
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced PNG: the first column and row of each, and the steps to the next."""
_PIECE = 256 * 1024

_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_ALONE = (0x01, *range(0xD0, 0xD9))
# Data that a decoder which is still waiting for some takes for pixels; any bytes without 0xFF do.
_FOOD = bytes(random.Random(0).randrange(1, 255) for _ in range(1024))  # noqa: S311 - no secret
_SMALL = 8


def ends_early(image: Image.Image, data: bytes) -> bool:
    """Tell whether a loaded picture lacks rows; `data` are the bytes that it came from."""
    if image.format == "PNG":
        return (bool(image.info.get("interlace")) or _is_last_row_zero(image)) and _is_png_short(data)
    return image.format == "JPEG" and _is_last_row_even(image) and _is_jpeg_hungry(data)


def _last_row(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    width, height = image.size
    return np.asarray(image.crop((0, height - 1, width, height)))


def _is_last_row_zero(image: Image.Image) -> bool:
    return not _last_row(image).any()


def _is_last_row_even(image: Image.Image) -> bool:
    row = _last_row(image)
    return bool((row == row[:, :1]).all())


def _is_png_short(data: bytes) -> bool:
    """Tell whether the pixels' zlib streams hold fewer bytes than the header promises."""
    width, height, depth, colour, _, _, interlace = _PNG_HEADER.unpack_from(data, _PNG_HEADER_AT)
    bits = depth * _CHANNELS.get(colour, 1)
    passes = _ADAM7 if interlace else ((0, 0, 1, 1),)
    missing = 0
    for left, top, step, down in passes:
        columns, rows = -(-(width - left) // step), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            missing += rows * (1 + (columns * bits + 7) // 8)
    stream = zlib.decompressobj()
    try:
        for piece in _png_pixels(data):
            while piece and missing > 0:
                missing -= len(stream.decompress(piece, _PIECE))
                piece = stream.unconsumed_tail
            if missing <= 0 or stream.eof:
                break
    except zlib.error:
        return True
    return missing > 0


def _png_pixels(data: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IDAT":
            yield data[at + 8 : at + 8 + length]
        at += 12 + length


def _is_jpeg_hungry(data: bytes) -> bool:
    """Tell whether more data at the end of its scans would change the picture: then the scans are not whole."""
    ends = list(_scan_ends(data))
    if not ends:
        return False
    parts = [data[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    fed = _FOOD.join([*parts, data[ends[-1] :]])
    try:
        return bool((_small(data) != _small(fed)).any())
    except Exception:  # decoders raise anything; that the picture can be decoded is known
        return False


def _small(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    """Return a JPEG in grey, at an eighth of its size, which takes a fraction of the time."""
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    image.draft("L", (max(1, image.width // _SMALL), max(1, image.height // _SMALL)))
    return np.asarray(image)


def _scan_ends(data: bytes) -> Iterator[int]:
    """Give where each scan of a JPEG ends, until the image does, or until what follows is no marker."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _END_OF_IMAGE:
            return
        at += 2 if marker in _ALONE else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _START_OF_SCAN:
            found = _END_OF_SCAN.search(data, at)
            if found is None:
                return
            at = found.start()
            yield at
