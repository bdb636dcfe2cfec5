"""One picture a level on one sheet: docs/images/accuracy-levels.jpg.

python -m tests.bench.ocr showcase
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import cv2
import numpy as np

from tests.bench.ocr import fonts
from tests.bench.ocr.cases import DOCUMENTS, Case
from tests.bench.ocr.reader import ROOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGET = ROOT / "docs" / "images" / "accuracy-levels.jpg"
SHOWN = (
    ("L0", "driving-front", 0),
    ("L1", "driving-front", 0),
    ("L2", "driving-front", 0),
    ("L3", "driving-front", 0),
    ("R", "real-plate", 1),
    ("R", "real-card", 3),
    ("R", "real-licence-electronic", 4),
    ("R", "real-menu-traditional", 0),
)
WIDTH, HEIGHT, COLUMNS, BORDER = 360, 270, 4, 4
QUALITY = 78


@click.command()
def main() -> None:
    """Write the sheet again. All on it is invented, of the half dev."""
    try:
        fonts.check_installed()
    except fonts.MissingFonts as error:
        raise click.ClickException(str(error)) from error
    tiles = [_tile(level, name, number) for level, name, number in SHOWN]
    rows = [np.hstack(tiles[at : at + COLUMNS]) for at in range(0, len(tiles), COLUMNS)]
    cv2.imwrite(str(TARGET), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    click.echo(f"wrote {TARGET.relative_to(ROOT)}, {TARGET.stat().st_size // 1000} KB")


def _tile(level: str, name: str, number: int) -> NDArray[Any]:
    """A picture in its box, with its level in the corner."""
    document = next(document for document in DOCUMENTS if document.name == name)
    data = Case(document, level, "dev", number).picture().jpeg
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise RuntimeError(f"{name} at {level} is no picture")
    room = (WIDTH - 2 * BORDER, HEIGHT - 2 * BORDER)
    scale = min(room[0] / image.shape[1], room[1] / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    top, left = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    cv2.rectangle(tile, (0, 0), (18 + 14 * len(level), 30), (255, 255, 255), -1)
    cv2.putText(tile, level, (6, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (20, 20, 20), 2, cv2.LINE_AA)
    return tile


if __name__ == "__main__":
    main()
