"""Typefaces to train on: those of the half `dev`, and others of Debian that neither half of the benchmark uses."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import ImageDraw, ImageFont

from tests.bench.ocr.fonts import installed

if TYPE_CHECKING:
    import random

# Debian packages that hold the files below, beside those of the benchmark.
PACKAGES = ("fonts-noto-cjk-extra", "fonts-lxgw-wenkai", "fonts-cns11643-kai", "fonts-cns11643-sung")
Face = tuple[str, int]  # file name, index of the face in the file
FALLBACK: Face = ("NotoSansCJK-Regular.ttc", 2)
# How often each is drawn.
CHINESE: dict[Face, int] = {
    FALLBACK: 3,
    ("NotoSansCJK-Medium.ttc", 2): 1,
    ("NotoSansCJK-Light.ttc", 2): 1,
    ("NotoSansCJK-DemiLight.ttc", 2): 1,
    ("NotoSerifCJK-Medium.ttc", 2): 1,
    ("NotoSerifCJK-Light.ttc", 2): 1,
    ("NotoSerifCJK-SemiBold.ttc", 2): 1,
    ("wqy-microhei.ttc", 0): 3,
    ("uming.ttc", 0): 5,
    ("gkai00mp.ttf", 0): 5,
    ("LXGWWenKai-Regular.ttf", 0): 3,
    ("LXGWWenKai-Bold.ttf", 0): 1,
    ("TW-Kai-98_1.ttf", 0): 2,
    ("TW-Sung-98_1.ttf", 0): 2,
}
LATIN: tuple[Face, ...] = (
    ("LiberationSans-Regular.ttf", 0),
    ("LiberationMono-Regular.ttf", 0),
    ("LiberationSansNarrow-Bold.ttf", 0),
    ("LiberationSerif-Regular.ttf", 0),
    ("LiberationSans-Bold.ttf", 0),
)
# How often Latin letters and digits come from the Chinese face itself.
OWN_LATIN = 0.3

Box = tuple[float, float, float, float]


def check_installed() -> None:
    """End with a message that names the packages when a file is missing."""
    missing = sorted({name for name, _ in (*CHINESE, *LATIN)} - set(installed()))
    if missing:
        raise SystemExit(
            f"font files are missing: {', '.join(missing)}; install them: apt-get install {' '.join(PACKAGES)}"
        )


def choose(rng: random.Random) -> tuple[Face, Face]:
    """A face for Chinese characters and one for ASCII."""
    chinese = rng.choices(list(CHINESE), list(CHINESE.values()))[0]
    return chinese, chinese if rng.random() < OWN_LATIN else rng.choice(LATIN)


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    faces: tuple[Face, Face],
    gap: float,
    ink: tuple[int, ...],
    size: int,
) -> Box:
    """Write with the baseline at `at`; give the box of the ink."""
    (x, y), boxes = at, []
    for character in text:
        face = faces[0] if character > "\x7f" else faces[1]
        font = _load(face if _has_glyph(face, character) else FALLBACK, size)
        draw.text((x, y), character, font=font, fill=ink, anchor="ls")
        boxes.append(draw.textbbox((x, y), character, font=font, anchor="ls"))
        x += font.getlength(character) + gap
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


@lru_cache(maxsize=64)
def _load(face: Face, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(installed()[face[0]], size, index=face[1])


@lru_cache(maxsize=200_000)
def _has_glyph(face: Face, character: str) -> bool:
    font = _load(face, 32)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffe"))
