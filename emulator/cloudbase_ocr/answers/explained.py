"""A reading as people look at it: one row for each value of a reply, with what it rests on and what it proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from cloudbase_ocr.recognizer import Evidence
from wxcloud.casing import to_camel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.recognizer import Explanation
    from wxcloud.contract import Method

CORNERS = ("left_top", "right_top", "right_bottom", "left_bottom")


class CheckState(TypedDict):
    """What a value proves: `name` is stable, `text` is for people."""

    name: str
    ok: bool
    text: str


class FieldRow(TypedDict):
    """One value of a reply: its path in WeChat's JSON and in the cloud call's, and the quads it was read from.

    `confidence` is null for what was not read as text; quads are in pixels of the picture as sent.
    """

    path: str
    camel: str
    value: Any
    confidence: float | None
    quads: list[list[dict[str, Any]]]
    checks: list[CheckState]


def field_rows(method: Method, fields: dict[str, Any], explanation: Explanation) -> list[FieldRow]:
    """Return a row for each value; positions are rows of their own unless they are those of a text."""
    # Imported late: the readers need numpy.
    from cloudbase_ocr.recognizer.documents.consistency import checks_of

    checks = checks_of(method.key, fields)
    rows: list[FieldRow] = []
    for path, value, place in _leaves(fields):
        evidence = None if value == "" else _evidence(method, path, explanation)
        quads = [_corners(quad) for quad in evidence.quads] if evidence else []
        if place is not None:
            quads = [_corners(place)]
        rows.append(
            {
                "path": path,
                "camel": to_camel(path),
                "value": value,
                "confidence": evidence.confidence if evidence else None,
                "quads": quads,
                "checks": [
                    {"name": check.name, "ok": check.ok, "text": check.text} for check in checks.get(path, ())
                ],
            }
        )
    return rows


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any, dict[str, Any] | None]]:
    """Give path, value and place of every value."""
    if isinstance(value, dict) and set(value) == set(CORNERS):
        yield path, value, value
    elif isinstance(value, dict) and set(value) == {"text", "pos"}:
        yield f"{path}.text", value["text"], value["pos"]
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path, value, None


def _evidence(method: Method, path: str, explanation: Explanation) -> Evidence | None:
    """What a value rests on. That of a menu's content is what all its dishes rest on."""
    if method.key == "menu" and explanation.evidence:
        dishes = explanation.evidence.values()
        return Evidence(
            min(each.confidence for each in dishes), [quad for each in dishes for quad in each.quads]
        )
    if method.key == "bankcard" and path == "id":  # the number again, see --bankcard-id
        path = "number"
    return explanation.evidence.get(path)


def _corners(quad: dict[str, Any]) -> list[dict[str, Any]]:
    return [quad[name] for name in CORNERS]
