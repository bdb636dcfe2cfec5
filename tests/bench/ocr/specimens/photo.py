"""Turn a flat sheet into what a phone's camera would see: on a table, tilted, unevenly lit, compressed."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.bench.ocr.specimens.sheet import Sheet

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Look:
    """How the photo is taken. `fill`: the share of the width; `tilt`: degrees; `grain`: the table's."""

    seed: int
    size: tuple[int, int] = (1280, 960)
    fill: float = 0.78
    tilt: float = 2.5
    table: tuple[int, int, int] = (126, 92, 64)
    quality: int = 28
    noise: float = 0.4
    grain: float = 1.5


@dataclass(frozen=True)
class Photo:
    """A finished photo and the 3x3 matrix that maps points of the sheet into it."""

    jpeg: bytes
    size: tuple[int, int]
    matrix: NDArray[np.float64]

    def quad(self, box: Box) -> list[list[int]]:
        """Corners in the photo of a box on the sheet: left-top, right-top, right-bottom, left-bottom."""
        left, top, right, bottom = box
        corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)
        return [[round(x), round(y)] for x, y in cv2.perspectiveTransform(corners, self.matrix)[0].tolist()]


def photograph(sheet: Sheet, look: Look) -> Photo:
    """Take the photo. The same sheet and look give the same pixels."""
    random = np.random.default_rng(look.seed)
    width, height = look.size
    matrix = _pose(sheet, look, random)
    flat = np.asarray(sheet.image, np.float32)
    mask = cv2.warpPerspective(_outline(sheet), matrix, look.size, flags=cv2.INTER_AREA)[..., None]
    # The sheet is drawn larger than it appears: smooth before sampling, as a lens does.
    paper = cv2.warpPerspective(
        cv2.GaussianBlur(flat, (0, 0), 0.6), matrix, look.size, flags=cv2.INTER_LINEAR
    )
    shadow = cv2.GaussianBlur(np.roll(mask[..., 0], (9, 7), axis=(0, 1)), (0, 0), 12)[..., None]
    scene: NDArray[Any] = _table(look, random) * (1 - 0.45 * shadow)
    scene = scene * (1 - mask) + paper * mask
    scene *= _light(width, height, random)
    scene = cv2.GaussianBlur(scene, (0, 0), 0.55) + random.normal(0, look.noise, scene.shape)
    return Photo(_jpeg(np.clip(scene, 0, 255).astype(np.uint8), look.quality), look.size, matrix)


def _jpeg(scene: NDArray[np.uint8], quality: int) -> bytes:
    """Return the shorter of the two forms that hold the same pixels: large photos are shorter when progressive."""
    forms = []
    for progressive in (False, True):
        file = BytesIO()
        Image.fromarray(scene).save(
            file, "JPEG", quality=quality, subsampling=2, optimize=True, progressive=progressive
        )
        forms.append(file.getvalue())
    return min(forms, key=len)


def _pose(sheet: Sheet, look: Look, random: np.random.Generator) -> NDArray[np.float64]:
    width, height = look.size
    scale = min(look.fill * width / sheet.width, 0.94 * height / sheet.height)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64) * [sheet.width, sheet.height]
    centred = (corners - [sheet.width / 2, sheet.height / 2]) * scale
    angle = np.radians(look.tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = (
        centred @ turn.T + [width / 2, height / 2] + random.uniform(-0.012, 0.012, (4, 2)) * [width, height]
    )
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), placed.astype(np.float32))
    return np.asarray(matrix, np.float64)


def _outline(sheet: Sheet) -> NDArray[np.float32]:
    outline = np.zeros((sheet.height, sheet.width), np.uint8)
    radius = sheet.corner
    cv2.rectangle(outline, (radius, 0), (sheet.width - radius, sheet.height), 255, -1)
    cv2.rectangle(outline, (0, radius), (sheet.width, sheet.height - radius), 255, -1)
    for x in (radius, sheet.width - radius):
        for y in (radius, sheet.height - radius):
            cv2.circle(outline, (x, y), radius, 255, -1)
    return np.asarray(outline / 255, np.float32)


def _table(look: Look, random: np.random.Generator) -> NDArray[np.float32]:
    """Wood: streaks that are long in one direction and fine in the other."""
    height = look.size[1]
    streaks = cv2.resize(
        random.normal(0, 1, (height // 3, 7)).astype(np.float32), look.size, interpolation=cv2.INTER_CUBIC
    )
    waves = cv2.resize(
        random.normal(0, 1, (9, 5)).astype(np.float32), look.size, interpolation=cv2.INTER_CUBIC
    )
    tone = (streaks * look.grain + waves * 9)[..., None]
    return np.asarray(
        np.array(look.table, np.float32) + tone * np.array([1.0, 0.85, 0.7], np.float32), np.float32
    )


def _light(width: int, height: int, random: np.random.Generator) -> NDArray[np.float32]:
    """A lamp on one side: brightness falls off across the frame by about a quarter."""
    direction = random.uniform(0, 2 * np.pi)
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    slope = x * np.cos(direction) + y * np.sin(direction)
    return np.asarray((0.93 + 0.09 * slope)[..., None], np.float32)
