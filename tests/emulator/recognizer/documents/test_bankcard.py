"""Bank cards as real ones are: embossed over pictures, in the angular face of cards, with digits few views show."""

from __future__ import annotations

import random
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from PIL import Image

from cloudbase_ocr.recognizer import DocumentNotFound, Recognizer
from cloudbase_ocr.recognizer.documents.bankcard import _main_row, _plain_text, _skip
from cloudbase_ocr.recognizer.fields.checksums import luhn_digit
from cloudbase_ocr.recognizer.image.geometry import Line, Picture, box
from cloudbase_ocr.recognizer.layout.pieces import pieces
from tests.emulator.recognizer.pictures import saved

# Strokes on a field of 4 by 6, as the raised digits of cards have them: wide, angular, 6 and 9 with open heads.
STROKES: dict[str, Sequence[Sequence[tuple[float, float]]]] = {
    "0": [[(0, 0), (4, 0), (4, 6), (0, 6), (0, 0)]],
    "1": [[(1, 0), (2.4, 0), (2.4, 6)], [(1, 6), (4, 6)]],
    "2": [[(0, 0), (4, 0), (4, 3), (0, 3), (0, 6), (4, 6)]],
    "3": [[(0, 0), (3.4, 0), (3.4, 3), (1, 3)], [(3.4, 3), (4, 3), (4, 6), (0, 6)]],
    "4": [[(0.6, 0), (0, 4), (4, 4)], [(2.8, 2.4), (2.8, 6)]],
    "5": [[(4, 0), (0, 0), (0, 2.6), (4, 2.6), (4, 6), (0, 6)]],
    "6": [[(0, 0), (0, 6), (4, 6), (4, 3), (0, 3)]],
    "7": [[(0, 1), (0, 0), (4, 0), (2, 3), (2, 6)]],
    "8": [[(0.4, 0), (3.6, 0), (3.6, 2.8), (0.4, 2.8), (0.4, 0)], [(0, 2.8), (0, 6), (4, 6), (4, 2.8)]],
    "9": [[(4, 3), (0, 3), (0, 0), (4, 0), (4, 6)]],
}


def invented(length: int, seed: int) -> str:
    """A number of nobody: no issuer has 999."""
    body = "999" + "".join(random.Random(seed).choices("0123456789", k=length - 4))
    return body + luhn_digit(body)


def fours(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def embossed(number: str, *, pitch: float = 46, seed: int = 0, art: int = 0) -> Picture:
    """A grey card on a table, its number raised over dark lines: edges with light and shadow, and no colour."""
    card = np.full((630, 1000), 128, np.uint8)
    chance = random.Random(seed)
    for _ in range(art):
        points = [(chance.randint(250, 900), chance.randint(150, 520))]
        for _ in range(6):
            points.append((points[-1][0] + chance.randint(-90, 90), points[-1][1] + chance.randint(-70, 70)))
        cv2.polylines(card, [np.array(points, np.int32)], False, 46, chance.choice((3, 4, 6)), cv2.LINE_AA)
    for text, at, size in (("HARBOUR BANK", (60, 110), 1.8), ("DEBIT CARD", (700, 110), 1.2)):
        cv2.putText(card, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 235, 4, cv2.LINE_AA)
    raised = np.zeros(card.shape, np.uint8)
    for place, character in enumerate(number):
        for stroke in STROKES.get(character, ()):
            corners = [(60 + pitch * (place + 0.17 * x), 330 + pitch * 0.17 * y) for x, y in stroke]
            cv2.polylines(raised, [np.array(corners, np.int32)], False, 255, 6, cv2.LINE_AA)
    height = cv2.GaussianBlur(raised.astype(np.float32) / 255, (0, 0), 1.8)
    light = cv2.Sobel(height, cv2.CV_32F, 1, 0) + 1.3 * cv2.Sobel(height, cv2.CV_32F, 0, 1)
    noise = np.random.default_rng(seed).normal(0, 3, card.shape)
    lit = np.clip(card + 45 * light + noise, 0, 255).astype(np.uint8)
    whole = cv2.copyMakeBorder(lit, 60, 60, 70, 70, cv2.BORDER_CONSTANT, value=(205,))
    return np.asarray(cv2.cvtColor(whole, cv2.COLOR_GRAY2BGR), np.uint8)


def line(
    text: str, left: float = 0, width: float = 0, *, top: float = 0, height: float = 40, sure: float = 0.95
) -> Line:
    """A line with this confidence in each digit, and less in every mark."""
    scores = tuple(sure if each.isdecimal() else 0.5 for each in text)
    centers = tuple((place + 0.5) / len(text) for place in range(len(text)))
    return Line(text, box(left, top, left + (width or 25 * len(text)), top + height), scores, centers)


ISSUED = "62" + invented(19, 4)[2:18]
ISSUED += luhn_digit(ISSUED)


def plain(*lines: Line) -> str:
    return _plain_text(pieces(lines))[1]


def test_fifteen_digits_with_a_right_luhn_digit_are_a_number_of_one_issuer_only() -> None:
    body = ISSUED[:14]
    assert plain(line(body + luhn_digit(body), sure=0.99)) == ""
    body = "37" + body[2:]
    assert plain(line(body + luhn_digit(body))) == body + luhn_digit(body)


def test_marks_between_groups_are_not_doubted() -> None:
    assert plain(line(f"{ISSUED[:8]}/{ISSUED[8:]}")) == ISSUED


def test_a_number_with_a_hole_needs_more_confidence() -> None:
    """Three digits may be missing there, and one number in ten has a right Luhn digit all the same."""
    head, tail = line(ISSUED[:10], sure=0.85), (ISSUED[10:], 250)
    assert plain(head, line(tail[0], 260, sure=0.85)) == ISSUED
    assert plain(head, line(tail[0], 350, sure=0.85)) == ""


def test_a_number_of_no_known_issuer_needs_more_confidence() -> None:
    number = invented(16, 1).replace("999", "099", 1)[:15]
    number += luhn_digit(number)
    assert plain(line(number, sure=0.85)) == ""
    assert plain(line(number)) == number


def test_the_row_of_the_number_is_the_largest_row_of_digits() -> None:
    seen = [
        line("6225", top=90, height=20),
        line("0005 4633", 300, top=40),
        line("12/30", top=120, height=60),
    ]
    row = _main_row(pieces([*seen, line("7631b", 100, top=40)]))
    assert [piece.text for piece in row] == ["7631b", "0005 4633"]
    assert _main_row(pieces(seen[::2])) == []


def test_small_print_and_single_characters_are_not_read_at_first() -> None:
    sizes = [(300, 60), (700, 64), (250, 50), (60, 20), (200, 20), (60, 60)]
    assert _skip([box(0, 0, *size) for size in sizes]) == [False, False, False, True, True, True]
    assert _skip([]) == []


@pytest.mark.check
@pytest.mark.parametrize("seed", [1, 5, 6])
def test_digits_raised_over_line_art_are_read(recognizer: Recognizer, seed: int) -> None:
    """None of the three was read before several views of the row were put together."""
    number = invented((16, 19)[seed % 2], seed)
    card = embossed(fours(number) if len(number) == 16 else number, seed=seed, art=6)
    told = recognizer.explain("bankcard", saved(Image.fromarray(card), "JPEG", quality=90))
    assert told.fields == {"number": number}
    [quad] = told.evidence["number"].quads
    assert quad["left_top"]["x"] < 200
    assert quad["right_top"]["x"] > 900


@pytest.mark.check
def test_a_number_that_cannot_be_told_is_not_answered(recognizer: Recognizer) -> None:
    """A part of it is covered."""
    card = embossed(fours(invented(16, 2)), seed=2)
    card[380:480, 500:640] = 60
    with pytest.raises(DocumentNotFound):
        recognizer.recognize("bankcard", saved(Image.fromarray(card), "JPEG", quality=90))
