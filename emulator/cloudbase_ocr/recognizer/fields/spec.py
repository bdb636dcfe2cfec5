"""How the text of one field becomes its value, and how much confidence that takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A value with a character under this confidence is read again.
MIN_CONFIDENCE = 0.6
# Where the confidence in each character is this high, no other has support: no augmentation is needed, though nothing
# is proved.
BEYOND_DOUBT = 0.95
# Open text is taken with this confidence in each character.
OPEN_CONFIDENCE = 0.9
# A word of a list with so many characters is not read by chance.
TELLING = 3


@dataclass(frozen=True)
class FieldSpec:
    """How one field's text becomes its value.

    `parse` gives the value in the contract's form, or nothing when the text cannot be one. `checksum_ok` tells
    values whose check digit is right; others of that field must be beyond doubt. `only` are the characters that a value
    can have, for reading it again. Where the form of a value gives the rest, such as the marks between the parts of a
    date, `counting` are the characters whose confidence counts. `open` are names, addresses, numbers without a form
    of their own; `known` tells those values that are words of a list, for which `min_confidence` is enough even so.
    """

    parse: Callable[[str], str]
    only: str = ""
    checksum_ok: Callable[[str], bool] | None = None
    min_confidence: float = MIN_CONFIDENCE
    counting: str = ""
    open: bool = False
    known: Callable[[str], object] | None = None
    words: Sequence[str] = ()

    def needed(self, value: str) -> float:
        """The confidence that each character of this value must have."""
        if self.known is not None and self.known(value):
            return self.min_confidence
        if self.checksum_ok is not None:
            return self.min_confidence if self.checksum_ok(value) else BEYOND_DOUBT
        return OPEN_CONFIDENCE if self.open else self.min_confidence


def one_of(words: Sequence[str], *, min_confidence: float = MIN_CONFIDENCE) -> FieldSpec:
    """A spec for values that can only be one of `words`. Words of so many characters need no check digit."""

    def parse(text: str) -> str:
        return text if text in words else ""

    return FieldSpec(
        parse,
        "".join(sorted(set("".join(words)))),
        lambda text: len(text) >= TELLING,
        min_confidence,
        known=words.__contains__,
        words=words,
    )
