"""Damaged, lying and extreme pictures: each gets an answer or a refusal, in time, and the process lives on.

The pictures are read in a process of their own, so that a crash in native code or a runaway allocation is seen from
outside. A short series runs with the other tests; ``make soak`` sets MUTATED_IMAGES to 2000, and WRITE_FIGURES, which
writes them into docs/robustness.md.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.soak import page

pytestmark = pytest.mark.check

ROOT = Path(__file__).parents[3]
COUNT = int(os.environ.get("MUTATED_IMAGES", "23"))
CPU_SECONDS = (
    20.0  # of the processor, so that a busy machine fails nothing; the recognizer has a limit of its own
)
MEGABYTES = 700.0
# WeChat's 101002 and 101001.
REFUSALS = ("NotAnImage", "ImageTooLarge", "DocumentNotFound")
KEYS = ("idcard", "bankcard", "driving", "drivinglicense", "bizlicense", "comm", "platenum", "menu")
SPECIMENS = (
    "idcard-front",
    "bankcard",
    "driving-front",
    "drivinglicense",
    "bizlicense",
    "printed-text",
    "platenum",
    "menu",
)

_HEAD = """| Pictures | Answered | 101001 | 101002 | Crashes | Slowest (processor) | Most memory |
| --- | --- | --- | --- | --- | --- | --- |"""

Mutation = Callable[[bytes, random.Random], bytes]


class Worker:
    """The recognizer in another process: a line of JSON for each picture, both ways."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.bench.ocr.worker", "ours"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._line()

    def read(self, key: str, path: Path) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"key": key, "path": str(path)}) + "\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        code = self._process.wait()
        self._process.stdout.close()
        return code

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the process ended with code {self._process.wait()}"
        message: dict[str, Any] = json.loads(line)
        return message


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _small(data: bytes) -> Image.Image:
    return _opened(data).resize((320, 240))


def truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def bits_flipped(data: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.choice((1, 3, 20, 200))):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def bytes_moved(data: bytes, rng: random.Random) -> bytes:
    at, length, to = (rng.randrange(len(data)) for _ in range(3))
    piece = data[at : at + length % 5000]
    return data[:to] + piece + data[to:]


def zeroed(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes(rng.randrange(3000)) + data[at + rng.randrange(3000) :]


def huge_jpeg_header(data: bytes, rng: random.Random) -> bytes:
    frame = re.search(rb"\xff[\xc0\xc2]", data)  # baseline or progressive
    assert frame
    at = frame.start() + 5
    return (
        data[:at] + struct.pack(">HH", *(rng.choice((0, 1, 20_000, 65_500)) for _ in "hw")) + data[at + 4 :]
    )


def huge_png_header(data: bytes, rng: random.Random) -> bytes:
    png = _saved(_small(data), "PNG")
    size = (rng.choice((0, 1, 90_000, 2**31 - 1)), rng.choice((0, 1, 90_000, 2**31 - 1)))
    header = b"IHDR" + struct.pack(">II", *size) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def one_pixel(data: bytes, rng: random.Random) -> bytes:
    return _saved(_opened(data).resize((1, 1)), rng.choice(("PNG", "JPEG", "GIF", "BMP", "WEBP")))


def strip(data: bytes, rng: random.Random) -> bytes:
    size = rng.choice(((20_000, 10), (10, 20_000), (2, 1900), (1900, 2), (4000, 81), (60, 2990), (7, 7)))
    return _saved(_opened(data).resize(size), "PNG")


def bomb(data: bytes, rng: random.Random) -> bytes:
    side = rng.choice((5000, 6300, 12_000))
    return _saved(Image.new("L", (side, side), rng.choice((0, 255))), "PNG", compress_level=1)


def animated(data: bytes, rng: random.Random) -> bytes:
    frames = [_small(data).rotate(angle) for angle in (0, 90, 180)]
    kind = rng.choice(("GIF", "WEBP", "PNG"))
    return _saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=40)


def cmyk(data: bytes, rng: random.Random) -> bytes:
    return _saved(_opened(data).convert("CMYK"), "JPEG", quality=rng.randint(20, 95))


def sixteen_bits(data: bytes, rng: random.Random) -> bytes:
    grey = np.asarray(_opened(data).convert("L"), np.uint16) * rng.choice((1, 16, 257))
    return _saved(Image.fromarray(grey), "PNG")


def grey(data: bytes, rng: random.Random) -> bytes:
    return _saved(_opened(data).convert(rng.choice(("L", "LA", "1"))), "PNG")


def palette(data: bytes, rng: random.Random) -> bytes:
    reduced = _opened(data).quantize(rng.choice((2, 16, 256)))
    return _saved(reduced, rng.choice(("PNG", "GIF")), transparency=rng.randrange(2))


def see_through(data: bytes, rng: random.Random) -> bytes:
    picture = _opened(data)
    picture.putalpha(Image.effect_noise(picture.size, rng.uniform(20, 120)))
    return _saved(picture, rng.choice(("PNG", "WEBP")))


def lying_exif(data: bytes, rng: random.Random) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = rng.choice((0, 2, 3, 5, 6, 8, 9, 255, 60_000))
    exif[0xA002] = rng.choice((0, 1, 2**31))
    return _saved(_opened(data), "JPEG", exif=exif)


def broken_exif(data: bytes, rng: random.Random) -> bytes:
    body = b"Exif\0\0" + rng.randbytes(rng.randrange(200))
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def other_container(data: bytes, rng: random.Random) -> bytes:
    kind = rng.choice(("BMP", "GIF", "WEBP", "TIFF", "PPM", "ICO", "PDF", "JPEG2000"))
    return _saved(_small(data), kind)


def two_in_one(data: bytes, rng: random.Random) -> bytes:
    png = _saved(_small(data), "PNG")
    return rng.choice((png[:33] + data, data + png, data[:40] + png, b"\0" * rng.randrange(9) + data))


def no_picture(data: bytes, rng: random.Random) -> bytes:
    return rng.choice(
        (
            b"",
            b"\xff",
            b"GIF89a",
            b"BM",
            b"RIFF....WEBP",
            b"<svg/>",
            rng.randbytes(5000),
            b"\x89PNG\r\n\x1a\n",
        )
    )


def no_document(data: bytes, rng: random.Random) -> bytes:
    noise = np.random.default_rng(rng.randrange(2**32)).integers(0, 256, (480, 640, 3), np.uint8)
    plain = np.full((700, 900, 3), rng.randrange(256), np.uint8)
    return _saved(Image.fromarray(rng.choice((noise, plain))), "JPEG")


def turned_and_torn(data: bytes, rng: random.Random) -> bytes:
    picture = _opened(data).rotate(rng.uniform(0, 360), expand=True)
    box = (
        sorted(rng.randrange(picture.width) for _ in "ab"),
        sorted(rng.randrange(picture.height) for _ in "ab"),
    )
    (left, right), (top, bottom) = box
    return _saved(picture.crop((left, top, right + 1, bottom + 1)), "JPEG", quality=rng.randint(1, 60))


def progressive(data: bytes, rng: random.Random) -> bytes:
    file = _saved(_opened(data), "JPEG", progressive=True, quality=rng.randint(1, 95))
    return file if rng.random() < 0.5 else truncated(file, rng)


MUTATIONS: tuple[Mutation, ...] = (
    truncated,
    bits_flipped,
    bytes_moved,
    zeroed,
    huge_jpeg_header,
    huge_png_header,
    one_pixel,
    strip,
    bomb,
    animated,
    cmyk,
    sixteen_bits,
    grey,
    palette,
    see_through,
    lying_exif,
    broken_exif,
    other_container,
    two_in_one,
    no_picture,
    no_document,
    turned_and_torn,
    progressive,
)


@pytest.fixture
def worker() -> Iterator[Worker]:
    started = Worker()
    yield started
    assert started.close() == 0


@pytest.mark.timeout(10 * 60 + COUNT)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_every_mutated_picture_is_answered_or_refused(worker: Worker, tmp_path: Path) -> None:
    """MUTATED_IMAGES pictures, each kind of damage in turn, read as each document in turn."""
    folder = files("cloudbase_ocr.specimens")
    specimens = [folder.joinpath(f"{name}.jpg").read_bytes() for name in SPECIMENS]
    bad, outcomes, slowest, memory = [], Counter[str](), 0.0, 0.0
    grown: list[tuple[float, str]] = []
    for number in range(COUNT):
        rng = random.Random(number)
        mutation = MUTATIONS[number % len(MUTATIONS)]
        place = number // len(MUTATIONS) % len(KEYS)
        key = KEYS[place] if rng.random() < 0.8 else rng.choice(KEYS)
        path = tmp_path / "picture"
        path.write_bytes(mutation(specimens[place], rng))
        reply = worker.read(key, path)
        outcome = reply["error"].partition(":")[0] or "answered"
        outcomes[outcome] += 1
        slowest, growth = max(slowest, reply["cpu"]), max(0.0, reply["memory"] - memory)
        memory += growth
        grown.append((growth, f"{number} {mutation.__name__}"))
        if (reply["error"] and outcome not in REFUSALS) or reply["cpu"] > CPU_SECONDS or memory > MEGABYTES:
            bad.append(
                f"{number} {mutation.__name__} as {key}: {reply['cpu']:.1f} s, {memory:.0f} MB, {reply['error']}"
            )
    print(f"{COUNT} pictures: {dict(outcomes)}, slowest {slowest:.2f} s of CPU, at most {memory:.0f} MB")
    print("memory grew with:", *(f"{name} +{growth:.0f}" for growth, name in sorted(grown)[-5:]), sep="\n  ")
    if os.environ.get("WRITE_FIGURES"):
        figures = (
            COUNT,
            outcomes["answered"],
            outcomes["DocumentNotFound"],
            outcomes["NotAnImage"] + outcomes["ImageTooLarge"],
            0,
            f"{slowest:.1f} s",
            f"{memory:.0f} MB",
        )
        page.write("pictures", f"{_HEAD}\n| {' | '.join(map(str, figures))} |")
    assert not bad, "\n".join(bad)
    assert {"answered", *REFUSALS} <= set(outcomes), outcomes
