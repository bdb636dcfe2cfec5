"""Draw the specimens again: ``python -m tests.bench.ocr.specimens.draw [--font FILE] [--out FOLDER] [--truth FOLDER]``.

Writes a photo, its reply's fields and the places of the fields for each document. The faces found on the
machine decide the exact pixels; what is printed, and so the truth beside each picture, does not change.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudbase_ocr.specimens
from cloudbase_ocr.batch.fonts import NoFont
from tests.bench.ocr.specimens import bizlicense, cards, idcards, licences, papers, truths
from tests.bench.ocr.specimens.fonts import Fonts, find_fonts
from tests.bench.ocr.specimens.photo import Look, Photo, photograph

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.ocr.specimens.sheet import Sheet

FOLDER = Path(cloudbase_ocr.specimens.__path__[0])

# Small print and faint marks are lost at the quality that does for the others. Each kilobyte is in every installation,
# so these are the lowest qualities at which the engine reads what it reads at 85.
FINE, FINER, FINEST = 50, 60, 68

DOCUMENTS: dict[str, tuple[Callable[[Fonts], Sheet], Look]] = {
    "idcard-front": (idcards.idcard_front, Look(seed=11, quality=FINE, noise=1.2)),
    "idcard-long-term": (
        lambda fonts: idcards.idcard_back(fonts, valid_date="20260311-长期", authority="海棠市公安局"),
        Look(seed=22, tilt=2.4, table=(128, 108, 92)),
    ),
    "idcard-back": (
        idcards.idcard_back,
        Look(seed=12, tilt=-3.0, table=(92, 100, 112), quality=FINE, noise=1.2),
    ),
    "printed-text": (
        papers.printed_text,
        Look(seed=13, tilt=1.2, fill=0.86, table=(146, 120, 92), quality=FINEST),
    ),
    "bankcard": (cards.bank_card, Look(seed=14, tilt=2.0, table=(150, 140, 126))),
    "bankcard-embossed": (cards.embossed_card, Look(seed=23, tilt=-2.2, table=(96, 74, 58))),
    "bankcard-two-lines": (cards.two_line_card, Look(seed=24, tilt=3.1, table=(170, 164, 152))),
    "driving-both": (licences.vehicle_both, Look(seed=25, size=(1600, 1200), tilt=1.4, fill=0.93)),
    "driving-front": (licences.vehicle_front, Look(seed=15, tilt=-1.8)),
    "driving-back": (licences.vehicle_back, Look(seed=16, tilt=1.6)),
    "drivinglicense": (
        licences.driver_licence,
        Look(seed=17, tilt=2.2, table=(98, 86, 96), quality=FINE, noise=1.2, grain=7),
    ),
    "bizlicense": (
        bizlicense.business_licence,
        Look(seed=18, size=(1400, 1050), tilt=-0.8, fill=0.92, quality=FINE, noise=1.2),
    ),
    "bizlicense-portrait": (
        bizlicense.individual_licence,
        Look(seed=26, size=(1050, 1400), tilt=1.1, fill=0.9, table=(112, 96, 84), quality=FINER),
    ),
    "platenum": (cards.number_plate, Look(seed=19, tilt=1.5, fill=0.5, table=(54, 56, 62))),
    "platenum-green": (
        lambda fonts: cards.number_plate(fonts, cards.ELECTRIC_PLATE, "green"),
        Look(seed=27, tilt=-2.0, fill=0.46, table=(70, 70, 74)),
    ),
    "platenum-yellow": (cards.truck_plate, Look(seed=28, tilt=1.2, fill=0.48, table=(48, 50, 54))),
    "menu": (papers.menu, Look(seed=21, size=(960, 1280), tilt=-1.5, fill=0.86, table=(74, 84, 78))),
}


def corners(quad: list[list[int]]) -> dict[str, dict[str, int]]:
    """A quad in WeChat's form."""
    names = ("left_top", "right_top", "right_bottom", "left_bottom")
    return {name: {"x": x, "y": y} for name, (x, y) in zip(names, quad, strict=True)}


def reply(name: str, sheet: Sheet, photo: Photo) -> dict[str, Any]:
    """The business fields of WeChat's reply to this photo."""
    size = {"w": photo.size[0], "h": photo.size[1]}
    if name == "printed-text":
        items = [{"text": piece.text, "pos": corners(photo.quad(piece.box))} for piece in sheet.placed]
        return {"items": items, "img_size": size}
    if not sheet.positions:
        return sheet.fields
    places = {key: {"pos": corners(photo.quad(box))} for key, box in sheet.positions.items()}
    # What a page that is not in the picture would say is empty in a vehicle licence's reply (ruling R22).
    fields = licences.EMPTY | sheet.fields if name.startswith("driving-") else sheet.fields
    return fields | places | {"img_size": size}


def draw(name: str, fonts: Fonts, folder: Path, truth: Path) -> dict[str, list[Any]]:
    """Write one photo and its truth; give the quads of its fields in the photo, by field."""
    make, look = DOCUMENTS[name]
    sheet = make(fonts)
    photo = photograph(sheet, look)
    (folder / f"{name}.jpg").write_bytes(photo.jpeg)
    (truth / f"{name}.json").write_text(
        json.dumps(reply(name, sheet, photo), ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    boxes: dict[str, list[Any]] = {}
    for piece in sheet.placed:
        if piece.key:
            boxes.setdefault(piece.key, []).append(photo.quad(piece.box))
    return boxes


def main(arguments: list[str] | None = None) -> int:
    """Draw all of them; 0 on success, 2 when there is no font."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.ocr.specimens.draw", description="Draw the specimen photos."
    )
    parser.add_argument(
        "--font", type=Path, help="a font file with Chinese glyphs (default: found on this machine)"
    )
    parser.add_argument(
        "--out", type=Path, default=FOLDER, help="where pictures go (default: where the package has them)"
    )
    parser.add_argument(
        "--truth", type=Path, default=truths.FOLDER, help="where truth and places go (default: beside this)"
    )
    options = parser.parse_args(arguments)
    try:
        fonts = find_fonts(options.font)
    except NoFont as error:
        print(f"draw: {error}", file=sys.stderr)
        return 2
    for folder in (options.out, options.truth):
        folder.mkdir(parents=True, exist_ok=True)
    boxes = {name: draw(name, fonts, options.out, options.truth) for name in DOCUMENTS}
    text = json.dumps(boxes, ensure_ascii=False, separators=(",", ":")).replace('},"', '},\n"')
    (options.truth / "boxes.json").write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
