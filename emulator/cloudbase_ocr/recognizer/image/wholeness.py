"""Pictures that lack rows at their lower end: what their files hold is read, as browsers show it.

A PNG lacks rows when its file breaks off, or when its zlib stream ends early; a JPEG when it breaks off, or when a
marker comes too soon. Decoders fill up the rest and say nothing. (GIF, BMP and WebP that end early are refused by their
decoders.) A row that the decoder filled is of one colour, so only pictures whose last row is so are looked at closely.
"""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

import numpy as np
from PIL import JpegImagePlugin

from cloudbase_ocr.recognizer.image import jpeg_scans, png_rows

if TYPE_CHECKING:
    from PIL import Image

# Data that a decoder which is still waiting for some takes for pixels; any bytes without 0xFF do.
_FOOD = bytes(random.Random(0).randrange(1, 255) for _ in range(1024))  # noqa: S311 - no secret
_SMALL = 8


def completed(kind: str | None, data: bytes) -> bytes:
    """Return the bytes of a picture as a file that its decoder takes for whole; as they are when they end in order."""
    if kind == "JPEG":
        return jpeg_scans.completed(data)
    return png_rows.completed(data) if kind == "PNG" and png_rows.ends_early(data) else data


def missing_rows(image: Image.Image, data: bytes, whole: bytes) -> int:
    """Return how many rows at the lower end of a loaded picture lack pixels; of a JPEG, in steps of 8.

    `data` are the bytes that came, `whole` those that were decoded.
    """
    broken_off = whole is not data
    if image.format == "PNG" and (broken_off or image.info.get("interlace") or _is_last_row_zero(image)):
        return png_rows.missing_rows(data)
    if image.format == "JPEG" and (broken_off or _is_last_row_even(image) or _is_blurred(image, whole)):
        return _missing_from_jpeg(whole)
    return 0


def _last_row(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    width, height = image.size
    return np.asarray(image.crop((0, height - 1, width, height)))


def _is_last_row_zero(image: Image.Image) -> bool:
    return not _last_row(image).any()


def _is_last_row_even(image: Image.Image) -> bool:
    row = _last_row(image)
    return bool((row == row[:, :1]).all())


def _is_blurred(image: Image.Image, data: bytes) -> bool:
    """Tell whether a progressive JPEG has its first scan only: decoders smooth it, so that no row is even."""
    return "progressive" in image.info and len(list(jpeg_scans.scan_ends(data))) == 1


def _missing_from_jpeg(data: bytes) -> int:
    """Return from where on more data at the end of its scans would change the picture: there the scans end."""
    ends = list(jpeg_scans.scan_ends(data))
    if not ends:
        return 0
    parts = [data[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    fed = _FOOD.join([*parts, data[ends[-1] :]])
    try:
        changed = (_small(data) != _small(fed)).any(axis=1)
    except Exception:  # decoders raise anything; that the picture can be decoded is known
        return 0
    height = JpegImagePlugin.JpegImageFile(io.BytesIO(data)).height
    return height - _SMALL * int(changed.argmax()) if changed.any() else 0


def _small(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    """Return a JPEG in grey, at an eighth of its size, which takes a fraction of the time."""
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    image.draft("L", (max(1, image.width // _SMALL), max(1, image.height // _SMALL)))
    return np.asarray(image.convert("L"))
