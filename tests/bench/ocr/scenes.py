"""What lies under the document: other surfaces for each half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]

KINDS = {"dev": ("wood", "cloth", "plain"), "test": ("marble", "tiles", "leather", "dark wood")}


def surface(kind: str, width: int, height: int, rng: np.random.Generator) -> Picture:
    """A picture of `height` x `width` x 3, BGR, 0 to 255."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    if kind in ("wood", "dark wood"):
        rings = np.sin(along / rng.uniform(14, 40) + 5 * _cloud(width, height, 220, rng))
        tone = rings * 12 + _cloud(width, height, 8, rng) * 10
        base = (70, 110, 160) if kind == "wood" else (38, 52, 78)
    elif kind == "cloth":
        pitch = rng.uniform(3, 6)
        tone = 9 * np.sin(x / pitch) * np.sin(y / pitch) + _cloud(width, height, 120, rng) * 14
        base = tuple(rng.uniform(60, 200, 3))
    elif kind == "marble":
        veins = np.abs(np.sin(along / 90 + 6 * _cloud(width, height, 160, rng)))
        tone = -34 * (veins < 0.06) + _cloud(width, height, 60, rng) * 10
        tone = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), 2)
        base = (214, 216, 220)
    elif kind == "tiles":
        pitch = rng.uniform(150, 320)
        joint = ((x + along * 0.02) % pitch < 6) | (y % pitch < 6)
        tone = -50.0 * joint + _cloud(width, height, 40, rng) * 8
        base = tuple(rng.uniform(120, 210, 3))
    elif kind == "leather":
        tone = _cloud(width, height, 5, rng) * 22 + _cloud(width, height, 60, rng) * 8
        base = tuple(rng.uniform(25, 90, 3))
    else:
        tone = _cloud(width, height, 300, rng) * 10
        base = tuple(rng.uniform(90, 225, 3))
    return np.asarray((np.array(base, np.float32) + np.asarray(tone, np.float32)[:, :, None]).clip(0, 255))


def car(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A car's paint with a bumper's edges, for number plates."""
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    base = np.array(
        rng.choice(((30, 30, 34), (210, 212, 214), (40, 36, 150), (130, 80, 30), (120, 124, 126)))
    )
    shade = 22 * np.sin(y * rng.uniform(2, 6) + rng.uniform(0, 6)) + np.zeros((1, width), np.float32)
    for edge in rng.uniform(0, 1, 3):
        shade = shade - 40 * np.exp(-(((y - edge) / 0.006) ** 2))
    return np.asarray((base + shade[:, :, None]).clip(0, 255), np.float32)


def _cloud(width: int, height: int, grain: float, rng: np.random.Generator) -> NDArray[Any]:
    """Smooth noise, about -1 to 1, with features of `grain` pixels."""
    small = rng.normal(0, 0.5, (max(2, int(height / grain) + 2), max(2, int(width / grain) + 2)))
    return np.asarray(cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC))
