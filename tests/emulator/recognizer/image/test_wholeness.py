"""A picture that lacks rows is read as far as it goes, or refused; one that is only blank at its end is whole."""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cloudbase_ocr import specimens
from cloudbase_ocr.recognizer import NotAnImage
from cloudbase_ocr.recognizer.image.decode import decode
from tests.emulator.recognizer.pictures import saved

WIDTH, HEIGHT = 128, 96
NOISE = np.random.default_rng(1).integers(60, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
NOISY = Image.fromarray(NOISE)
PNG_KINDS = {"L": (8, 0, 1), "1": (1, 0, 1 / 8), "P": (8, 3, 1), "RGB": (8, 2, 3), "I;16": (16, 0, 2)}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
MOST = 40_000_000


def blank_below(kind: str = "RGB", colour: str | int = "white") -> Image.Image:
    """A picture whose lower half has nothing on it."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), colour)
    picture.paste(NOISY.crop((0, 0, WIDTH, HEIGHT // 2)), (0, 0))
    return picture.convert(kind)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(kind: str, rows: int, *, interlaced: bool = False, pieces: int = 3) -> bytes:
    """A PNG of noise whose zlib stream ends in order after `rows` of its rows, or that share of its passes."""
    depth, colour, size = PNG_KINDS[kind]
    row = b"\0" + bytes(200 for _ in range(int(WIDTH * size)))
    raw = row * rows
    if interlaced:
        length = sum(
            math.ceil((HEIGHT - top) / down) * (1 + math.ceil(math.ceil((WIDTH - left) / step) * size))
            for left, top, step, down in PASSES
        )
        raw = bytes(length * rows // HEIGHT)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, interlaced)
    packed = zlib.compress(raw)
    step = len(packed) // pieces + 1
    data = b"".join(chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step))
    palette = chunk(b"PLTE", bytes(range(256)) * 3) if kind == "P" else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("broken_off", [False, True])
@pytest.mark.parametrize("kind", PNG_KINDS)
def test_the_rows_that_a_png_lacks_are_counted_and_white(kind: str, broken_off: bool) -> None:
    for rows in (HEIGHT // 2, HEIGHT - 20, HEIGHT - 1, HEIGHT):
        data = png(kind, rows)
        decoded = decode(data[:-20] if broken_off else data, MOST)
        assert decoded.missing_rows == HEIGHT - rows
        assert decoded.height == HEIGHT
        assert (decoded.picture[rows + 1 :] == 255).all()
        shown = decode(png(kind, HEIGHT), MOST).picture
        assert (decoded.picture[:rows] == shown[:rows]).all()
    for rows in (HEIGHT // 3, HEIGHT // 2 - 1):
        with pytest.raises(
            NotAnImage, match=rf"PNG .* cut short .{HEIGHT - rows} of its 96 rows are missing"
        ):
            decode(png(kind, rows), MOST)
    with pytest.raises(NotAnImage, match="PNG data is damaged or cut short"):
        decode(png(kind, 0), MOST)
    assert decode(png(kind, HEIGHT + 1), MOST).missing_rows == 0, "more than needed"


def test_a_row_of_an_interlaced_png_is_there_when_its_last_pass_is() -> None:
    for kind in PNG_KINDS:
        assert decode(png(kind, HEIGHT, interlaced=True), MOST).missing_rows == 0
        assert 0 < decode(png(kind, HEIGHT - 5, interlaced=True), MOST).missing_rows < 20
        with pytest.raises(NotAnImage, match="96 of its 96 rows are missing"):
            decode(png(kind, HEIGHT // 3, interlaced=True), MOST)


JPEGS: dict[str, dict[str, object]] = {
    "plain": {},
    "full colour": {"subsampling": 0},
    "half colour": {"subsampling": 2},
    "own tables": {"optimize": True},
    "restarts": {"restart_marker_blocks": 4},
    "poor": {"quality": 5},
    "best": {"quality": 100},
}


def scan_start(data: bytes) -> int:
    """Where the first scan's data begins."""
    at = data.index(b"\xff\xda")
    return at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def cut_scan(data: bytes, share: float, end: bytes = b"\xff\xd9") -> bytes:
    """Keep a share of the pixels' data, and end the picture in order."""
    start = scan_start(data)
    kept = data[start : start + int((len(data) - 2 - start) * share)].rstrip(b"\xff")
    return data[:start] + kept + end


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", JPEGS)
def test_the_rows_that_a_jpeg_lacks_are_counted_in_blocks(kind: str, mode: str) -> None:
    whole = saved(NOISY.convert(mode), "JPEG", **JPEGS[kind])
    shown = decode(whole, MOST)
    assert shown.missing_rows == 0
    for end in (b"\xff\xd9", b"", b"\xff"):
        assert decode(whole[:-2] + end, MOST).missing_rows == 0
        decoded = decode(cut_scan(whole, 0.7, end), MOST)
        assert decoded.missing_rows == 32
        assert (decoded.picture[-16:] == 255).all()
        rows = HEIGHT - decoded.missing_rows - 1  # the last one takes colours from the row below it
        assert (decoded.picture[:rows] == shown.picture[:rows]).all()
        for share in (0.05, 0.34):
            with pytest.raises(NotAnImage, match=r"JPEG data is damaged or cut short .* rows are missing"):
                decode(cut_scan(whole, share, end), MOST)


def test_a_marker_between_the_pixels_ends_a_jpeg() -> None:
    whole = saved(NOISY, "JPEG")
    start = scan_start(whole)
    middle = start + (len(whole) - start) // 3
    for marker in (b"\xff\xfe\x00\x04ab", b"\xff\xd9", b"\xff\xe1\x00\x02"):
        with pytest.raises(NotAnImage, match="of its 96 rows are missing"):
            decode(whole[:middle].rstrip(b"\xff") + marker + whole[middle:], MOST)


def test_a_progressive_jpeg_has_the_rows_of_its_first_scan() -> None:
    whole = saved(NOISY, "JPEG", progressive=True)
    start = scan_start(whole)
    for end in (b"\xff\xd9", b""):
        for kept in (5, 60):
            with pytest.raises(NotAnImage, match="of its 96 rows are missing"):
                decode(whole[: start + kept].rstrip(b"\xff") + end, MOST)
        assert decode(cut_scan(whole, 0.9, end), MOST).missing_rows == 0
    # One that breaks off in a table between two scans.
    tables = [at for at in range(start, len(whole)) if whole[at : at + 2] == b"\xff\xc4"]
    assert decode(whole[: tables[-1] + 8], MOST).missing_rows == 0


@pytest.mark.parametrize("colour", ["white", "black", "#808080", "#123456"])
@pytest.mark.parametrize("kind", [*JPEGS, "progressive"])
def test_a_blank_end_is_no_cut(kind: str, colour: str) -> None:
    options = {"progressive": True} if kind == "progressive" else JPEGS[kind]
    for mode in ("RGB", "L", "CMYK"):
        data = saved(blank_below(mode, colour), "JPEG", **options)
        trailing = (b"", b"\0" * 64, data)  # phones put thumbnails and notes behind the picture
        for more in trailing:
            assert decode(data + more, MOST).height == HEIGHT
    for mode in ("RGB", "L", "P", "1", "RGBA"):
        for file_kind in ("PNG", "WEBP", "GIF", "BMP"):
            if mode == "RGBA" and file_kind in ("GIF", "BMP"):
                continue
            assert decode(saved(blank_below(mode, colour), file_kind), MOST).height == HEIGHT


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (9, 7), (16, 16), (50, 1), (1, 50)])
@pytest.mark.parametrize("colour", [0, 255])
def test_pictures_of_one_colour_and_any_size_are_whole(size: tuple[int, int], colour: int) -> None:
    for mode in ("L", "1", "RGB"):
        picture = Image.new("L", size, colour).convert(mode)
        for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
            if mode == "1" and kind == "JPEG":
                continue
            assert decode(saved(picture, kind), MOST).width == size[0]
        row = b"\0" + bytes(8 * size[0])
        header = struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)
        data = zlib.compress(row[: 1 + 4 * size[0]] * size[1])
        assert (
            decode(
                b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""),
                MOST,
            ).width
            == size[0]
        )


def test_the_largest_photos_are_looked_at_too() -> None:
    large = NOISY.resize((6000, 4000), Image.Resampling.NEAREST)
    whole = saved(large, "JPEG", quality=50)
    assert decode(whole, MOST).height == 4000
    with pytest.raises(NotAnImage, match="of its 4000 rows are missing"):
        decode(cut_scan(whole, 0.4), MOST)
    assert 800 < decode(cut_scan(whole, 0.75), MOST).missing_rows < 1200


def test_gif_webp_and_bmp_that_end_early_are_refused() -> None:
    for kind in ("GIF", "WEBP", "BMP"):
        whole = saved(NOISY.convert("P") if kind == "GIF" else NOISY, kind)
        for share in (0.34, 0.9):
            cut = whole[: int(len(whole) * share) // 2 * 2]
            if kind == "WEBP":  # its sizes say the same
                sizes = struct.pack("<I", len(cut) - 8), struct.pack("<I", len(cut) - 20)
                cut = b"RIFF" + sizes[0] + cut[8:16] + sizes[1] + cut[20:]
            for end in (b"", b"\0;") if kind == "GIF" else (b"",):
                with pytest.raises(NotAnImage, match="damaged or cut short"):
                    decode(cut + end, MOST)


def test_a_bmp_in_runs_that_ends_early_is_refused() -> None:
    colours = b"".join(bytes([level, level, level, 0]) for level in range(256))
    for rows, whole in ((HEIGHT, True), (HEIGHT // 3, False)):
        data = b"".join(bytes([WIDTH, 100 + row % 50, 0, 0]) for row in range(rows)) + b"\0\1"
        head = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 8, 1, len(data), 2835, 2835, 256, 0)
        file = b"BM" + struct.pack("<IHHI", 1078 + len(data), 0, 0, 1078) + head + colours + data
        if whole:
            assert decode(file, MOST).height == HEIGHT
            continue
        with pytest.raises(NotAnImage, match="damaged or cut short"):
            decode(file, MOST)


def test_every_specimen_is_whole() -> None:
    for path in Path(specimens.__file__).parent.glob("*.jpg"):
        assert decode(path.read_bytes(), MOST).height
