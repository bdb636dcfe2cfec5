"""What the header of a picture says, held against the decoder and against what hostile uploads hold."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from PIL import Image

from cloudbase_ocr.core.imagefile import HEAD, KINDS, Header, check_picture, kind_of, read_header
from cloudbase_ocr.recognizer import ImageTooLarge, NotAnImage, RecognitionError
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.emulator.recognizer.pictures import saved
from wxcloud.images import image_type

MOST = 40_000_000
NOISE = Image.effect_noise((61, 37), 90)
COLOURS = NOISE.convert("RGB")
PALETTE = COLOURS.convert("P")


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


PICTURES = {
    "JPEG": saved(COLOURS, "JPEG"),
    "JPEG, progressive": saved(COLOURS, "JPEG", progressive=True),
    "JPEG, grey": saved(NOISE, "JPEG"),
    "JPEG, CMYK": saved(COLOURS.convert("CMYK"), "JPEG"),
    "PNG": saved(COLOURS),
    "PNG, palette": saved(PALETTE),
    "PNG, 16 bits": saved(NOISE.convert("I;16")),
    "GIF": saved(PALETTE, "GIF"),
    "GIF, animated": saved(PALETTE, "GIF", save_all=True, append_images=[PALETTE.rotate(9)]),
    "WebP": saved(COLOURS, "WEBP"),
    "WebP, lossless": saved(COLOURS, "WEBP", lossless=True),
    "WebP, alpha": saved(COLOURS.convert("RGBA"), "WEBP"),
    "BMP": saved(COLOURS, "BMP"),
    "BMP, 1 bit": saved(NOISE.convert("1"), "BMP"),
    **{
        f"{name}, orientation {number}": saved(COLOURS, name, exif=turned(number))
        for name in ("JPEG", "PNG", "WEBP")
        for number in range(1, 9)
    },
    **{specimen.name: specimen.picture for specimen in SPECIMENS},
}
EACH = pytest.mark.parametrize("name", PICTURES)


def size(read: Callable[[bytes], Header], data: bytes) -> tuple[int, int] | type[RecognitionError]:
    try:
        header = read(data)
    except RecognitionError as error:
        return type(error)
    return header.width, header.height


def decoded_size(data: bytes) -> tuple[int, int] | type[RecognitionError]:
    try:
        decoded = decode(data, MOST)
    except RecognitionError as error:
        return type(error)
    return decoded.width, decoded.height


@EACH
def test_size_is_that_of_the_decoder(name: str) -> None:
    header = read_header(PICTURES[name])
    assert (header.width, header.height) == decoded_size(PICTURES[name])


# Not the animation: its first picture is whole long before its end.
@pytest.mark.parametrize("name", [name for name in PICTURES if name[0].isupper() and name != "GIF, animated"])
def test_a_picture_that_is_cut_short_is_none_or_lacks_rows(name: str) -> None:
    """How many rows a JPEG lacks, and what a PNG lacks whose rows are there in passes, only the decoder tells."""
    data = PICTURES[name]
    for length in [*range(60), *random.Random(name).sample(range(60, len(data) - 24), 40)]:
        expected = decoded_size(data[:length])
        found = size(lambda picture: check_picture(picture, MOST), data[:length])
        if name.startswith("JPEG") and expected is NotAnImage:
            assert found in (NotAnImage, (61, 37), (37, 61))
        else:
            assert found == expected
        if not name.startswith(("JPEG", "PNG")) or length < 60:
            assert expected is NotAnImage


@EACH
def test_kind_is_that_of_the_client(name: str) -> None:
    kind, found = kind_of(PICTURES[name][:HEAD]), image_type(PICTURES[name])
    assert kind is not None
    assert found is not None
    assert kind.media_type == found[1]
    assert kind.suffix == f".{found[0]}"


STARTS = [
    *(data[:HEAD] for data in PICTURES.values()),
    b"II*\x00........", b"MM\x00*........",
    *(b"\0\0\0\x18ftyp" + brand for brand in (b"heic", b"heix", b"mif1", b"avif", b"isom", b"mp42")),
    b"\xff\xd8", b"\xff\xd8\x00", b"\x89PNG", b"GIF8", b"GIF88a", b"RIFF....WAVE", b"RIFF....WEBP", b"B", b"BM",
    b"%PDF-1.7", b"<svg", b"", bytes(HEAD), b"\xff" * HEAD,
]  # fmt: skip


@pytest.mark.parametrize("start", STARTS, ids=repr)
def test_emulator_and_client_tell_the_same_kinds(start: bytes) -> None:
    """Each has a table of its own, because the client does not know the emulator."""
    kind, found = kind_of(start), image_type(start)
    assert (kind.suffix[1:], kind.media_type) == found if kind else found is None


def test_every_kind_is_told_from_its_start() -> None:
    assert {kind_of(start) for start in STARTS} == {*KINDS, None}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"not a JPEG, PNG, WebP, BMP or GIF picture \(no bytes\)"),
        (b"%PDF-1.7", r"its first bytes are 25 50 44 46"),
        (b"II*\x00........", "not a JPEG"),
        (b"\xff\xd8\xff", "cut short"),
        (b"\xff\xd8\xff\xe0\x00\x01", "a segment has the length 1"),
        (b"\xff\xd8\xff\xda\x00\x02", "a scan comes before the size"),
        (b"\xff\xd8\xff\xc0\x00\x0b\x0c\x00\x10\x00\x10\x01\x01\x11\x00", "1 components of 12 bits"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "IHDR is damaged"),
        (PICTURES["PNG"].replace(b"\0\0\0\x3d\0\0\0\x25", b"\0\0\0\x3e\0\0\0\x25"), "IHDR is damaged"),
        (b"GIF89a\xff\xff\xff\xff\0\0\0\x3b", "no picture in it"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(40), "cut short"),
        (b"RIFF\x10\x00\x00\x00WEBPEXIF" + bytes(40), "begins with the chunk b'EXIF'"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(40), "VP8 is damaged"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8L" + bytes(40), "VP8L is damaged"),
        (b"BM" + bytes(60), "a header of 0 bytes"),
    ],
)  # fmt: skip
def test_a_broken_header_is_named(data: bytes, message: str) -> None:
    with pytest.raises(NotAnImage, match=message):
        read_header(data)
    assert decoded_size(data) is NotAnImage


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (saved(Image.new("1", (9000, 9000))), ImageTooLarge),
        (saved(Image.new("1", (2, 1900))), ImageTooLarge),
        (PICTURES["JPEG"].replace(b"\xff\xd9", b"\xff\xda" * 101 + b"\xff\xd9"), ImageTooLarge),
        (PICTURES["GIF"], (61, 37)),
    ],
)
def test_bounds_are_those_of_the_decoder(
    data: bytes, error: type[RecognitionError] | tuple[int, int]
) -> None:
    assert size(lambda picture: check_picture(picture, MOST), data) == error
    assert decoded_size(data) == error


@EACH
def test_damaged_headers_are_refused_or_read(name: str) -> None:
    """Whatever was changed, the answer is a size or `NotAnImage`."""
    dice = random.Random(name)
    for _ in range(200):
        damaged = bytearray(PICTURES[name])
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(min(len(damaged), 300))] = dice.randrange(256)
        assert size(read_header, bytes(damaged)) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + b"\xff" * 2_000_000,
        b"\xff\xd8" + b"\xff\x00" * 1_000_000,
        b"\xff\xd8" + b"\xff\xe0\x00\x02" * 500_000,
        b"\xff\xd8" + b"\xff\xd0" * 1_000_000,
        PICTURES["PNG"][:33] + bytes(12 * 160_000),
        PICTURES["GIF"][:13] + b"\x21\xff\x00" * 600_000,
        PICTURES["WEBP, orientation 1"][:30] + bytes(2_000_000),
    ],
    ids=["fill", "data", "segments", "markers", "chunks", "extensions", "RIFF"],
)
def test_the_largest_hostile_upload_is_answered_soon(data: bytes) -> None:
    """2 MB of what gives the most work: a fraction of a second, where a quadratic search would take hours."""
    began = time.process_time()
    assert size(read_header, data) in (NotAnImage, (61, 37))
    assert time.process_time() - began < 5
