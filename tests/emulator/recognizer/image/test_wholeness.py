"""A picture that ends in order before its last row is refused in every format; one that is only blank there is not."""

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
SHARES = (0.0, 0.34, 0.9)
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


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("kind", PNG_KINDS)
def test_a_png_whose_stream_ends_early_is_refused(kind: str, interlaced: bool) -> None:
    for share in SHARES:
        with pytest.raises(NotAnImage, match="PNG data is damaged or cut short"):
            decode(png(kind, int(HEIGHT * share), interlaced=interlaced), MOST)
    with pytest.raises(NotAnImage, match="PNG data is damaged or cut short"):
        decode(png(kind, HEIGHT - 1, interlaced=interlaced), MOST)
    assert decode(png(kind, HEIGHT, interlaced=interlaced), MOST).height == HEIGHT
    assert decode(png(kind, HEIGHT + 1, interlaced=interlaced), MOST).height == HEIGHT, "more than needed"


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
def test_a_jpeg_that_ends_early_is_refused(kind: str, mode: str) -> None:
    whole = saved(NOISY.convert(mode), "JPEG", **JPEGS[kind])
    assert decode(whole, MOST).height == HEIGHT
    for share in (0.05, 0.34, 0.7):
        with pytest.raises(NotAnImage, match="JPEG data is damaged or cut short"):
            decode(cut_scan(whole, share), MOST)


def test_a_jpeg_that_another_marker_ends_is_refused() -> None:
    whole = saved(NOISY, "JPEG")
    start = scan_start(whole)
    middle = start + (len(whole) - start) // 3
    for marker in (b"\xff\xfe\x00\x04ab", b"\xff\xd9", b"\xff\xe1\x00\x02"):
        with pytest.raises(NotAnImage, match="its data ends before its last row"):
            decode(whole[:middle].rstrip(b"\xff") + marker + whole[middle:], MOST)


def test_a_progressive_jpeg_that_lacks_rows_is_refused() -> None:
    whole = saved(NOISY, "JPEG", progressive=True)
    start = scan_start(whole)
    for kept in (5, 60):
        with pytest.raises(NotAnImage, match="its data ends before its last row"):
            decode(whole[: start + kept].rstrip(b"\xff") + b"\xff\xd9", MOST)


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
    with pytest.raises(NotAnImage, match="its data ends before its last row"):
        decode(cut_scan(whole, 0.4), MOST)


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
