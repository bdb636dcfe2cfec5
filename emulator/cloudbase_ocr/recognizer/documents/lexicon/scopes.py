"""What registered business scopes are made of, in the words that registries give to choose from.

Since 2021 a scope is put together from the entries of one national list (经营范围登记规范表述目录); these are its most
frequent ones, and some of the older wording. An entry that differs from one of them only in characters that were read
with doubt is taken to be it, if it is like no other.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields.spec import DOUBTLESS

if TYPE_CHECKING:
    from collections.abc import Sequence

# Entries are at least so long.
SHORTEST = 4
# At most this share of an entry's characters was misread, each of them doubtful.
MISREAD_ENTRY = 0.5
_ENTRY = re.compile("[^；;：:。，,]+")
_NARROW_BRACKETS = str.maketrans("（）", "()")


@cache
def entries() -> dict[int, list[str]]:
    """The entries by their length."""
    found: dict[int, list[str]] = {}
    for line in files(__package__).joinpath("scopes.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            found.setdefault(len(line), []).append(line)
    return found


def put_right(text: str, scores: Sequence[float]) -> tuple[str, list[float]]:
    """The text with its known entries in their own words, and the confidences: those of known entries are 1.

    Both keep their length. `scores` are the confidences of the characters.
    """
    characters, confidences = list(text), list(scores)
    for found in _ENTRY.finditer(text):
        start, end = found.span()
        entry = _meant(found[0], confidences[start:end])
        if entry:
            characters[start:end] = entry
            confidences[start:end] = [1.0] * len(entry)
    return "".join(characters), confidences


def _meant(text: str, scores: Sequence[float]) -> str:
    """The one entry that a text can be; nothing when there is none, or more than one that is as like it."""
    if len(text) < SHORTEST:
        return ""
    off = {entry: _off(text, entry) for entry in entries().get(len(text), [])}
    least = min(map(len, off.values()), default=len(text))
    nearest = [entry for entry, places in off.items() if len(places) == least]
    if len(nearest) != 1 or least > MISREAD_ENTRY * len(text):
        return ""
    return nearest[0] if all(scores[place] < DOUBTLESS for place in off[nearest[0]]) else ""


def _off(text: str, entry: str) -> list[int]:
    """Where a text differs from an entry, marks of either width being equal."""
    pairs = zip(text.translate(_NARROW_BRACKETS), entry.translate(_NARROW_BRACKETS), strict=True)
    return [place for place, (read, wanted) in enumerate(pairs) if read != wanted]
