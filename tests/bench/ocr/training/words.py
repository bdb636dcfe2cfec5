"""Texts to train on: words of a dictionary, rare characters, numbers, dates and codes. Nothing of the benchmark's."""

from __future__ import annotations

import importlib.util
import random
from functools import cache
from itertools import accumulate
from pathlib import Path

from cloudbase_ocr.recognizer.ocr.charset import chinese_characters

MARKS = "、，；：。（）"
LETTERS = "ABCDEFGHJKLMNPQRTUWXY"
DIGITS = "0123456789"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SHORTEST, LONGEST = 3, 12
# Frequent words and characters are drawn less often than in running text, so that rare ones are learnt as well.
WORD_POWER, CHARACTER_POWER = 0.7, 0.35


@cache
def _dictionary() -> tuple[list[str], list[float], list[str], list[float]]:
    """Words and characters, each with sums of their weights: of the dictionary inside the package jieba."""
    spec = importlib.util.find_spec("jieba")
    if spec is None or spec.origin is None:
        raise SystemExit("the dictionary of the package jieba is needed; run: pip install jieba")
    known = chinese_characters()
    words: dict[str, float] = {}
    characters = dict.fromkeys(sorted(known), 0.0)
    for line in Path(spec.origin).with_name("dict.txt").read_text("utf-8").splitlines():
        word, count, _ = line.split(" ")
        if len(word) < 8 and known.issuperset(word):
            words[word] = float(count) ** WORD_POWER
        for each in known.intersection(word):
            characters[each] += float(count)
    weights = [weight**CHARACTER_POWER + 0.5 for weight in characters.values()]
    return list(words), list(accumulate(words.values())), list(characters), list(accumulate(weights))


def text(rng: random.Random) -> str:
    """A line of 3 to 12 characters."""
    length, kind = rng.randint(SHORTEST, LONGEST), rng.random()
    if kind < 0.12:
        return pattern(rng)[: length + 2]
    if kind < 0.17:
        return "".join(_character(rng) for _ in range(length))
    line = ""
    while len(line) < length:
        part = rng.random()
        if part < 0.1 and line:
            line += rng.choice(MARKS)
        elif part < 0.16:
            line += pattern(rng)
        else:
            line += _character(rng) if part < 0.20 else _word(rng)
    return line[:length]


def pattern(rng: random.Random) -> str:
    """Dates, amounts, codes, plates, Latin letters."""
    year, month, day = rng.randint(1950, 2049), rng.randint(1, 12), rng.randint(1, 31)
    unit = rng.choice(("万元", "元", "人", "kg", "mm", "%", "年", "号", "弄", "组"))
    cents = rng.choice(("", ".5", ".00", ".8"))
    return rng.choice(
        (
            f"{year}年{month:02}月{day:02}日",
            f"{year}-{month:02}-{day:02}",
            _some(rng, DIGITS, 3, 12),
            _some(rng, LETTERS + DIGITS, 5, 12),
            f"{rng.randint(1, 999)}号{rng.randint(1, 40)}幢{_some(rng, DIGITS, 3, 3)}室",
            f"{rng.randint(1, 200)}{cents}{rng.choice(('元', '', '元/份'))}",
            f"{_some(rng, DIGITS, 1, 4)}{unit}",
            f"{rng.choice(PROVINCES)}{rng.choice(LETTERS)}{_some(rng, LETTERS + DIGITS, 5, 5)}",
            _some(rng, "abcdefghijklmnopqrstuvwxyz", 3, 9),
        )
    )


def _some(rng: random.Random, characters: str, least: int, most: int) -> str:
    return "".join(rng.choices(characters, k=rng.randint(least, most)))


def _word(rng: random.Random) -> str:
    words, sums, _, _ = _dictionary()
    return rng.choices(words, cum_weights=sums)[0]


def _character(rng: random.Random) -> str:
    _, _, characters, sums = _dictionary()
    return rng.choices(characters, cum_weights=sums)[0]
