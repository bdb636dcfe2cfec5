"""Choices that depend on a key and on what is replaced, and on nothing else.

HMAC-SHA256 with a secret key: the same original gives the same choices for as long as the key is the same, and without
the key nobody can test a guess of the original. No generator of the standard library is involved, whose sequences
could differ between Python versions.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")

DIGITS = "0123456789"
WINDOW = 6
_ATTEMPTS = 50


class Dice:
    """An endless row of choices for one original."""

    def __init__(self, key: bytes, kind: str, original: str, attempt: int = 0) -> None:
        """Begin the row for `original` as a value of `kind`; another `attempt` is another row."""
        text = f"{kind}\0{attempt}\0{original}".encode("utf-8", "surrogatepass")
        self._seed = hmac.new(key, text, hashlib.sha256).digest()
        self._count = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1."""
        self._count += 1
        block = hmac.new(self._seed, self._count.to_bytes(4, "big"), hashlib.sha256).digest()
        return int.from_bytes(block[:8], "big") % limit

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one of `items`."""
        return items[self.below(len(items))]

    def digits(self, count: int) -> str:
        """Return `count` digits."""
        return "".join(self.choice(DIGITS) for _ in range(count))


def fresh(key: bytes, kind: str, original: str, make: Callable[[Dice], str], prefix: int = 0) -> str:
    """Return what `make` invents, tried again while it shares six characters in a row with `original`.

    The first `prefix` characters do not count: they are those of a range that nobody owns.
    """
    invented = ""
    for attempt in range(_ATTEMPTS):
        invented = make(Dice(key, kind, original, attempt))
        if not _shares(original[prefix:], invented[prefix:]):
            break
    return invented


def _shares(original: str, invented: str) -> bool:
    return any(original[at : at + WINDOW] in invented for at in range(len(original) - WINDOW + 1))
