"""Reading a document again where something is missing: lines that were left out, then what a second detection finds.

What both readings say is merged: a field that one of them has not, from the other; where they differ, the one
with more confidence if that is enough, and else nothing, because a wrong answer is worse than a missing one.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.image.geometry import Quad
    from cloudbase_ocr.recognizer.page.page import Page


def read_in_passes(
    page: Page, read: Callable[[Page], Reading | None], min_confidence: float = 0.8
) -> Reading | None:
    """What `read` finds, after as many passes as it takes; None when the document is not found.

    Another pass needs a reason: a document that is not found, or a field that the reading seeks. Only lines where
    something is sought are read anew. Of two readings that differ, one is taken when each of its characters has
    `min_confidence`.
    """
    reading = read(page)
    areas = _areas(reading)
    if areas != [] and page.recognize_left_out(areas):
        reading = read(page)
        areas = _areas(reading)
    closer = page.closer(areas) if areas != [] else None
    return reading if closer is None else _merged(reading, read(closer), min_confidence)


def _areas(reading: Reading | None) -> list[Quad | None] | None:
    """Where something is sought, as `Page.closer` takes it."""
    return None if reading is None else reading.areas


def _narrow(text: str) -> str:
    """The text with marks of one width: readings of one line often differ in it."""
    return unicodedata.normalize("NFKC", text)


def _merged(first: Reading | None, second: Reading | None, min_confidence: float) -> Reading | None:
    if first is None or second is None:
        return second if first is None else first
    fields, evidence = dict(first.fields), dict(first.evidence)
    for name, value in second.fields.items():
        before = first.fields.get(name, "")
        if not isinstance(value, str) or not value or _narrow(value) == _narrow(before):
            fields.setdefault(name, value)
            continue
        then, now = first.evidence.get(name), second.evidence.get(name)
        confidence = [each.confidence if each else 0.0 for each in (then if before else None, now)]
        if before and max(confidence) < min_confidence:
            fields[name] = ""
            evidence.pop(name, None)
        elif confidence[1] > confidence[0]:
            fields[name] = value
            if now:
                evidence[name] = now
    return Reading(fields, evidence)
