"""Labels of a form: found as printed, spread out, in English beneath, or partly misread.

Each label has forms in Chinese and perhaps in English. Lines are cut at them; single characters that stand
apart (名　　称) are joined first. A misread label is accepted only for a name that was not found otherwise.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.layout.pieces import LabelSpan, Piece, part, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_IGNORED = " :：.·_-"
# What strokes and specks between the characters of a misread label are read as.
_SPECKS = _IGNORED + "、，,/|'`\"‘’"


@dataclass(frozen=True)
class LabelParams:
    """When a text is a label.

    `english_likeness`: English sub-labels are small print; this share of their letters must be right. `spread`:
    characters of one spread-out label stand at most this many heights apart. `gap`: a label may begin inside a line
    after a gap of so many character widths.
    """

    english_likeness: float = 0.7
    spread: float = 5.0
    gap: float = 1.8


LABEL = LabelParams()


@dataclass(frozen=True)
class Label:
    """A label's name, how it is printed, and where on the document.

    `place` is the left end and the middle of the Chinese label, each axis in a unit of its own; None for labels that
    have no fixed place. `value` is where its value is, in the same units. `sign` tells texts that can be nothing but
    this label's value, such as a number plate.
    """

    name: str
    forms: tuple[str, ...]
    english: tuple[str, ...] = ()
    place: tuple[float, float] | None = None
    value: tuple[float, float] | None = None
    sign: Callable[[str], object] | None = None


def cut(
    found: Iterable[Piece], labels: Sequence[Label], *, misread: bool = True, params: LabelParams = LABEL
) -> list[Piece]:
    """Cut pieces at the labels in them. English labels get the name with a ``~`` before it.

    Without `misread` only labels as they are printed count.
    """
    joined = _joined(list(found), labels, params.spread)
    exact = [piece for whole in joined for piece in _without_colons(whole, _exact(whole, labels, params.gap))]
    exact = [
        piece
        for whole in exact
        for piece in _without_colons(whole, _english(whole, labels, params.english_likeness))
    ]
    if not misread:
        return exact
    missing = [label for label in labels if not any(piece.label == label.name for piece in exact)]
    return [piece for whole in exact for piece in _without_colons(whole, _misread(whole, missing))]


def _without_colons(whole: Piece, spans: list[LabelSpan]) -> list[Piece]:
    """Cut a piece at labels; the colons and blanks behind them go."""
    found, at = [], 0
    for span in [] if whole.label else spans:
        if span.start > at:
            found += _rest(part(whole, 0, span.start), at)
        found.append(part(whole, span.start, span.end, span.label))
        at = span.end
    return [*found, *_rest(whole, at)] if at else [whole]


def _exact(whole: Piece, labels: Sequence[Label], gap: float) -> list[LabelSpan]:
    """Labels at the beginning of a line, after a gap in it, or after another label and a short value."""
    places = [index for index, character in enumerate(whole.text) if character not in _IGNORED]
    plain = "".join(whole.text[index] for index in places)
    spans: list[LabelSpan] = []
    for label in labels:
        for form in label.forms:
            at = plain.find(form)
            while at >= 0:
                start, end = places[at], places[at + len(form) - 1] + 1
                free = at == 0 or _after_gap(whole, start, gap) or _after_character(plain, at, labels)
                if free or (len(form) > 2 and _reads_as_label(plain, at)):
                    spans.append(LabelSpan(start, end, label.name))
                at = plain.find(form, at + 1)
    spans = [_widened(span, plain, places, labels) for span in spans]
    spans.sort(key=lambda span: (span.start, -span.end))
    kept: list[LabelSpan] = []
    for span in spans:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _widened(span: LabelSpan, plain: str, places: Sequence[int], labels: Sequence[Label]) -> LabelSpan:
    """The longer label that ends like this one, when its beginning was misread: 淮率引总质量 is not 总质量."""
    at, length = places.index(span.start), span.end - span.start
    for label in labels:
        for form in label.forms:
            head = form[: len(form) - length]
            if not head or form[len(head) :] != plain[at : at + length] or at < len(head):
                continue
            if any(a == b for a, b in zip(head, plain[at - len(head) : at], strict=True)):
                return LabelSpan(places[at - len(head)], span.end, label.name)
    return span


def _reads_as_label(plain: str, at: int) -> bool:
    """Whether what stands before is no sentence: values before a label in one line are short."""
    return at <= 24 and not re.search(r"[，。；、（(]", plain[:at])


def _after_character(plain: str, at: int, labels: Sequence[Label]) -> bool:
    """Whether another label and a value of one character stand before, and nothing else: 性别女民族."""
    return any(
        plain.startswith(form) and len(form) == at - 1 for label in labels for form in label.forms if at > 1
    )


def _after_gap(whole: Piece, start: int, gap: float) -> bool:
    centers = whole.line.centers[whole.start : whole.end]
    if start == 0 or len(centers) < 3:
        return start == 0
    before = start - 1
    while before > 0 and whole.text[before] == " ":
        before -= 1
    pitch = sorted(b - a for a, b in itertools.pairwise(centers))[(len(centers) - 1) // 2]
    return centers[start] - centers[before] > gap * max(pitch, 1e-6)


def _english(whole: Piece, labels: Sequence[Label], likeness: float) -> list[LabelSpan]:
    if whole.label or not re.match(r"[A-Za-z]", whole.text):
        return []
    latin = re.match(r"[A-Za-z.' ]*[A-Za-z.]", whole.text)
    if latin is None:
        return []
    letters = re.sub(r"[^a-z]", "", latin[0].lower())
    best = None
    for label in labels:
        for form in label.english:
            wanted = re.sub(r"[^a-z]", "", form.lower())
            if len(wanted) <= 3 and letters != wanted:
                continue
            alike = 1 - distance(letters, wanted) / max(len(letters), len(wanted))
            if alike > likeness:
                best, likeness = label.name, alike
            elif _begins(whole.text, form):
                return [LabelSpan(0, len(form), "~" + label.name)]
    return [LabelSpan(0, latin.end(), "~" + best)] if best else []


def _begins(text: str, form: str) -> bool:
    """Whether the label and its value were found as one line: Plate No.京A12345."""
    rest = text[len(form) :]
    return len(form) > 4 and text.lower().startswith(form.lower()) and bool(rest) and not rest[0].islower()


def _misread(whole: Piece, labels: Sequence[Label]) -> list[LabelSpan]:
    if whole.label:
        return []
    places = [index for index, character in enumerate(whole.text) if character not in _SPECKS]
    best, span = 1.0, None
    for label in labels:
        for form in label.forms:
            for length in {len(form), len(form) - 1, len(form) + 1}:
                head = "".join(whole.text[index] for index in places[:length])
                off = distance(head, form)
                if head and len(form) >= 3 and off <= max(1, len(form) // 3) and off / len(form) < best:
                    best, span = off / len(form), LabelSpan(0, places[:length][-1] + 1, label.name)
    return [span] if span else []


def _joined(found: list[Piece], labels: Sequence[Label], spread: float) -> list[Piece]:
    """Join single characters that stand apart in a row when together they are a label."""
    forms = {form: label.name for label in labels for form in label.forms}
    kept: list[Piece] = []
    for row in rows(found):
        at = 0
        while at < len(row):
            for end in range(min(len(row), at + 5), at + 1, -1):
                together = _together(row[at:end], forms, spread)
                if together:
                    kept += together
                    at = end
                    break
            else:
                kept.append(row[at])
                at += 1
    return kept


def _together(group: Sequence[Piece], forms: dict[str, str], spread: float) -> list[Piece]:
    """The label that these pieces are; the last of them may go on with the value."""
    if not all(b.left - a.right < spread * a.height for a, b in itertools.pairwise(group)):
        return []
    head = "".join(piece.text.replace(" ", "") for piece in group[:-1])
    last = group[-1]
    for form, name in forms.items():
        rest = form[len(head) :]
        if not form.startswith(head) or not rest or not last.text.startswith(rest):
            continue
        label = replace(group[0], text=form, right=part(last, 0, len(rest)).right, label=name)
        if len(last.text) == len(rest):
            return [label]
        return [label, *_rest(last, len(rest))]
    return []


def _rest(whole: Piece, at: int) -> list[Piece]:
    """What follows a label that ends at character `at`, without the colons between."""
    while at < len(whole.text) and whole.text[at] in " :：":
        at += 1
    return [part(whole, at, len(whole.text))] if at < len(whole.text) else []


def distance(first: str, second: str) -> int:
    """Edit distance: how many characters to put in, take out or change."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
