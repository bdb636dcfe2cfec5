"""How many rows of a PNG its file holds, and the file made whole where it ends early. Nothing is needed but zlib.

Sources: the PNG specification (W3C), chapters 5 (chunks), 7 and 8 (scanlines and Adam7 passes), 10 (zlib streams).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = struct.Struct(">II5B")
_HEADER_AT = 16
_FIRST_CHUNK = 8
# Length, kind and checksum of a chunk.
_FRAME = 12
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced PNG: the first column and row of each, and the steps to the next."""
_PIECE = 256 * 1024


def ends_early(data: bytes) -> bool:
    """Tell whether the file of a PNG ends before its last chunk does."""
    at = _FIRST_CHUNK
    while at + _FRAME <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IEND":
            return False
        at += _FRAME + length
    return True


def height(data: bytes) -> int:
    """Return how many rows the header of a PNG announces."""
    rows: int = _HEADER.unpack_from(data, _HEADER_AT)[1]
    return rows


def missing_rows(data: bytes) -> int:
    """Return how many of a PNG's rows, all at its lower end, lack pixels: its zlib stream is damaged or ends early.

    Until the last pass of an interlaced picture begins, these are all rows: each second one has no pixel yet.
    """
    held = sum(len(raw) for raw in _raw(data, sum(rows * length for rows, length in _passes(data))))
    for rows, length in _passes(data)[:-1]:
        held -= rows * length
    rows, length = _passes(data)[-1]
    if held >= rows * length:
        return 0
    if len(_passes(data)) == 1:
        return rows - held // length
    return height(data) if held < 0 else height(data) - 1 - 2 * (held // length)


def completed(data: bytes) -> bytes:
    """Return a PNG that ends early as a whole file: zeros take the place of what it lacks."""
    at = data.index(b"IDAT") - 4
    left = sum(rows * length for rows, length in _passes(data))
    packer = zlib.compressobj(1)
    packed = []
    for raw in _raw(data, left):
        packed.append(packer.compress(raw))
        left -= len(raw)
    packed += [packer.compress(bytes(min(_PIECE, left - start))) for start in range(0, left, _PIECE)]
    packed.append(packer.flush())
    return b"".join((data[:at], _chunk(b"IDAT", b"".join(packed)), _chunk(b"IEND", b"")))


def _passes(data: bytes) -> list[tuple[int, int]]:
    """Give the rows of each pass, and the bytes of a row; a picture that is not interlaced has one pass."""
    width, height, depth, colour, _, _, interlace = _HEADER.unpack_from(data, _HEADER_AT)
    bits = depth * _CHANNELS.get(colour, 1)
    found = []
    for left, top, step, down in _ADAM7 if interlace else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // step), -(-(height - top) // down)
        found.append((rows, 1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else (0, 1))
    return found


def _raw(data: bytes, wanted: int) -> Iterator[bytes]:
    """Give the bytes of the rows in pieces, up to `wanted` in all, as far as the zlib stream goes."""
    stream = zlib.decompressobj()
    try:
        for piece in _pixels(data):
            while piece and wanted > 0:
                raw = stream.decompress(piece, min(_PIECE, wanted))
                wanted -= len(raw)
                yield raw
                piece = stream.unconsumed_tail
            if wanted <= 0 or stream.eof:
                return
    except zlib.error:
        return


def _pixels(data: bytes) -> Iterator[bytes]:
    at = _FIRST_CHUNK
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IDAT":
            yield data[at + 8 : at + 8 + length]
        at += _FRAME + length


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
