"""A picture as it was read: the fields that are sent, or the error, and what both rest on, row for row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers.refusals import as_wechat
from cloudbase_ocr.recognizer import Evidence, RecognitionError
from wxcloud.casing import to_camel
from wxcloud.contract import METHODS, by_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.answers.shape import Shape
    from cloudbase_ocr.core.errors import WeChatError
    from cloudbase_ocr.recognizer import Explanation, Service
    from wxcloud.contract import Method

TEXT_METHOD = "comm"
PRINTED_TEXT = next(method for method in METHODS if method.key == TEXT_METHOD)
"""What a picture counts as where nothing tells which document it shows."""

CORNERS = ("left_top", "right_top", "right_bottom", "left_bottom")


@dataclass(frozen=True)
class CheckState:
    """What a value proves: `name` is stable, `text` is for people."""

    name: str
    ok: bool
    text: str


@dataclass(frozen=True)
class FieldRow:
    """One value of a reply: its path in WeChat's JSON and in the cloud call's, and the quads it was read from.

    `confidence` is null for what was not read as text; quads are in pixels of the picture as sent.
    """

    path: str
    camel: str
    value: Any
    confidence: float | None
    quads: list[list[dict[str, Any]]]
    checks: list[CheckState]


@dataclass(frozen=True)
class Explained:
    """What a picture was read as: the fields as they are sent, or the error; and what they rest on.

    `explanation` is None when nothing looked at the picture. `failure` is the recognizer's own word for `error`, where
    it is the recognizer that failed.
    """

    method: Method
    fields: dict[str, Any] | None
    error: WeChatError | None
    explanation: Explanation | None
    failure: RecognitionError | None = None


def explain(
    recognizer: Service,
    shape: Shape,
    method: Method | None,
    image: bytes,
    *,
    identify: bool = False,
    account: str = "",
) -> Explained:
    """Read a picture as a document of `method`, or as what it most likely shows.

    The recognizer serves accounts in turn. With `identify`, the explanation also tells which document it looks like
    where a method is given.
    """
    try:
        told = recognizer.explain(method.key if method else None, image, identify=identify, account=account)
    except RecognitionError as error:
        likely = method or _method(error.explanation)
        return Explained(likely, None, as_wechat(error), error.explanation, error)
    found = method or _method(told)
    return Explained(found, shape.apply(found, told.fields), None, told)


def _method(told: Explanation | None) -> Method:
    return (told and by_key(told.key)) or PRINTED_TEXT


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
            FieldRow(
                path,
                to_camel(path),
                value,
                evidence.confidence if evidence else None,
                quads,
                [CheckState(check.name, check.ok, check.text) for check in checks.get(path, ())],
            )
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
    """What a value rests on."""
    if method.key == "bankcard" and path == "id":  # the number again, see --bankcard-id
        path = "number"
    return explanation.evidence.get(path)


def _corners(quad: dict[str, Any]) -> list[dict[str, Any]]:
    return [quad[name] for name in CORNERS]
