"""Drawn plates as cameras see them: 12 to 70 pixels high, askew, dirty, dark, blurred, compressed, cut out badly."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.ocr.plates import fitted
from tests.bench.ocr.plate_training.drawing import Plate, plate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture

    Pixels = NDArray[Any]

# How often something else than a whole plate is in the crop: a part of one, or none.
PART, NONE = 0.08, 0.04
# Where a character is cut, what is left of it is neither there nor not there: such crops are not drawn.
GONE, THERE = 0.25, 0.85
# Pixels for a millimetre of the plate.
FINE = 0.5


def sample(seed: int, hardest: float = 1.0) -> tuple[Picture, str]:
    """A crop of shape (48, 168, 3) and the text in it; always the same for the same seed.

    How hard a crop is lies between 0 and `hardest`: both clean and hopeless ones are there.
    """
    rng = random.Random(seed)
    hard = rng.uniform(0, hardest)
    noise = np.random.default_rng(rng.randrange(2**32))
    while True:
        drawn = plate(rng)
        kind = rng.random()
        box = _crop_box(drawn, rng, part=kind < PART)
        text = _visible(drawn, box)
        if text is not None:
            break
    # No plate is larger in the picture than half of this.
    drawn.pixels = cv2.resize(drawn.pixels, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_AREA)
    _soil(drawn.pixels, hard, rng, noise)
    if kind > 1 - NONE:
        drawn.pixels[:], text = _unreadable(drawn.pixels, rng, noise), ""
    size = math.exp(rng.uniform(math.log(34 - 22 * hard), math.log(70)))
    crop = _photographed(drawn, box * FINE, size, hard, rng, noise)
    return fitted(crop, drawn.rows), text


def _crop_box(drawn: Plate, rng: random.Random, *, part: bool) -> NDArray[Any]:
    """What is cut out, in the plate's millimetres: left, top, right, bottom. From the characters to far too much."""
    height, width = drawn.pixels.shape[:2]
    loose = rng.choice((0.0, 0.0, 0.5, 1.0))
    left, top = rng.uniform(-10 - 35 * loose, 11), rng.uniform(-6 - 40 * loose, 20 if drawn.rows == 1 else 6)
    right, bottom = width - rng.uniform(-10 - 35 * loose, 11), height - rng.uniform(-6 - 40 * loose, 20)
    if part:
        away = rng.uniform(0.1, 0.6) * width
        left, right = (left + away, right) if rng.random() < 0.7 else (left, right - away)
    return np.array([left, top, right, bottom])


def _visible(drawn: Plate, box: NDArray[Any]) -> str | None:
    """The text inside the crop; None where a character is half inside."""
    text = ""
    for character, (left, _, right, _) in zip(drawn.text, drawn.boxes, strict=True):
        share = (min(right, box[2]) - max(left, box[0])) / (right - left)
        if GONE < share < THERE:
            return None
        text += character if share >= THERE else ""
    return text if drawn.rows == 1 or text == drawn.text else None


def _soil(pixels: Pixels, hard: float, rng: random.Random, noise: np.random.Generator) -> None:
    """Dirt, scratches, worn paint, shadow across, in place."""
    height, width = pixels.shape[:2]
    if rng.random() < 0.6 * hard:
        blotches = cv2.resize(
            noise.random((rng.randint(3, 9), rng.randint(5, 18)), np.float32), (width, height)
        )
        colour = rng.uniform(20, 200) + noise.uniform(-20, 20, 3)
        share = np.clip((blotches - rng.uniform(0.55, 0.9)) * 4, 0, rng.uniform(0.3, 0.85))[:, :, None]
        pixels += (colour - pixels) * share
    if rng.random() < 0.25:
        for _ in range(rng.randint(1, 4)):
            points = noise.integers(0, (width, height), (2, 2))
            tone = rng.uniform(0, 255)
            cv2.line(
                pixels,
                points[0].tolist(),
                points[1].tolist(),
                (tone,) * 3,
                rng.choice((1, 2, 3)),
                cv2.LINE_AA,
            )
    if rng.random() < 0.25:
        edge = noise.integers(-width // 2, width * 3 // 2, 2)
        shade = np.zeros((height, width), np.float32)
        corners = np.array([[edge[0], 0], [2 * width, 0], [2 * width, height], [edge[1], height]])
        cv2.fillPoly(shade, [corners.astype(np.int32)], 1.0)
        blurred = cv2.GaussianBlur(shade if rng.random() < 0.5 else 1 - shade, (0, 0), rng.uniform(1, 12))
        pixels *= 1 - rng.uniform(0.2, 0.7) * blurred[:, :, None]


def _unreadable(pixels: Pixels, rng: random.Random, noise: np.random.Generator) -> Pixels:
    """Something like a plate that says nothing: bars, blotches, a grille."""
    height, width = pixels.shape[:2]
    kind = rng.randrange(3)
    if kind == 0:
        grain = noise.random((rng.randint(2, 20), rng.randint(2, 40), 3), np.float32)
        return np.asarray(cv2.resize(grain, (width, height)) * 255)
    if kind == 1:
        step = rng.uniform(8, 60)
        bars = np.sin(np.arange(height if rng.random() < 0.5 else width) / step * 6.3) * rng.uniform(20, 100)
        flat = np.full((height, width), rng.uniform(40, 200))
        flat = flat + (bars[:, None] if len(bars) == height else bars[None])
        return np.repeat(flat[:, :, None], 3, axis=2).clip(0, 255).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 45))


def _photographed(
    drawn: Plate, box: NDArray[Any], size: float, hard: float, rng: random.Random, noise: np.random.Generator
) -> Picture:
    """The crop at its size in the picture: `size` pixels for the height of a plate."""
    height, width = drawn.pixels.shape[:2]
    left, top, right, bottom = box
    turn = rng.gauss(0, 3.5) if rng.random() < 0.85 else rng.uniform(-12, 12)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    middle = corners.mean(axis=0)
    angle, shear = math.radians(turn), rng.gauss(0, 0.08)
    turned = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) @ [
        [1, shear],
        [0, 1],
    ]
    corners = (corners - middle) @ turned.T + middle
    corners += noise.normal(0, 0.012, (4, 2)) * [width, height]
    squeeze = rng.uniform(0.75, 1.1)
    wide = max(8, round((right - left) / height * size * squeeze))
    high = max(6, round((bottom - top) / height * size))
    fine = 2 if size < 30 else 1
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32) * fine
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    around = _surroundings(wide * fine, high * fine, rng, noise)
    mask = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, (wide * fine, high * fine))[
        :, :, None
    ]
    scale = height / size / fine
    source = cv2.GaussianBlur(drawn.pixels, (0, 0), 0.4 * scale) if scale > 1.3 else drawn.pixels
    seen = cv2.warpPerspective(
        source, matrix, (wide * fine, high * fine), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    seen = around + (seen - around) * mask
    if fine > 1:
        seen = cv2.resize(seen, (wide, high), interpolation=cv2.INTER_AREA)
    return _sensed(seen, hard, rng, noise)


def _surroundings(width: int, height: int, rng: random.Random, noise: np.random.Generator) -> Pixels:
    """What is around a plate: paint, a bumper's edges, a dark frame."""
    grain = noise.uniform(0, 255, (rng.randint(1, 4), rng.randint(1, 4), 3))
    if rng.random() < 0.7:
        grain = grain.mean(axis=2, keepdims=True).repeat(3, axis=2)
    return cv2.resize(grain.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR).reshape(
        height, width, 3
    )


def _sensed(picture: Pixels, hard: float, rng: random.Random, noise: np.random.Generator) -> Picture:
    """Light, lens, shake, sensor and file."""
    height, width = picture.shape[:2]
    across, down = np.linspace(-1, 1, width)[None], np.linspace(-1, 1, height)[:, None]
    slope = 1 + rng.uniform(-0.25, 0.25) * across + rng.uniform(-0.25, 0.25) * down
    gain = math.exp(rng.uniform(-1.4 * hard, 0.3))
    tint = np.exp(noise.normal(0, 0.12, 3)).astype(np.float32)
    picture = picture * (slope * gain).astype(np.float32)[:, :, None] * tint
    if rng.random() < 0.5 * hard:  # haze, or a lamp behind
        picture = picture + (rng.uniform(80, 255) - picture) * rng.uniform(0.1, 0.6)
    if rng.random() < 0.4 * hard:
        spot = np.exp(-(((across - rng.uniform(-1, 1)) * 2) ** 2) - ((down - rng.uniform(-1, 1)) * 1.2) ** 2)
        picture = picture + (255 - picture) * (spot * rng.uniform(0.2, 0.8))[:, :, None]
    blur = abs(rng.gauss(0, 0.035 * hard)) * height
    if blur > 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    if rng.random() < 0.5 * hard:
        picture = _shaken(picture, rng.uniform(0.03, 0.16) * height, rng.uniform(0, math.pi))
    picture = picture + noise.standard_normal(picture.shape, np.float32) * rng.choice(
        (0.5, 1 + 3 * hard, 9 * hard)
    )
    if rng.random() < 0.12:
        picture = picture.mean(axis=2, keepdims=True).repeat(3, axis=2)
    pixels = picture.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.8:
        _, data = cv2.imencode(
            ".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(round(85 - 60 * hard), 95)]
        )
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.asarray(pixels, np.uint8)


def _shaken(picture: Pixels, length: float, angle: float) -> Pixels:
    """Motion blur of `length` pixels."""
    reach = max(3, math.ceil(length) | 1)
    kernel = np.zeros((reach * 8, reach * 8), np.uint8)
    half = np.array([math.cos(angle), math.sin(angle)]) * length * 4
    ends = [tuple(map(int, reach * 4 + way * half)) for way in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 255, 8)
    small = cv2.resize(kernel.astype(np.float32), (reach, reach), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(picture, -1, small / small.sum()))
