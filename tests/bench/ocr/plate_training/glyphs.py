"""Characters of plates as masks: strokes of our own, as the press makes them, and free typefaces.

The strokes follow the proportions of GA 36 (a cell is half as wide as high, all strokes are of one width); they were
drawn for this training.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.bench.ocr.fonts import installed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[Any]

CELL, HIGH = 45, 90
# Faces of the benchmark's half `dev`, and how often each is drawn.
CHINESE = (("NotoSansCJK-Regular.ttc", 2), ("wqy-microhei.ttc", 0))
LATIN = (
    ("LiberationSansNarrow-Bold.ttf", 0),
    ("LiberationSans-Bold.ttf", 0),
    ("LiberationSans-Regular.ttf", 0),
    ("NotoSansCJK-Regular.ttc", 2),
)
OWN_STROKES = 0.55
# Strokes on a grid of 4 by 8; "~" before one rounds its corners.
STROKES = {
    "0": "~20 00 04 08 28 48 44 40 20",
    "1": "12 20 28",
    "2": "~02 00 20 40 42 44 16 08;08 48",
    "3": "~01 00 20 40 42 44 24;24 14;~24 44 46 48 28 08 07",
    "4": "38 30 06 46",
    "5": "40 00 04;~04 03 23 43 46 48 28 08 07",
    "6": "~41 40 20 00 04 08 28 48 46 43 23 03 05",
    "7": "00 40 18",
    "8": "~20 00 02 04 24 44 42 40 20;~24 04 06 08 28 48 46 44 24",
    "9": "~43 45 25 05 02 00 20 40 44 48 28 08 07",
    "A": "08 20 48;15 35",
    "B": "00 08;~00 40 42 44 04;~04 44 46 48 08",
    "C": "~42 40 20 00 04 08 28 48 46",
    "D": "00 08;~00 20 40 44 48 28 08",
    "E": "40 00 08 48;04 34",
    "F": "40 00 08;04 34",
    "G": "~42 40 20 00 04 08 28 48 46;46 44 24",
    "H": "00 08;40 48;04 44",
    "J": "~40 47 48 28 08 06",
    "K": "00 08;40 05;14 48",
    "L": "00 08 48",
    "M": "08 00 26 40 48",
    "N": "08 00 48 40",
    "P": "08 00;~00 20 40 43 45 25 05",
    "Q": "~20 00 04 08 28 48 44 40 20;26 48",
    "R": "08 00;~00 20 40 42 44 24 04;24 48",
    "S": "~42 40 20 00 02 04 24 44 46 48 28 08 06",
    "T": "00 40;20 28",
    "U": "~00 06 08 28 48 46 40",
    "V": "00 28 40",
    "W": "00 18 22 38 40",
    "X": "00 48;40 08",
    "Y": "00 24 40;24 28",
    "Z": "00 40 08 48",
}


def glyph(character: str, rng: random.Random) -> Mask:
    """A character that fills its cell, as a mask of 90 rows, 0 to 1; a 1 is narrow."""
    if character in STROKES and rng.random() < OWN_STROKES:
        return _stroked(character, rng.choice((8, 9, 10, 11, 12, 13, 14)), rng.random() < 0.5)
    faces = CHINESE if character > "\x7f" else LATIN
    return _typeset(
        character, rng.randrange(len(faces)), rng.choice((0, 2, 4, 6) if character > "\x7f" else (0, 1, 3))
    )


@lru_cache(maxsize=4000)
def _stroked(character: str, thick: int, slanted_one: bool) -> Mask:
    fine = 4
    pixels = np.zeros((HIGH * fine, CELL * fine), np.uint8)
    half = thick / 2
    for stroke in STROKES[character].split(";"):
        points = np.array([[int(each[0]) / 4, int(each[1]) / 8] for each in stroke.lstrip("~").split()])
        if character == "1" and not slanted_one:
            points = points[1:]
        points = points * [CELL - thick, HIGH - thick] + half
        points = _rounded(points) if stroke.startswith("~") else points
        line = np.round(points * fine).astype(np.int32)
        cv2.polylines(pixels, [line.reshape(-1, 1, 2)], False, 255, round(thick * fine), cv2.LINE_AA)
    small = cv2.resize(pixels, (CELL, HIGH), interpolation=cv2.INTER_AREA)
    if character == "1":
        used = np.flatnonzero(small.max(axis=0))
        small = small[:, used[0] : used[-1] + 1]
    return np.asarray(small.astype(np.float32) / 255)


def _rounded(points: NDArray[Any]) -> NDArray[Any]:
    """The corners cut off twice and more, as Chaikin does it; the ends stay."""
    for _ in range(3):
        first, second = points[:-1], points[1:]
        between = np.stack((0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second), axis=1).reshape(
            -1, 2
        )
        closed = np.array_equal(points[0], points[-1])
        points = np.concatenate((between, between[:1]) if closed else (points[:1], between, points[-1:]))
    return points


@lru_cache(maxsize=4000)
def _typeset(character: str, face: int, stroke: int) -> Mask:
    name, index = (CHINESE if character > "\x7f" else LATIN)[face]
    font = ImageFont.truetype(str(installed()[name]), 160, index=index)
    left, top, right, bottom = font.getbbox(character, stroke_width=stroke)
    image = Image.new("L", (round(right - left), round(bottom - top)), 0)
    ImageDraw.Draw(image).text((-left, -top), character, font=font, fill=255, stroke_width=stroke)
    width = max(12, round(CELL * 0.4)) if character == "1" else CELL
    fitted = cv2.resize(np.asarray(image), (width, HIGH), interpolation=cv2.INTER_AREA)
    return np.asarray(fitted.astype(np.float32) / 255)
