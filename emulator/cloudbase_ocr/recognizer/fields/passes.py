"""Reading a document again where something is missing: lines that were left out, then the text enlarged.

What both readings say is merged: a field that one of them has not, from the other; where they differ, the one
with more confidence if that is enough, and else nothing, because a wrong answer is worse than a missing one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.page.page import Page

Fields = dict[str, Any]


def read_in_passes(
    page: Page, read: Callable[[Page], Fields | None], min_confidence: float = 0.8
) -> Fields | None:
    """The fields that `read` finds, after as many passes as it takes; None when the document is not found.

    Of two readings that differ, one is taken when each of its characters has `min_confidence`.
    """
    fields = read(page)
    if _complete(fields):
        return fields
    if page.recognize_left_out():
        fields = read(page)
        if _complete(fields):
            return fields
    closer = page.closer()
    return fields if closer is None else _merged(page, fields, closer, read(closer), min_confidence)


def _complete(fields: Fields | None) -> bool:
    return fields is not None and all(value != "" for value in fields.values())


def _merged(
    page: Page, first: Fields | None, closer: Page, second: Fields | None, min_confidence: float
) -> Fields | None:
    if first is None or second is None:
        page.report.fields.update(closer.report.fields if first is None else {})
        return second if first is None else first
    merged = dict(first)
    for name, value in second.items():
        before = first.get(name, "")
        if not isinstance(value, str) or not value or value == before:
            merged.setdefault(name, value)
            continue
        then, now = page.report.fields.get(name), closer.report.fields.get(name)
        confidence = [each.confidence if each else 0.0 for each in (then if before else None, now)]
        if before and max(confidence) < min_confidence:
            merged[name] = ""
            page.report.fields.pop(name, None)
        elif confidence[1] > confidence[0]:
            merged[name] = value
            if now:
                page.report.fields[name] = now
    return merged
