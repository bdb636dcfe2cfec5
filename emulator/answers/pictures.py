"""Width and height from a picture's header, without decoding it.

Used where no recognizer looks at the picture: what is no picture must still be 101002, and so must a small file
that unpacks to hundreds of megapixels. Formats: JPEG, PNG, WebP, GIF, BMP.
"""

from __future__ import annotations

import struct


class PictureError(ValueError):
    """The bytes are no picture, or one with too many pixels; the message says which."""


def check_picture(image: bytes, max_pixels: int) -> tuple[int, int]:
    """Return width and height in pixels.

    Raises:
        PictureError: no known format, or more than `max_pixels`.
    """
    try:
        size = _size(image)
    except (struct.error, IndexError):
        size = None
    if size is None or 0 in size:
        raise PictureError("the bytes are not a JPEG, PNG, WebP, GIF or BMP picture")
    if size[0] * size[1] > max_pixels:
        raise PictureError(
            f"the picture has {size[0]} x {size[1]} pixels, more than the {max_pixels} allowed"
        )
    return size


def _size(image: bytes) -> tuple[int, int] | None:
    if image.startswith(b"\xff\xd8\xff"):
        return _jpeg_size(image)
    if image.startswith(b"\x89PNG\r\n\x1a\n") and image[12:16] == b"IHDR":
        return _pair(">II", image, 16)
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return _webp_size(image)
    if image[:6] in (b"GIF87a", b"GIF89a"):
        return _pair("<HH", image, 6)
    if image[:2] == b"BM":
        width, height = struct.unpack_from("<ii", image, 18)
        return abs(width), abs(height)
    return None


def _pair(form: str, image: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, image, at)
    return first, second


def _jpeg_size(image: bytes) -> tuple[int, int] | None:
    """Walk the segments to the first start of frame; its marker is C0 to CF without C4, C8 and CC."""
    at = 2
    while image[at] == 0xFF:
        marker = image[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", image, at + 5)
            return width, height
        if marker in (0xD9, 0xDA):
            return None
        at += 2 + int.from_bytes(image[at + 2 : at + 4], "big")
    return None


def _webp_size(image: bytes) -> tuple[int, int] | None:
    kind = image[12:16]
    if kind == b"VP8 ":
        width, height = _pair("<HH", image, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", image, 21)
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if kind == b"VP8X":
        width = int.from_bytes(image[24:27], "little") + 1
        return width, int.from_bytes(image[27:30], "little") + 1
    return None
