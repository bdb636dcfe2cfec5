"""What was probably meant by a word that is misspelt."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIKE = 0.6
"""How alike two words are at least, as difflib has it by default."""


def nearest(word: str, known: Iterable[str], like: float = _LIKE) -> str:
    """Return the known word that is most like `word`, whatever the case; "" where none is."""
    by_lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), by_lower, 1, like)
    return by_lower[near[0]] if near else ""


def is_meant(word: str, known: Iterable[str]) -> str:
    """Return "; is KNOWN meant?" for a word that is misspelt, "" where none is like it."""
    near = nearest(word, known)
    return _("; is {near} meant?").format(near=near) if near else ""
