"""Draws what was read onto the picture: a box around each value, and beside it the field's name and the value."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.batch.pictures import WECHAT_SUFFIXES
from cloudbase_ocr.core.private_files import open_private
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image, ImageFont

    from cloudbase_ocr.answers.explained import FieldRow
    from cloudbase_ocr.batch.fonts import Face
    from cloudbase_ocr.batch.pictures import Picture, Selection

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_COLOURS = ("#d7263d", "#1b6ca8", "#1b7f3b", "#8e44ad", "#b35900", "#00766c")
_LONGEST_VALUE = 40

_LARGE = 0.1
"""What covers more of the picture is a page, and labels may stand on it."""

Corner = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """One field: its name, its value as text, and the quads it was read from (corners in pixels, clockwise)."""

    name: str
    value: str
    quads: list[list[Corner]]


class Drawings:
    """Draws names with values where a font with Chinese glyphs is there, else names only; knows where drawings go."""

    def __init__(self, out: Path, selection: Selection, font: Path | None = None) -> None:
        """Write to `out`: a file if one picture was named and `out` ends as pictures do, else a folder.

        `trouble` says why values cannot be written, and what to do; else it is empty.

        Raises:
            NoFont: `font` is no font file.
            ValueError: several pictures and one file, or a drawing would take the place of a picture.
        """
        from cloudbase_ocr.batch.fonts import NoFont, find_face

        self._paths = _paths(out, selection)
        self._face: Face | None = None
        self.trouble = ""
        try:
            self._face = find_face(font)
        except NoFont as error:
            if font is not None:
                raise
            self.trouble = _("values are not written into drawings, only field names: {error}.").format(
                error=error
            )

    def path_of(self, picture: Picture, page: int | None = None) -> Path:
        """Return where the drawing of a picture goes, or that of one of its pages."""
        path = self._paths[picture.name, picture.inner]
        return path if page is None else path.with_stem(f"{path.stem}-page{page}")

    def draw(self, data: bytes, marks: Sequence[Mark]) -> Image.Image:
        """Return the picture, as a person sees it, with `marks` on it.

        Raises:
            OSError: the bytes are no picture that can be decoded, or too large a one.
        """
        from PIL import Image, ImageDraw, ImageOps

        # Quads are given in the upright picture: what the EXIF orientation asks for is done.
        try:
            picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        except Image.DecompressionBombError as error:  # only where --max-pixels allows such pictures
            raise OSError(str(error)) from error
        size = max(14, round(max(picture.size) / 80))
        draw = ImageDraw.Draw(picture)
        font = self._font(size)
        boxes = [bounds(quad) for mark in marks for quad in mark.quads]
        most = picture.width * picture.height * _LARGE
        fields = [box for box in boxes if _shared(box, box) < most]
        written: list[Box] = []
        colours = {mark.name: _COLOURS[place % len(_COLOURS)] for place, mark in enumerate(marks)}
        for mark in marks:
            for quad in mark.quads:
                draw.line([*quad, quad[0]], fill=colours[mark.name], width=max(2, size // 8), joint="curve")
        for mark in marks:
            label = self._label(mark)
            _, _, right, bottom = draw.textbbox((2, 1), label, font=font)
            box = _place((right + 2, bottom + 2), mark.quads[0], picture.size, written, fields)
            written.append(box)
            draw.rectangle(box, fill=colours[mark.name])
            draw.text((box[0] + 2, box[1] + 1), label, fill="white", font=font)
        return picture

    def save(self, data: bytes, fields: Sequence[FieldRow], path: Path) -> None:
        """Write the drawing of the explained `fields`, in the format of the name's suffix, for its owner only.

        Raises:
            OSError: it cannot be written.
        """
        picture = self.draw(data, marks_of(fields))
        path.parent.mkdir(parents=True, exist_ok=True)
        from PIL import Image

        with open_private(path) as file:  # it shows what the picture shows
            picture.save(file, Image.registered_extensions()[path.suffix.lower()], quality=90)

    def _font(self, size: int) -> Font:
        from PIL import ImageFont

        return self._face.load(size) if self._face is not None else ImageFont.load_default(size)

    def _label(self, mark: Mark) -> str:
        if self._face is None:
            return mark.name
        value = mark.value if len(mark.value) <= _LONGEST_VALUE else mark.value[: _LONGEST_VALUE - 1] + "…"
        return f"{mark.name}: {value}" if value else mark.name


def marks_of(fields: Sequence[FieldRow]) -> list[Mark]:
    """Return what to draw of an explanation's fields: each with a place in the picture."""
    return [
        Mark(field.path, _text(field.value), [_corners(quad) for quad in field.quads])
        for field in fields
        if field.quads
    ]


def _paths(out: Path, selection: Selection) -> dict[tuple[str, Path], Path]:
    """Return where each drawing goes: `out`, or a file in it, called as the picture; a number is added if need be."""
    if out.suffix.lower() in WECHAT_SUFFIXES and not out.is_dir():
        if not selection.single:
            raise ValueError(
                _("--draw {out} is one file, and there may be several pictures. Name a folder.").format(
                    out=out
                )
            )
        paths = {(selection.pictures[0].name, selection.pictures[0].inner): out}
    else:
        paths = {}
        taken: Counter[Path] = Counter()
        for picture in selection.pictures:
            path = out / picture.inner.with_suffix(".jpg")
            taken[path] += 1
            paths[picture.name, picture.inner] = (
                path if taken[path] == 1 else path.with_stem(f"{path.stem}-{taken[path]}")
            )
    pictures = {Path(picture.name).resolve() for picture in selection.pictures}
    for path in paths.values():
        if path.resolve() in pictures:
            raise ValueError(
                _("--draw would write over the picture {path}. Name another place.").format(path=path)
            )
    return paths


def _text(value: Any) -> str:
    return "" if isinstance(value, dict) else str(value)


def _corners(quad: Sequence[dict[str, float]]) -> list[Corner]:
    return [(corner["x"], corner["y"]) for corner in quad]


def _place(
    size: tuple[float, float],
    quad: list[Corner],
    picture: tuple[int, int],
    written: list[Box],
    fields: list[Box],
) -> Box:
    """Return where a label of this size goes: above its quad, right of it, below or left, wherever it hides least.

    Hiding another label counts ten times as much as hiding a field.
    """
    left, top, right, bottom = bounds(quad)
    width, height = size
    starts = ((left, top - height - 2), (right + 4, top), (left, bottom + 2), (left - width - 4, top))
    choices = []
    for x, y in starts:
        x = max(0.0, min(x, picture[0] - width))
        y = max(0.0, min(y, picture[1] - height))
        choices.append((x, y, x + width, y + height))
    return min(
        choices,
        key=lambda box: (
            sum(_shared(box, field) for field in fields) + 10 * sum(_shared(box, label) for label in written)
        ),
    )


def bounds(quad: list[Corner]) -> Box:
    """Return the upright box around a quad: left, top, right, bottom."""
    across, down = zip(*quad, strict=True)
    return min(across), min(down), max(across), max(down)


def _shared(one: Box, other: Box) -> float:
    """Return the area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
