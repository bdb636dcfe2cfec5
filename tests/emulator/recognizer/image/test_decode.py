"""Hostile and unusual files: a clear refusal before anything large is decoded, or the right pixels."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cloudbase_ocr.recognizer import DocumentNotFound, ImageTooLarge, NotAnImage, RecognitionError, Recognizer
from cloudbase_ocr.recognizer.image.decode import decode
from tests.emulator.recognizer.pictures import opened, png_header_bomb, saved
from tests.quick import quick

Specimen = Callable[[str], bytes]
Truth = Callable[[str], dict[str, Any]]


def refused(recognizer: Recognizer, data: bytes, kind: type[RecognitionError]) -> str:
    """Both methods refuse the file at once; the reason as text."""
    started = time.perf_counter()
    with pytest.raises(kind) as caught:
        recognizer.recognize("idcard", data)
    with pytest.raises(kind):
        recognizer.recognize("comm", data)
    assert time.perf_counter() - started < 2
    return str(caught.value)


def test_no_bytes(recognizer: Recognizer) -> None:
    assert "no bytes" in refused(recognizer, b"", NotAnImage)


@pytest.mark.parametrize(
    "data",
    [
        b"<html>404</html>",
        b"%PDF-1.7",
        b'{"a":1}',
        bytes(1000),
        random.Random(7).randbytes(5000),
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x10\x00\x00\x00WEBP",
        b"BM" + bytes(60),
        b"GIF89a" + b"\xff" * 7,
        b"\xff\xd8\xff" + random.Random(8).randbytes(4000),
        b"\x89PNG\r\n\x1a\n" + random.Random(9).randbytes(4000),
        b"GIF89a" + random.Random(10).randbytes(400),
    ],
)
def test_what_is_not_a_picture(recognizer: Recognizer, data: bytes) -> None:
    with pytest.raises((NotAnImage, ImageTooLarge)):
        recognizer.recognize("comm", data)


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_a_file_cut_short(recognizer: Recognizer, specimen: Specimen, share: float) -> None:
    card = opened(specimen("idcard-front"))
    for data in (saved(card), saved(card.resize((320, 240)))):  # row by row, as cameras write
        message = refused(recognizer, data[: int(len(data) * share)], NotAnImage)
        assert "rows are missing" in message or "header" in message


@pytest.mark.parametrize("kind", quick(["JPEG", "PNG"], {"PNG"}))
def test_a_file_that_lacks_its_end_is_read_and_says_so(recognizer: Recognizer, kind: str) -> None:
    page = Image.new("RGB", (640, 400), "white")
    ImageDraw.Draw(page).text((40, 60), "HELLO 2024", fill="black", font_size=64)
    page.paste(Image.effect_noise((640, 120), 40), (0, 280))
    data = saved(page, kind)
    told = recognizer.explain("comm", data[: int(len(data) * 0.6)])
    assert [item["text"].replace(" ", "") for item in told.fields["items"]] == ["HELLO2024"]
    assert told.picture is not None
    assert 0 < told.picture.missing_rows < 200


@pytest.mark.check
def test_flipped_bits_never_escape_the_error_tree(recognizer: Recognizer, specimen: Specimen) -> None:
    chance = random.Random(3)
    small = opened(specimen("idcard-front")).resize((96, 72))
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "GIF"):
        original = saved(small, kind)
        for _ in range(15):
            data = bytearray(original)
            for _ in range(chance.randint(1, 12)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            try:
                recognizer.recognize("comm", bytes(data))
            except (NotAnImage, ImageTooLarge):
                continue


def test_many_megapixels_in_a_small_file_are_not_decoded(recognizer: Recognizer) -> None:
    bomb = png_header_bomb(12_000, 7_000)
    assert len(bomb) < 25_000
    message = refused(recognizer, bomb, ImageTooLarge)
    assert "12000x7000 = 84 megapixels" in message
    assert "at most 40" in message


@pytest.mark.check
def test_a_picture_may_have_as_many_pixels_as_allowed() -> None:
    narrow = Recognizer(max_pixels=10_000)
    narrow.recognize("comm", saved(Image.new("L", (100, 100), "white")))
    with pytest.raises(ImageTooLarge):
        narrow.recognize("comm", saved(Image.new("L", (101, 100), "white")))


@pytest.mark.parametrize("size", [(2, 1900), (20_000, 10), (1, 51)])
def test_a_strip_is_refused(recognizer: Recognizer, size: tuple[int, int]) -> None:
    message = refused(recognizer, saved(Image.new("L", size, "white")), ImageTooLarge)
    assert f"{size[0]}x{size[1]}" in message


@pytest.mark.check
@pytest.mark.parametrize("size", [(1, 1), (7, 300), (16, 16), (1280, 960), (1000, 21)])
def test_a_blank_picture_has_no_text(recognizer: Recognizer, size: tuple[int, int]) -> None:
    blank = saved(Image.new("RGB", size, "white"))
    assert recognizer.recognize("comm", blank) == {"items": [], "img_size": {"w": size[0], "h": size[1]}}
    with pytest.raises(DocumentNotFound):
        recognizer.recognize("idcard", blank)


@pytest.mark.check
def test_noise_has_no_text(recognizer: Recognizer) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (600, 800, 3)).astype(np.uint8)
    assert recognizer.recognize("comm", saved(Image.fromarray(noise)))["items"] == []


def as_file(name: str, picture: Image.Image) -> bytes:  # noqa: C901 - one case for each kind
    """The picture as an unusual file."""
    grey = picture.convert("L")
    if name == "CMYK JPEG":
        return saved(picture.convert("CMYK"), "JPEG", quality=92)
    if name == "grey JPEG":
        return saved(grey, "JPEG", quality=92)
    if name == "progressive JPEG":
        return saved(picture, "JPEG", quality=90, progressive=True)
    if name == "16-bit PNG":
        return saved(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257))
    if name == "palette PNG":
        return saved(picture.quantize(64))
    if name == "palette PNG with alpha":
        paletted = grey.quantize(16)
        return saved(paletted, transparency=bytes([255] * 15 + [128]))
    if name == "RGBA PNG":
        layered = picture.convert("RGBA")
        layered.putalpha(Image.new("L", picture.size, 250))
        return saved(layered)
    if name == "grey PNG with alpha":
        return saved(grey.convert("LA"))
    if name == "BMP":
        return saved(picture, "BMP")
    if name == "WebP":
        return saved(picture, "WEBP", quality=90)
    other = Image.new("RGB", picture.size, "black")
    if name == "animated WebP":
        return saved(picture, "WEBP", save_all=True, append_images=[other], duration=100, quality=90)
    return saved(grey, "GIF", save_all=True, append_images=[other.convert("L")], duration=100)


@pytest.mark.check
@pytest.mark.parametrize(
    "name",
    [
        "CMYK JPEG",
        "grey JPEG",
        "progressive JPEG",
        "16-bit PNG",
        "palette PNG",
        "palette PNG with alpha",
        "RGBA PNG",
        "grey PNG with alpha",
        "BMP",
        "WebP",
        "animated WebP",
        "animated GIF",
    ],
)
def test_unusual_files_of_a_card_are_read(
    recognizer: Recognizer, specimen: Specimen, truth: Truth, name: str
) -> None:
    data = as_file(name, opened(specimen("idcard-back")))
    assert recognizer.recognize("idcard", data) == truth("idcard-back")


@pytest.mark.check
def test_text_on_a_transparent_ground_is_on_white_paper(
    recognizer: Recognizer, specimen: Specimen, truth: Truth
) -> None:
    """Black ink on nothing: without paper behind it, the picture would be black on black."""
    ink = 255 - np.asarray(opened(specimen("printed-text")).convert("L"))
    alpha = np.clip((ink.astype(int) - 120) * 3, 0, 255).astype(np.uint8)
    layered = np.dstack([np.zeros((*ink.shape, 3), np.uint8), alpha])
    reply = recognizer.recognize("comm", saved(Image.fromarray(layered, "RGBA")))
    assert truth("printed-text")["items"][0]["text"] in [item["text"] for item in reply["items"]]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("ink", ["black", "white"])
def test_print_on_a_see_through_ground_is_seen(ink: str, mode: str) -> None:
    """White print on white paper would not be: it is laid on black."""
    layered = Image.new("RGBA", (300, 3000), (0, 0, 0, 0))
    layered.paste(ink, (20, 20, 60, 2980))
    if mode == "P":
        paletted = layered.quantize(8)
        data = saved(paletted, transparency=paletted.getpixel((0, 0)))
    else:
        data = saved(layered.convert(mode))
    ground = 0 if ink == "white" else 255
    picture = decode(data, 40_000_000).picture
    assert (picture[:, :10] == ground).all()
    assert (picture[1000, 30] == 255 - ground).all()


def test_a_cut_out_photo_stays_on_white_paper() -> None:
    """A pale card with see-through corners, or with dark print, needs no other ground."""
    card = Image.new("RGBA", (300, 200), (240, 240, 240, 255))
    card.paste((0, 0, 0, 0), (0, 0, 60, 200))
    assert (decode(saved(card), 40_000_000).picture[:, :40] == 255).all()
    card.paste((0, 0, 0, 0), (0, 0, 200, 200))
    card.paste("black", (220, 20, 240, 40))
    assert (decode(saved(card), 40_000_000).picture[:, :40] == 255).all()


@pytest.mark.check
def test_a_large_photo_is_read_with_places_in_its_own_pixels(
    recognizer: Recognizer, specimen: Specimen, truth: Truth
) -> None:
    large = opened(specimen("printed-text")).resize((5760, 4320), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    large.save(file, "JPEG", quality=80)
    reply = recognizer.recognize("comm", file.getvalue())
    assert reply["img_size"] == {"w": 5760, "h": 4320}
    first, printed = reply["items"][0], truth("printed-text")["items"][0]
    assert first["text"] == printed["text"]
    assert abs(first["pos"]["left_top"]["x"] - 4.5 * printed["pos"]["left_top"]["x"]) < 100
