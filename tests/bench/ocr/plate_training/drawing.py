"""Drawn plates: every colour and form of GA 36, and those of armed police and airports, one millimetre a pixel."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.fields.formats import DIGITS, LETTERS
from tests.bench.ocr.plate_training.glyphs import CELL, HIGH, glyph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[Any]
    Colour = tuple[float, float, float]

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# Blue, green, red.
BLUE, YELLOW, BLACK, SNOW, GREEN = (166, 70, 20), (30, 180, 240), (30, 28, 28), (236, 236, 234), (80, 140, 30)
WHITE, INK, RED = (246, 244, 242), (22, 22, 22), (40, 30, 200)


@dataclass
class Plate:
    """A flat plate: its pixels, the text in order, and the box of each character (left, top, right, bottom)."""

    pixels: Pixels
    text: str
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    rows: int = 1


def plate(rng: random.Random) -> Plate:
    """A plate of any kind, blue ones most often."""
    kind = rng.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    return KINDS[kind][1](rng)


def _serial(rng: random.Random, length: int = 5) -> str:
    letters = rng.choices((0, 1, 2), (5, 4, 2))[0]
    places = set(rng.sample(range(length), letters))
    return "".join(rng.choice(LETTERS if place in places else DIGITS) for place in range(length))


def _head(rng: random.Random) -> str:
    # The letter O looks like a zero; only its place tells them apart.
    return rng.choice(PROVINCES) + rng.choice(LETTERS + "0")


def _one_row(
    rng: random.Random,
    text: str,
    ground: Pixels,
    ink: Colour,
    *,
    gap: float = 12,
    red: str = "",
    dot: int = 2,
) -> Plate:
    width = ground.shape[1]
    cells = CELL if len(text) == 7 else 43 if len(text) == 8 else 46
    start = rng.uniform(13, 17)
    room = width - 2 * start - len(text) * cells
    point = 22.0 if dot else 0.0
    gap = (room - point) / (len(text) - 1)
    found = Plate(ground, text)
    x = start
    for place, character in enumerate(text):
        _put(found, character, (x, 25.0, cells, HIGH), RED if character in red else ink, rng)
        x += cells + gap
        if place + 1 == dot:
            if rng.random() < 0.9:
                cv2.circle(
                    ground, (round(x + point / 2 - gap / 2), 70), rng.choice((4, 5, 6)), ink, -1, cv2.LINE_AA
                )
            x += point
    return found


def _put(
    found: Plate, character: str, box: tuple[float, float, float, float], ink: Colour, rng: random.Random
) -> None:
    x, y, wide, high = box
    mask = glyph(character, rng)
    width = max(4, round(mask.shape[1] * wide / CELL * rng.uniform(0.94, 1.04)))
    height = round(high * rng.uniform(0.96, 1.03))
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    left, top = round(x + (wide - width) / 2 + rng.uniform(-1.5, 1.5)), round(y + rng.uniform(-1.5, 1.5))
    left, top = max(0, left), max(0, top)
    part = found.pixels[top : top + height, left : left + width]
    mask = mask[: part.shape[0], : part.shape[1], None]
    if rng.random() < 0.3:  # embossing throws a little shadow
        shade = np.roll(mask, (2, 2), (0, 1)) * rng.uniform(0.1, 0.35)
        part *= 1 - shade
    part += (np.array(ink, np.float32) - part) * mask
    found.boxes.append((x, y, x + wide, y + high))


def _ground(width: int, height: int, colour: Colour, rim: Colour, rng: random.Random) -> Pixels:
    shifted = [min(255.0, max(0.0, each * rng.uniform(0.8, 1.2) + rng.uniform(-12, 12))) for each in colour]
    pixels = np.full((height, width, 3), shifted, np.float32)
    if rng.random() < 0.8:
        inset = rng.randint(2, 8)
        cv2.rectangle(
            pixels,
            (inset, inset),
            (width - inset, height - inset),
            rim,
            rng.choice((1, 2, 3, 4)),
            cv2.LINE_AA,
        )
    return pixels


def _bolts(pixels: Pixels, rng: random.Random) -> None:
    height, width = pixels.shape[:2]
    tone = rng.uniform(30, 230)
    for x in (0.25 * width, 0.75 * width):
        for y in (10, height - 10):
            if rng.random() < 0.5:
                cv2.circle(
                    pixels, (round(x), round(y)), rng.randint(3, 8), (tone, tone, tone), -1, cv2.LINE_AA
                )


def _plain(text: str, ground: Colour, ink: Colour, rng: random.Random, red: str = "", dot: int = 2) -> Plate:
    pixels = _ground(440, 140, ground, ink, rng)
    _bolts(pixels, rng)
    return _one_row(rng, text, pixels, ink, red=red, dot=dot)


def _blue(rng: random.Random) -> Plate:
    return _plain(_head(rng) + _serial(rng), BLUE, WHITE, rng)


def _yellow(rng: random.Random) -> Plate:
    end = rng.choice(("", "", "学", "挂"))
    return _plain(_head(rng) + _serial(rng, 5 - len(end)) + end, YELLOW, INK, rng)


def _white(rng: random.Random) -> Plate:
    return _plain(_head(rng) + _serial(rng, 4) + "警", SNOW, INK, rng, red="警")


def _black(rng: random.Random) -> Plate:
    if rng.random() < 0.3:
        return _plain("使" + "".join(rng.choices(DIGITS, k=6)), BLACK, WHITE, rng, red="使", dot=0)
    end = rng.choice(("港", "澳", "领", "", ""))
    red = "领" if rng.random() < 0.5 else ""
    head = "粤Z" if end in ("港", "澳") and end else _head(rng)
    return _plain(head + _serial(rng, 5 - len(end)) + end, BLACK, WHITE, rng, red=red)


def _temporary(rng: random.Random) -> Plate:
    """Trials, oversize vehicles, police of the armed forces, airports: rare ones."""
    kind = rng.choice(("试", "超", "WJ", "WJ", "WJ", "民航"))
    if kind == "WJ":
        text = (
            f"WJ{rng.choice(PROVINCES)}" + "".join(rng.choices(DIGITS, k=4)) + rng.choice(DIGITS + "BDHJSTXZ")
        )
        return _plain(text, SNOW, INK, rng, red="WJ", dot=rng.choice((0, 2, 3)))
    if kind == "民航":
        return _plain("民航" + _serial(rng), GREEN, WHITE, rng)
    return _plain(_head(rng) + _serial(rng, 4) + kind, SNOW, INK, rng)


def _electric(rng: random.Random) -> Plate:
    large = rng.random() < 0.2
    mark = rng.choice("ABCDEFGHJK")
    digits = "".join(rng.choices(DIGITS, k=4))
    body = digits + rng.choice(DIGITS) + mark if large else mark + rng.choice(LETTERS + DIGITS * 2) + digits
    pixels = _ground(480, 140, SNOW, INK, rng)
    top, bottom = (
        np.array((rng.uniform(190, 245),) * 3),
        np.array((110, rng.uniform(160, 220), rng.uniform(50, 110))),
    )
    down = np.linspace(0, 1, 140)[:, None, None] ** rng.uniform(0.5, 1.5)
    pixels[:] = top + (bottom - top) * down
    if large:
        pixels[:, :118] = YELLOW
    _bolts(pixels, rng)
    return _one_row(rng, _head(rng) + body, pixels, INK)


def _two_rows(rng: random.Random) -> Plate:
    colours = ((YELLOW, INK), (YELLOW, INK), (YELLOW, INK), (BLUE, WHITE), (SNOW, INK), (GREEN, WHITE))
    ground, ink = rng.choice(colours)
    pixels = _ground(440, 220, ground, ink, rng)
    _bolts(pixels, rng)
    end = rng.choice(("", "", "", "挂", "学")) if ground == YELLOW else "警" if ground == SNOW else ""
    text = _head(rng) + _serial(rng, 5 - len(end)) + end
    found = Plate(pixels, text, rows=2)
    wide = rng.uniform(-15, 15)
    _put(found, text[0], (110 - wide, 15, 80, 60), ink, rng)
    _put(found, text[1], (250 + wide, 15, 80, 60), ink, rng)
    for place, character in enumerate(text[2:]):
        colour = RED if character == "警" else ink
        _put(found, character, (27 + 80 * place, 90, 65, 110), colour, rng)
    return found


KINDS = {
    "blue": (40, _blue),
    "electric": (14, _electric),
    "yellow": (12, _yellow),
    "two rows": (12, _two_rows),
    "white": (7, _white),
    "black": (8, _black),
    "temporary": (7, _temporary),
}
