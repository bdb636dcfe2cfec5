"""Number plates of every kind, and small: 15 to 60 pixels high on a street, or cut out tightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from tests.bench.ocr import fonts, patterns, people, plates
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.picture import Picture
from tests.bench.ocr.reallike import camera, street

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray

    Pixels = NDArray[Any]

RED: Colour = (206, 34, 38)
BLUE, YELLOW, WHITE, BLACK = (20, 66, 176), (240, 186, 30), (240, 242, 242), (20, 20, 22)
KINDS = (
    ("blue",) * 8 + ("green",) * 3 + ("yellow", "yellow", "police", "black", "armed", "learner", "rows", "O")
)


def in_the_street(rng: random.Random, half: str) -> Picture:
    """A photograph of a street with a car; the light may be dim."""
    frame = rng.choice(((640, 480), (768, 576), (960, 720), (1280, 960)))
    sheet = _plate(rng, fonts.choose(half, rng))
    height = rng.uniform(15, 60)
    light = np.random.default_rng(rng.randrange(2**32))
    picture, where = street.scene(*frame, light, height * sheet.width / sheet.height)
    picture = _lay(picture, sheet, where, height, light)
    picture = _seen(picture, light, dim=rng.random() < 0.4)
    return Picture(camera.jpeg(picture, rng.randint(35, 85)), frame, sheet.fields)


def crop(rng: random.Random, half: str) -> Picture:
    """A plate cut out by a detector: 94 x 24 pixels as most sets have it, or a little larger."""
    sheet = _plate(rng, fonts.choose(half, rng), kinds=KINDS[:-2])
    width, height = rng.choice(((94, 24), (94, 24), (136, 36), (188, 48)))
    light = np.random.default_rng(rng.randrange(2**32))
    big = (width * 4, height * 4)
    ground = np.full((big[1], big[0], 3), light.uniform(30, 120, 3), np.float32)
    margin = light.uniform(0.0, 0.08)
    room = np.array(big) * (1 - 2 * margin)
    picture = _lay(ground, sheet, (big[0] / 2, big[1] / 2), float(room[1]), light, float(room[0]))
    taken = float(light.uniform(0.45, 1.0))  # a small crop that was made larger
    small = cv2.resize(picture, (round(width * taken), round(height * taken)), interpolation=cv2.INTER_AREA)
    picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return Picture(
        camera.jpeg(_seen(picture, light, dim=rng.random() < 0.3), 92), (width, height), sheet.fields
    )


def _plate(rng: random.Random, faces: fonts.Fonts, kinds: tuple[str, ...] = KINDS) -> Canvas:
    kind = rng.choice(kinds)
    if kind == "green":
        return _electric(rng, faces)
    if kind == "rows":
        return plates.two_rows(rng, faces)
    number = people.plate(rng)
    inks: dict[str, tuple[Colour, Colour]] = {
        "yellow": (YELLOW, BLACK),
        "learner": (YELLOW, BLACK),
        "police": (WHITE, BLACK),
        "armed": (WHITE, BLACK),
        "black": (BLACK, WHITE),
    }
    paper, ink = inks.get(kind, (BLUE, WHITE))
    last = {"learner": "学", "police": "警", "black": rng.choice("港澳")}.get(kind, number[6])
    number = number[:6] + last
    if kind == "O":
        number = number[0] + "O" + number[2:]
    sheet = Canvas(440, 140, 3.2, faces, paper, corner=10)
    plates.rim(sheet, ink)
    if kind == "armed":
        return _armed(sheet, rng)
    plates.glyphs(sheet, number[:6], 15.5, 115, 90, 45, 12, ink, dot_after=2)
    plates.glyphs(sheet, number[6], 379.5, 115, 90, 45, 12, RED if kind == "police" else ink)
    sheet.fields = {"number": number}
    return sheet


def _armed(sheet: Canvas, rng: random.Random) -> Canvas:
    """The armed police: WJ in red, the province, five figures, of which the last may be a letter."""
    province = rng.choice(people.PROVINCES)
    tail = f"{rng.randint(0, 9999):04}{rng.choice('0123456789XSHBJ')}"
    plates.glyphs(sheet, "WJ", 15.5, 115, 90, 45, 6, RED)
    plates.glyphs(sheet, province, 118, 115, 45, 36, 12, RED)
    plates.glyphs(sheet, tail, 164, 115, 90, 45, 8, BLACK)
    sheet.fields = {"number": f"WJ{province}{tail}"}
    return sheet


def _electric(rng: random.Random, faces: fonts.Fonts) -> Canvas:
    sheet = Canvas(480, 140, 3.2, faces, (120, 200, 140), corner=10)
    patterns.gradient(sheet, (236, 246, 236), (70, 190, 120), across=0.0)
    plates.rim(sheet, BLACK)
    plates.glyphs(sheet, people.plate(rng, electric=True), 15.5, 115, 90, 43, 9, BLACK, dot_after=2)
    return sheet


def _lay(
    picture: Pixels,
    sheet: Canvas,
    middle: tuple[float, float],
    height: float,
    rng: np.random.Generator,
    width: float = 0.0,
) -> Pixels:
    """The plate on the picture: `height` pixels high, a little turned and seen from the side."""
    pixels: Pixels = np.asarray(sheet.image)[:, :, ::-1].astype(np.float32)
    wide = width or height * sheet.width / sheet.height
    size = (max(8, round(wide * 2)), max(4, round(height * 2)))
    pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * (wide / 2, height / 2)
    slack = 0.5 if width else 1.0  # a tight cut has been put straight, more or less
    turn = np.deg2rad(rng.uniform(-7, 7)) * slack
    shear = rng.uniform(-0.12, 0.12) * slack
    way = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn) + shear, np.cos(turn)]])
    target = (corners @ way.T + middle).astype(np.float32)
    source = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    shape = (picture.shape[1], picture.shape[0])
    laid = cv2.warpPerspective(pixels, matrix, shape, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.ones(pixels.shape[:2], np.float32), matrix, shape)[:, :, None]
    return np.asarray(picture + (laid - picture) * mask, np.float32)


def _seen(picture: Pixels, rng: np.random.Generator, *, dim: bool) -> Pixels:
    """Lens, light and sensor."""
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.4))
    gain = rng.uniform(0.25, 0.5) if dim else rng.uniform(0.8, 1.3)
    picture = picture * gain + rng.standard_normal(picture.shape, np.float32) * rng.uniform(1, 7)
    return np.asarray(picture.clip(0, 255), np.uint8)
