"""HEIC, TIFF and PDF become pictures that the recognizer decodes; damage is told as with other formats."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloudbase_ocr.core import formats
from cloudbase_ocr.core.formats import count_pages, format_of, readable
from cloudbase_ocr.recognizer import ImageTooLarge, NotAnImage
from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.errors import FormatNotInstalled

REMEDY = "run: pip install 'cloudbase-ocr[formats]'"
COLOURS = ("red", "blue")


def file(kind: str, *, size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """A file with two pages, or pictures, red and blue."""
    stream = io.BytesIO()
    first, second = (Image.new("RGB", size, colour) for colour in COLOURS)
    if kind == "HEIC":
        pillow_heif = pytest.importorskip("pillow_heif", reason=REMEDY)
        pillow_heif.from_pillow(first).save(stream, **options)
    else:
        if kind == "PDF":
            pytest.importorskip("pypdfium2", reason=REMEDY)
        first.save(stream, kind, save_all=True, append_images=[second], **options)
    return stream.getvalue()


def pixel(data: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "BMP"
        place = picture.width // 2, picture.height // 2
        red, green, blue = (band.getpixel(place) for band in picture.convert("RGB").split())
        return tuple(round(part / 255) for part in (red, green, blue))


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_every_page_is_a_picture(kind: str) -> None:
    data = file(kind)
    assert format_of(data[: formats.HEAD]) == kind
    assert count_pages(data) == 2
    shown = [pixel(readable(data, page, MAX_PIXELS)) for page in (None, 1, 2)]
    assert shown == [(1, 0, 0), (1, 0, 0), (0, 0, 1)]


def test_heic_is_a_picture_of_its_size() -> None:
    data = file("HEIC")
    assert format_of(data[: formats.HEAD]) == "HEIC"
    assert pixel(readable(data, None, MAX_PIXELS)) == (1, 0, 0)
    with Image.open(io.BytesIO(readable(data, None, MAX_PIXELS))) as picture:
        assert picture.size == (60, 40)


def test_pages_of_a_pdf_have_300_dots_an_inch_and_bounds() -> None:
    def size(data: bytes) -> tuple[int, int]:
        with Image.open(io.BytesIO(readable(data, 1, MAX_PIXELS))) as picture:
            return picture.width, picture.height

    assert size(file("PDF", size=(600, 300), resolution=150)) == (1200, 600)
    assert size(file("PDF", size=(600, 300), resolution=2)) == (4000, 2000)


def test_an_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(readable(file("TIFF", exif=exif), 1, MAX_PIXELS))) as picture:
        assert picture.size == (40, 60)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "F", "RGBA", "LA"])
def test_tiff_of_every_depth_is_read(mode: str) -> None:
    ramp = Image.linear_gradient("L").resize((64, 64))
    stream = io.BytesIO()
    source = (
        ramp.convert("I").point(lambda value: value * 256).convert(mode)
        if mode == "I;16"
        else ramp.convert(mode)
    )
    source.save(stream, "TIFF")
    with Image.open(io.BytesIO(readable(stream.getvalue(), 1, MAX_PIXELS))) as picture:
        low, high = picture.convert("L").getextrema()
    assert low < 20
    assert high > 235


def test_see_through_parts_are_white() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(stream, "TIFF")
    assert pixel(readable(stream.getvalue(), 1, MAX_PIXELS)) == (1, 1, 1)


@pytest.mark.parametrize("kind", ["TIFF", "PDF", "HEIC"])
def test_damage_is_told_as_with_other_formats(kind: str) -> None:
    data = file(kind)
    with pytest.raises(NotAnImage, match=f"the {kind} data is damaged or cut short"):
        readable(data[: formats.HEAD][: len(data) // 3], 1, MAX_PIXELS)


@pytest.mark.parametrize("kind", ["TIFF", "PDF", "HEIC"])
def test_size_is_looked_at_before_pixels(kind: str) -> None:
    with pytest.raises(ImageTooLarge):
        readable(file(kind), 1, 100)


def test_a_page_that_is_not_there_is_damage() -> None:
    with pytest.raises(NotAnImage):
        readable(file("TIFF"), 3, MAX_PIXELS)


def test_other_pictures_are_left_as_they_are() -> None:
    data = (Path(formats.__file__).parents[1] / "specimens/platenum.jpg").read_bytes()
    assert readable(data, None, MAX_PIXELS) is data
    assert readable(b"", None, MAX_PIXELS) == b""


@pytest.mark.parametrize("kind", ["HEIC", "PDF"])
def test_without_the_extra_it_is_said_how_to_add_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = file(kind)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(FormatNotInstalled, match=r"run: pip install 'cloudbase-ocr\[formats\]'"):
        readable(data, None, MAX_PIXELS)


def test_tiff_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert pixel(readable(file("TIFF"), 2, MAX_PIXELS)) == (0, 0, 1)
