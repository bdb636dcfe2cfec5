"""How the text of one field becomes its value, and how much confidence that takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class ResolveParams:
    """How much it takes to answer a value.

    `min_confidence`: a value with a character under it is read again. `beyond_doubt`: where the confidence in each
    character is this high, no other has support: no augmentation is needed, though no check digit is right.

    `open_confidence`: open text is taken with this confidence in each character; otherwise most readings must give it,
    and one of them with as much, or all of them as it was first read, and one with `confirmed`. On invented hard photos
    all readings agreed on names that were misread with up to 0.75.

    `agreeing`, `likely`: so many of the readings must agree, with no character under `likely`, when none of them has
    enough confidence. `support`: a text whose check digit is right is taken when it has this share of the likeliest
    text's probability.

    `word_share`, `word_likeness`: a word of a list is taken when it has this share of the probability of all of them,
    and its characters, on the average, at least this one among all characters: then it is not merely the least unlike
    of them. `max_rows`: values of more rows are not read again: it would take seconds. `legible`: nor lines with less
    mean confidence than this: that is what is read from a mosaic.
    """

    min_confidence: float = 0.6
    beyond_doubt: float = 0.95
    open_confidence: float = 0.9
    confirmed: float = 0.8
    agreeing: int = 3
    likely: float = 0.25
    support: float = 0.2
    word_share: float = 0.9
    word_likeness: float = 0.15
    max_rows: int = 4
    legible: float = 0.5


RESOLVE = ResolveParams()
# Above this confidence a character is not doubtful; others may be mended after a list of words.
DOUBTLESS = 0.9
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
    min_confidence: float = RESOLVE.min_confidence
    counting: str = ""
    open: bool = False
    known: Callable[[str], object] | None = None
    words: Sequence[str] = ()

    def needed(self, value: str, params: ResolveParams = RESOLVE) -> float:
        """The confidence that each character of this value must have."""
        if self.known is not None and self.known(value):
            return self.min_confidence
        if self.checksum_ok is not None:
            return self.min_confidence if self.checksum_ok(value) else params.beyond_doubt
        return params.open_confidence if self.open else self.min_confidence


def one_of(words: Sequence[str], *, min_confidence: float = RESOLVE.min_confidence) -> FieldSpec:
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
