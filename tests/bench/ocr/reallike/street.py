"""A busy street with a car: what a number plate is looked for in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[Any]

PAINTS = (
    (30, 30, 34),
    (214, 216, 218),
    (40, 36, 150),
    (150, 90, 30),
    (120, 124, 126),
    (60, 90, 60),
    (30, 160, 220),
)


def scene(
    width: int, height: int, rng: np.random.Generator, plate: float
) -> tuple[Pixels, tuple[float, float]]:
    """A picture in BGR, and where the middle of a plate of `plate` pixels width belongs."""
    picture = np.zeros((height, width, 3), np.uint8)
    horizon = int(height * rng.uniform(0.25, 0.45))
    picture[:horizon] = rng.uniform(120, 235, 3)
    picture[horizon:] = rng.uniform(70, 140)
    _houses(picture, horizon, rng)
    _trees(picture, horizon, rng)
    _marks(picture, horizon, rng)
    car = min(width * 0.9, plate * rng.uniform(3.4, 4.6))
    left = rng.uniform(0.02, 0.98) * (width - car)
    top = rng.uniform(0.15, 0.9) * (height - car * 0.8)
    middle = _car(picture, left, top, car, plate, rng)
    grain = rng.normal(0, 9, (height // 2, width // 2, 3)).astype(np.float32)
    seen = picture + cv2.resize(grain, (width, height))
    return np.asarray(seen.clip(0, 255), np.float32), middle


def _rectangle(picture: Pixels, box: tuple[float, float, float, float], colour: Any) -> None:
    left, top, right, bottom = (round(one) for one in box)
    cv2.rectangle(picture, (left, top), (right, bottom), tuple(float(one) for one in colour), -1)


def _houses(picture: Pixels, horizon: int, rng: np.random.Generator) -> None:
    """Fronts with windows, and signs with bars that look like letters."""
    x = 0.0
    while x < picture.shape[1]:
        wide, high = rng.uniform(60, 220), horizon * rng.uniform(0.4, 1.0)
        tone = rng.uniform(60, 200, 3)
        _rectangle(picture, (x, horizon - high, x + wide, horizon), tone)
        for row in np.arange(horizon - high + 8, horizon - 24, 26):
            for column in np.arange(x + 8, x + wide - 16, 24):
                _rectangle(picture, (column, row, column + 13, row + 15), tone * rng.uniform(0.3, 0.7))
        sign = rng.uniform(0, 255, 3)
        _rectangle(picture, (x + 4, horizon - 22, x + wide - 4, horizon - 4), sign)
        for bar in np.arange(x + 10, x + wide - 12, 11):
            _rectangle(picture, (bar, horizon - 19, bar + rng.uniform(2, 7), horizon - 7), 255 - sign)
        x += wide


def _trees(picture: Pixels, horizon: int, rng: np.random.Generator) -> None:
    for x in rng.uniform(0, picture.shape[1], int(rng.integers(1, 5))):
        for _ in range(60):
            at = (int(x + rng.normal(0, 26)), int(horizon * 0.7 + rng.normal(0, 24)))
            green = (20, float(rng.uniform(50, 140)), 30)
            cv2.circle(picture, at, int(rng.integers(3, 11)), green, -1)


def _marks(picture: Pixels, horizon: int, rng: np.random.Generator) -> None:
    """White lines on the road and cars that are parked far away."""
    height, width = picture.shape[:2]
    for x in rng.uniform(0, width, 4):
        end = (int(width / 2 + (x - width / 2) * 2), height)
        cv2.line(picture, (int(x), horizon), end, (210, 210, 210), 4)
    for x in rng.uniform(0, width, 3):
        paint = PAINTS[int(rng.integers(0, len(PAINTS)))]
        _rectangle(picture, (x, horizon - 14, x + 70, horizon + 20), paint)
        _rectangle(picture, (x + 10, horizon - 10, x + 60, horizon + 2), (40, 40, 40))


def _car(
    picture: Pixels, left: float, top: float, size: float, plate: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Front or rear of a car: glass, lamps, grille, bumper. Gives the place for the plate."""
    paint = np.array(PAINTS[int(rng.integers(0, len(PAINTS)))], float)
    high = size * 0.8
    _rectangle(picture, (left + size * 0.1, top, left + size * 0.9, top + high * 0.4), paint * 0.9)
    _rectangle(
        picture, (left + size * 0.16, top + high * 0.06, left + size * 0.84, top + high * 0.34), (60, 52, 46)
    )
    _rectangle(picture, (left, top + high * 0.36, left + size, top + high * 0.92), paint)
    lamp = (60, 60, 210) if rng.random() < 0.5 else (225, 230, 235)
    for side in (0.04, 0.78):
        _rectangle(
            picture,
            (left + size * side, top + high * 0.44, left + size * (side + 0.18), top + high * 0.54),
            lamp,
        )
    middle = left + size * 0.5 + rng.uniform(-0.04, 0.04) * size
    for bar in range(5):
        y = top + high * (0.44 + bar * 0.025)
        _rectangle(
            picture, (left + size * 0.26, y, left + size * 0.74, y + max(1, high * 0.01)), (26, 26, 28)
        )
    row = top + high * rng.uniform(0.66, 0.74)
    _rectangle(picture, (left, row + plate * 0.1, left + size, row + plate * 0.13), paint * 0.5)
    _rectangle(
        picture,
        (middle - plate * 0.6, row - plate * 0.22, middle + plate * 0.6, row + plate * 0.24),
        paint * 0.7,
    )
    for side in (0.08, 0.72):
        _rectangle(
            picture,
            (left + size * side, top + high * 0.9, left + size * (side + 0.2), top + high),
            (22, 22, 22),
        )
    return float(middle), float(row)
