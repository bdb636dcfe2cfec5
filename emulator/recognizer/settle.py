"""From pieces of text to a field's value: as read when that is certain, else after a second look.

The second look reads each row again in several ways (other margins, stretched contrast, sharpened). A value is
answered when its characters are certain, when most looks agree on it, or when a check digit proves it. A check
digit chooses among what the pixels support; it never makes a character up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.recognizer.layout import certainty, joined, pieces, quad_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emulator.recognizer.form import Form
    from emulator.recognizer.frame import Frame
    from emulator.recognizer.layout import Piece
    from emulator.recognizer.lines import Line
    from emulator.recognizer.page import Page

# A value with a character under this certainty is looked at again.
SURE = 0.6
# Where each character is this certain, no other has support: no second look is needed, though nothing is proved.
BEYOND_DOUBT = 0.95
# So many of the looks must agree, with no character under LIKELY, when none of them is certain.
AGREEING, LIKELY = 3, 0.25
# A text that its check digit proves is taken when it has this share of the likeliest text's probability.
SUPPORT = 0.2
# A word of a list with so many characters is not read by chance.
TELLING = 3
# Values of more rows than this are not looked at again: it would take seconds.
MOST_ROWS = 4


@dataclass(frozen=True)
class Rule:
    """How one field's text becomes its value.

    `parse` gives the value in the contract's form, or nothing when the text cannot be one. `proved` tells
    values that check themselves. `only` are the characters that a value can have, for the second look. Where the
    form of a value gives the rest, such as the marks between the parts of a date, `counting` are the characters
    whose certainty counts.
    """

    parse: Callable[[str], str]
    only: str = ""
    proved: Callable[[str], bool] | None = None
    sure: float = SURE
    counting: str = ""


def settle(page: Page, name: str, found: Sequence[Piece], rule: Rule) -> str:
    """The value of field `name` from its pieces in reading order; empty when it cannot be told."""
    found = _fitting(found, rule)
    value, sure = rule.parse(joined(found)), certainty(found, rule.counting)
    if value and rule.proved is not None and rule.proved(value):
        page.note(name, found, 1.0)
        return value
    if value and sure >= (rule.sure if rule.proved is None else BEYOND_DOUBT):
        page.note(name, found, sure)
        return value
    again = _second_look(page, found, rule)
    if again[0]:
        value, sure = again
    elif sure < rule.sure:
        return ""
    page.note(name, found, sure)
    return value


def settle_form(page: Page, form: Form, frame: Frame, name: str, rule: Rule) -> str:
    """The value of a form's field. Where the detector found nothing beside a label, the place is read."""
    found = form.values.get(name, [])
    place = form.place(name)
    if found or place is None:
        return settle(page, name, found, rule)
    line = page.again(frame.box(*place), rule.only or None)
    if not line.text:
        return ""
    piece = pieces([line], frame)[0]
    value = rule.parse(joined([piece]))
    if not value or certainty([piece], rule.counting) < rule.sure:
        return ""
    page.note(name, [piece])
    return value


def _fitting(found: Sequence[Piece], rule: Rule) -> Sequence[Piece]:
    """The pieces, or the one of them that alone can be the value when all together cannot."""
    if len(found) > 1 and not rule.parse(joined(found)):
        return next(([piece] for piece in found if rule.parse(joined([piece]))), found)
    return found


def _second_look(page: Page, found: Sequence[Piece], rule: Rule) -> tuple[str, float]:
    if not found or len(found) > MOST_ROWS:
        return "", 0.0
    if rule.proved is not None and len(found) == 1:
        value = proved_text(page, found[0], rule)
        if value:
            return value, 1.0
    if certainty(found, rule.counting) >= rule.sure and rule.parse(joined(found)):
        return "", 0.0
    rows = [_best(page.looks(quad_of(piece), rule.only or None), rule.counting) for piece in found]
    value = rule.parse("".join(text for text, _ in rows).replace(" ", ""))
    sure = min(sure for _, sure in rows)
    return (value, sure) if value and sure >= rule.sure else ("", 0.0)


def proved_text(page: Page, piece: Piece, rule: Rule) -> str:
    """The likeliest text of a piece that proves itself, if the pixels support it well enough."""
    if rule.proved is None:
        return ""
    texts = page.hypotheses(quad_of(piece), rule.only)
    for text, probability in texts:
        value = rule.parse(text)
        if value and rule.proved(value) and probability >= SUPPORT * texts[0][1]:
            return value
    return ""


def _best(looks: Iterable[Line], counting: str) -> tuple[str, float]:
    """The text that the looks agree on most, and how sure it is."""
    sums: dict[str, list[float]] = {}
    for line in looks:
        scores = [
            score
            for character, score in zip(line.text, line.scores, strict=True)
            if (character in counting if counting else character != " ")
        ]
        sums.setdefault(line.text.replace(" ", ""), []).append(min(scores, default=0.0))
    text = max(sums, key=lambda text: sum(sums[text]))
    sure = max(sums[text])
    if len(sums[text]) >= AGREEING and min(sums[text]) >= LIKELY:
        sure = max(sure, SURE)
    return text, sure


def one_of(words: Sequence[str], *, sure: float = SURE) -> Rule:
    """A rule for values that can only be one of `words`. Words of so many characters prove themselves."""

    def parse(text: str) -> str:
        return text if text in words else ""

    return Rule(parse, "".join(sorted(set("".join(words)))), lambda text: len(text) >= TELLING, sure)
