"""What a fixture has of the texts of a call: conditions that have to hold, and values that its reply repeats.

Conditions are on values of the query and of the form, and on the picture's size. A reply that was written may have
placeholders: ``{query.type}``, ``{form.note}``, ``{image.sha256}``. Nothing is evaluated: a placeholder is a name in
one of three groups, and everything else in a text stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers.checks import FixtureError, told
from cloudbase_ocr.core.redact import HIDDEN, hiding_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.answers.question import OcrRequest
    from cloudbase_ocr.core.calls import Trace

GROUPS = ("query", "form")
CONDITIONS = (*GROUPS, "size")
"""Keys of `match` that all have to hold; each of the others finds a fixture by itself."""
IMAGE = ("sha256", "size", "name")
_PLACEHOLDER = re.compile(r"\{(query|form|image)\.([\w-]{1,80})\}")
_LONGEST = 4096


def check_conditions(match: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """Return the conditions of a fixture's `match`.

    Raises:
        FixtureError: one can never hold.
    """
    found = {key: match[key] for key in CONDITIONS if key in match}
    size = found.get("size", 1)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise FixtureError(f"{where}: match.size: must be a number of bytes, and is {told(size)}")
    for group in GROUPS:
        values = found.get(group, {"": None})
        if not isinstance(values, dict) or not values:
            raise FixtureError(f"{where}: match.{group}: must be a mapping with names and values")
        for name, value in values.items():
            if not isinstance(name, str) or not isinstance(value, (str, type(None))):
                raise FixtureError(
                    f"{where}: match.{group}.{name}: must be a text, or null for what is not there, and is "
                    f"{told(value)}; put it in quotes"
                )
            if name and hiding_secrets("x", name) == HIDDEN:
                raise FixtureError(f"{where}: match.{group}.{name}: tokens and secrets are not compared")
    return found


def misses(conditions: Mapping[str, Any], request: OcrRequest, size: int) -> list[str]:
    """Return what does not hold of a request, whose picture has `size` bytes; 0: nobody has looked at one yet."""
    found = []
    for group in GROUPS:
        if group in conditions:
            sent = request.query if group == "query" else request.form()
            found += [
                f"{group}.{name}: expected {told(wanted)}, was {told(sent.get(name))}"
                for name, wanted in conditions[group].items()
                if sent.get(name) != wanted
            ]
    if conditions.get("size", size) != size:
        found.append(f"size: expected {conditions['size']}, was {size or 'not known'}")
    return found


def check_placeholders(value: Any, where: str) -> None:
    """Refuse a reply with a placeholder that never has a value, or has one that is a secret.

    Raises:
        FixtureError: it has one.
    """
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            check_placeholders(inner, where)
    if not isinstance(value, str):
        return
    for group, name in _PLACEHOLDER.findall(value):
        if group == "image" and name not in IMAGE:
            known = ", ".join(f"{{image.{each}}}" for each in IMAGE)
            raise FixtureError(f"{where}: there is no {{image.{name}}}; there are {known}")
        if hiding_secrets("x", name) == HIDDEN:
            raise FixtureError(
                f"{where}: {{{group}.{name}}} is a token or a secret, and never part of a reply"
            )


def filled(value: Any, request: OcrRequest, trace: Trace) -> Any:
    """Return a reply with the values of a request in place of the placeholders; what was not sent is empty."""
    if isinstance(value, dict):
        return {name: filled(inner, request, trace) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, request, trace) for inner in value]
    if not isinstance(value, str) or "{" not in value:
        return value

    def text(match: re.Match[str]) -> str:
        group, name = match[1], match[2]
        if group == "image":
            known = {"sha256": trace.sha256, "size": str(trace.size), "name": request.filename}
            return known.get(name, "")
        sent = request.query if group == "query" else request.form()
        return sent.get(name, "")[:_LONGEST]

    return _PLACEHOLDER.sub(text, value)
