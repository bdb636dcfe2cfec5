"""Drawings show every box and label, go where they should, and do without a font."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloudbase_ocr.batch import fonts
from cloudbase_ocr.batch.drawing import Drawings, Mark
from cloudbase_ocr.batch.pictures import select

CORNERS = [(100.0, 100.0), (200.0, 100.0), (200.0, 140.0), (100.0, 140.0)]


def blank(width: int = 640, height: int = 480, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(stream, "JPEG", **options)
    return stream.getvalue()


def drawings(tmp_path: Path, font: Path | None = None) -> Drawings:
    return Drawings(tmp_path / "out.png", select(["card.jpg"]), font)


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return the box of what is not white."""
    box = picture.convert("L").point(lambda value: 255 * (value < 200)).getbbox()
    assert box is not None
    return box


def test_a_box_is_drawn_where_the_field_stands(tmp_path: Path) -> None:
    drawn = drawings(tmp_path).draw(blank(), [Mark("number", "1", [CORNERS])])
    assert drawn.size == (640, 480)
    for place in ((150, 100), (200, 120), (150, 140), (100, 120)):
        assert min(drawn.getpixel(place)[:3]) < 120  # type: ignore[index]  # a pixel has three parts
    assert drawn.getpixel((150, 120)) == (255, 255, 255)
    assert ink(drawn)[1] < 95, "the label stands above the box"


def test_labels_of_neighbours_do_not_cover_each_other(tmp_path: Path) -> None:
    marks = [Mark(f"field{row}", "", [[(x, y + 30 * row) for x, y in CORNERS]]) for row in range(4)]
    drawn = drawings(tmp_path).draw(blank(), marks)
    areas = sorted(count for count, colour in drawn.getcolors(1 << 20) or () if colour != (255, 255, 255))
    assert areas[-4] > 0.8 * areas[-1], "each mark has a colour of its own, and one of them is covered"


def test_the_picture_is_turned_as_its_orientation_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert drawings(tmp_path).draw(blank(exif=exif), []).size == (480, 640)


def test_without_a_chinese_font_names_are_written_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_folders", lambda: [tmp_path])
    bare = drawings(tmp_path)
    assert "only field names" in bare.trouble
    assert "apt-get install" in bare.trouble
    label = Mark("number", "九", [CORNERS])
    unnamed = Mark("number", "", [CORNERS])
    assert bare.draw(blank(), [label]).tobytes() == bare.draw(blank(), [unnamed]).tobytes()


def test_a_font_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "font.ttf").write_bytes(b"no font")
    with pytest.raises(fonts.NoFont, match=r"font\.ttf is not a font file"):
        drawings(tmp_path, tmp_path / "font.ttf")


def test_drawings_of_a_folder_keep_its_structure_and_never_share_a_name(tmp_path: Path) -> None:
    for name in ("in/a.jpg", "in/a.png", "in/deep/a.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    selection = select([str(tmp_path / "in")])
    found = Drawings(tmp_path / "out", selection)
    written = [found.path_of(picture).relative_to(tmp_path).as_posix() for picture in selection.pictures]
    assert written == ["out/a.jpg", "out/a-2.jpg", "out/deep/a.jpg"]


def test_one_file_cannot_hold_several_drawings(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is one file, and there may be several pictures"):
        Drawings(tmp_path / "out.jpg", select(["a.jpg", "b.jpg"]))


@pytest.mark.parametrize("out", ["a.jpg", "."])
def test_a_drawing_never_takes_the_place_of_a_picture(
    tmp_path: Path, out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match="would write over the picture"):
        Drawings(Path(out), select([str(tmp_path / "a.jpg")]))
