"""Contact sheets: many pictures on one, to look at before any figure is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.bench.ocr.picture import Picture

WIDTH, HEIGHT = 520, 390


def write(pictures: Iterable[Picture], target: Path, columns: int = 4) -> None:
    """Write a PNG with the pictures in rows; the true positions are drawn in red."""
    tiles = [_tile(picture) for picture in pictures]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    cv2.imwrite(str(target), np.vstack(rows))


def _tile(picture: Picture) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    for quad in picture.positions.values():
        cv2.polylines(image, [np.array(quad, np.int32)], True, (0, 0, 255), 3)
    scale = min(WIDTH / image.shape[1], HEIGHT / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile
