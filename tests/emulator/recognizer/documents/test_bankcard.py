"""Bank cards as real ones are: embossed over pictures, in the angular face of cards, legible in few views."""

from __future__ import annotations

import random
from collections.abc import Sequence

import cv2
import numpy as np

from cloudbase_ocr.recognizer.fields.checksums import luhn_digit
from cloudbase_ocr.recognizer.image.geometry import Picture

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
    """A grey card, its number raised over dark lines: its edges have light and shadow, and no colour."""
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
            line = [(60 + pitch * place + x * pitch * 0.17, 330 + y * pitch * 0.17) for x, y in stroke]
            cv2.polylines(raised, [np.array(line, np.int32)], False, 255, 6, cv2.LINE_AA)
    height = cv2.GaussianBlur(raised.astype(np.float32) / 255, (0, 0), 1.8)
    light = cv2.Sobel(height, cv2.CV_32F, 1, 0) + 1.3 * cv2.Sobel(height, cv2.CV_32F, 0, 1)
    noise = np.random.default_rng(seed).normal(0, 3, card.shape)
    lit = np.clip(card + 45 * light + noise, 0, 255).astype(np.uint8)
    whole = cv2.copyMakeBorder(lit, 60, 60, 70, 70, cv2.BORDER_CONSTANT, value=(205,))
    return np.asarray(cv2.cvtColor(whole, cv2.COLOR_GRAY2BGR), np.uint8)
