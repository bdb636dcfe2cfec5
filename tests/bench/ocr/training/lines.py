"""Drawn lines of text as a camera sees them: a crop as the recognizer cuts it, and what it says.

Three of four are hard, as photos in the dark by an unsteady hand are: characters of 10 to 20 pixels, motion blur,
noise, strong compression. The others are easy, so that the network does not forget them.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from cloudbase_ocr.recognizer.image.crop import straighten
from tests.bench.ocr.training import fonts, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture, Quad

    Pixels = NDArray[Any]

EM = 40  # pixels of a character on the sheet, before the camera
HARD = 0.75
NEIGHBOUR = 0.45  # how often another line stands above, and how often below
PATTERNED = 0.25
GLARE = 0.15
SHAKEN = 0.85


@dataclass(frozen=True)
class Camera:
    """Ranges of a kind of photo: size of a character in pixels, turn in degrees, light, blur, noise, JPEG quality."""

    size: tuple[float, float]
    turn: float
    gain: tuple[float, float]
    blur: tuple[float, float]
    noise: tuple[float, float]
    quality: tuple[int, int]
    motion: tuple[float, float] | None


HARD_PHOTO = Camera((10.5, 20), 18, (0.36, 0.75), (0.3, 0.95), (2, 8.5), (33, 75), (0.5, 4.5))
EASY_PHOTO = Camera((12, 36), 10, (0.6, 1.08), (0, 0.9), (0.3, 4), (55, 95), None)


def sample(seed: int) -> tuple[Picture, str]:
    """One line; always the same for the same seed."""
    rng = random.Random(seed)
    noise = np.random.default_rng(rng.randrange(2**32))
    camera = HARD_PHOTO if rng.random() < HARD else EASY_PHOTO
    while True:
        text = words.text(rng)
        sheet, quad = _sheet(text, rng)
        if quad[3, 1] - quad[0, 1] >= 0.3 * EM:  # not only a dash or a full stop
            break
    size = rng.uniform(*camera.size)
    picture, quad = _placed(sheet, quad, size, camera.turn, rng)
    picture = _seen(picture, camera, rng, noise)
    return straighten(picture, _with_margins(quad, size, rng)), text


def _sheet(text: str, rng: random.Random) -> tuple[Pixels, Quad]:
    """The line on paper, perhaps with a pattern and with lines above and below, and the quad of its ink."""
    faces = fonts.choose(rng)
    gap = rng.choice((0.0, 0.0, 0.0, rng.uniform(0, 0.3))) * EM
    size = (int(len(text) * (EM + gap)) + 6 * EM, 7 * EM)
    paper = _colour(rng, 195, 255) if rng.random() < 0.5 else (rng.randint(215, 255),) * 3
    ink = _colour(rng, 0, 70) if rng.random() < 0.3 else (rng.randint(0, 70),) * 3
    if rng.random() < 0.1:
        ink = (rng.randint(120, 220), rng.randint(20, 60), rng.randint(20, 60))
    image = Image.new("RGB", size, paper)
    if rng.random() < PATTERNED:
        image = _patterned(image, paper, rng)
    draw = ImageDraw.Draw(image)
    base = 3.85 * EM
    box = fonts.write(draw, (3.0 * EM, base), text, faces, gap, ink, EM)
    apart = rng.uniform(1.35, 2.4) * EM
    for way in (-1, 1):
        if rng.random() < NEIGHBOUR:
            left = 3 * EM + rng.uniform(-1.5, 1.5) * EM
            fonts.write(draw, (left, base + way * apart), words.text(rng), faces, gap, ink, EM)
    left, top, right, bottom = box
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    return np.asarray(image)[:, :, ::-1].astype(np.float32), quad


def _colour(rng: random.Random, low: int, high: int) -> tuple[int, int, int]:
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)


def _patterned(image: Image.Image, paper: tuple[int, int, int], rng: random.Random) -> Image.Image:
    pixels = np.array(image)
    width, height = image.size
    across = np.linspace(0, 1, 100)
    colour = [max(0, each - rng.randint(10, 60)) for each in paper]
    for _ in range(rng.randint(4, 20)):
        wave = rng.uniform(0, 0.2) * np.sin(across * rng.uniform(2, 20) + rng.uniform(0, 6))
        points = np.stack([across * width, (rng.uniform(-0.2, 1.2) + wave) * height], axis=1)
        cv2.polylines(pixels, [points.astype(np.int32)], False, colour, rng.choice((1, 1, 2)), cv2.LINE_AA)
    return Image.fromarray(pixels)


def _placed(sheet: Pixels, quad: Quad, size: float, turn: float, rng: random.Random) -> tuple[Pixels, Quad]:
    """The sheet at the camera's size, turned and sheared, cut around the line."""
    scale = size / EM
    height, width = (max(8, round(side * scale)) for side in sheet.shape[:2])
    small = cv2.resize(sheet, (width, height), interpolation=cv2.INTER_AREA)
    quad = quad * [width / sheet.shape[1], height / sheet.shape[0]]
    angle = math.radians(rng.uniform(-turn, turn))
    turned = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = turned @ [[1, rng.uniform(-0.12, 0.12)], [rng.uniform(-0.03, 0.03), rng.uniform(0.9, 1.1)]]
    quad = quad @ matrix.T
    low = quad.min(axis=0) - rng.uniform(0.8, 1.6) * size
    high = quad.max(axis=0) + rng.uniform(0.8, 1.6) * size
    whole = np.vstack([np.column_stack([matrix, -low]), [0, 0, 1]])
    frame = (int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1)
    placed = cv2.warpPerspective(small, whole, frame, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(placed), quad - low


def _seen(picture: Pixels, camera: Camera, rng: random.Random, noise: np.random.Generator) -> Picture:
    """Light, glare, lens, shake, sensor and file."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * math.pi)
    slope = 2 * ((x / width - 0.5) * math.cos(angle) + (y / height - 0.5) * math.sin(angle))
    picture = picture * (rng.uniform(*camera.gain) * (1 + rng.uniform(0, 0.15) * slope))[:, :, None]
    if rng.random() < GLARE:
        left, top, wide = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(1, 5) * height
        spot = np.exp(-(((x - left) / wide) ** 2) - ((y - top) / wide) ** 2) * rng.uniform(0.2, 0.6)
        picture = picture + (255 - picture) * spot[:, :, None]
    blur = rng.uniform(*camera.blur)
    if blur > 0.15:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    if camera.motion and rng.random() < SHAKEN:
        picture = _shaken(picture, rng.uniform(*camera.motion), rng.uniform(0, math.pi))
    elif camera.motion and rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.3))
    tint = np.array([1 + rng.uniform(-0.06, 0.06), 1, 1 + rng.uniform(-0.06, 0.06)], np.float32)
    picture = picture * tint + noise.standard_normal(picture.shape, np.float32) * rng.uniform(*camera.noise)
    quality = rng.randint(*camera.quality)
    _, data = cv2.imencode(".jpg", picture.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _shaken(picture: Pixels, length: float, angle: float) -> Pixels:
    """Motion blur of `length` pixels."""
    reach, fine = 11, 8
    kernel = np.zeros((reach * fine, reach * fine), np.uint8)
    half = np.array([math.cos(angle), math.sin(angle)]) * length / 2 * fine
    middle = np.array([reach * fine / 2, reach * fine / 2])
    ends = [tuple(map(int, middle + way * half)) for way in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 255, fine)
    small = cv2.resize(kernel.astype(np.float32), (reach, reach), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(picture, -1, small / small.sum()))


def _with_margins(quad: Quad, size: float, rng: random.Random) -> Quad:
    """The quad as detectors give it: with more or less paper around the ink."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    height = float(np.linalg.norm(down))
    along, down = along / max(1e-6, float(np.linalg.norm(along))), down / max(1e-6, height)
    top, bottom, left, right = (rng.uniform(0.08, 0.55) * max(height, 0.7 * size) for _ in range(4))
    return np.asarray(
        quad
        + np.stack(
            (
                -left * along - top * down,
                right * along - top * down,
                right * along + bottom * down,
                -left * along + bottom * down,
            )
        )
    )
