"""How real pictures come to be files: scans for the web, screenshots, photographs of a card on a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from tests.bench.ocr import photo
from tests.bench.ocr.photo import Placed
from tests.bench.ocr.picture import Picture

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    from tests.bench.ocr.canvas import Canvas

    Pixels = NDArray[Any]


def scan(canvas: Canvas, rng: random.Random, width: int, quality: tuple[int, int]) -> Picture:
    """The whole sheet, upright, `width` pixels wide, as JPEG."""
    pixels = np.asarray(canvas.image)[:, :, ::-1]
    shape = (width, round(width * canvas.height / canvas.width))
    small = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:  # made sharp for the web
        small = cv2.addWeighted(small, 1.5, cv2.GaussianBlur(small, (0, 0), 1.0), -0.5, 0)
    return Picture(jpeg(np.asarray(small), rng.randint(*quality)), shape, canvas.fields)


def on_a_table(
    canvas: Canvas, rng: random.Random, half: str, frame: tuple[int, int], level: str = "L1"
) -> Picture:
    """A photograph of it, as of the levels L1 and L2."""
    light = np.random.default_rng(rng.randrange(2**32))
    shot = photo.shoot([Placed(canvas)], frame, level, half, light, on_car=False)
    return Picture(shot.jpeg, (shot.width, shot.height), canvas.fields)


def jpeg(pixels: Pixels, quality: int) -> bytes:
    """A picture in OpenCV's order of colours as a file."""
    return _encoded(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])


def png(pixels: Pixels) -> bytes:
    """The same as PNG; with a fourth channel, transparent."""
    return _encoded(".png", pixels, [])


def _encoded(suffix: str, pixels: Pixels, options: list[int]) -> bytes:
    ok, data = cv2.imencode(suffix, pixels, options)
    if not ok:
        raise RuntimeError(f"OpenCV could not write a picture as {suffix}")
    return bytes(data)
