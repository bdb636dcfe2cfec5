"""Checks a reply against the contract, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wxcloud.contract import Field, Method

MAX_VALUES = 100_000
"""Values within one field that the contract does not know, however they are nested."""
MAX_DEPTH = 50

_QUOTE = "put it in quotes"
_MAX_BITS = 1024
_SHOWN = 200

_TYPES: dict[str, Any] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}


class FixtureError(ValueError):
    """A fixture cannot be used; the message names file, fixture and field."""


def check_reply(method: Method, reply: Any, outside: Any, where: str) -> dict[str, Any]:
    """Return the business fields of a reply in the contract's order.

    errcode may be 0 or the "0" that some pages print, and errmsg ok; both are left out of the result, because
    what is sent follows the settings (ruling R1). Any field may be absent (R22). Fields that `outside` lists need
    not be in the contract, and keep their place after those that are.

    Raises:
        FixtureError: the reply does not follow the contract.
    """
    if not isinstance(reply, dict):
        raise FixtureError(f"{where}: reply: must be a mapping")
    if not isinstance(outside, list) or not all(isinstance(name, str) for name in outside):
        raise FixtureError(f"{where}: outside: must be a list of field names")
    if type(reply.get("errcode", 0)) is bool or reply.get("errcode", 0) not in (0, "0"):
        raise FixtureError(f"{where}: reply.errcode: must be 0; for a failure give error instead of reply")
    if reply.get("errmsg", "ok") != "ok":
        raise FixtureError(f"{where}: reply.errmsg: must be ok; for a failure give error instead of reply")
    known = {field.name: field for field in method.fields}
    for name, value in reply.items():
        if name in ("errcode", "errmsg"):
            continue
        if name in outside:
            check_plain(value, f"{where}: reply.{name}")
            continue
        if name not in known:
            raise FixtureError(
                f"{where}: reply.{name}: the contract of {method.key} has no such field; its fields are "
                f"{', '.join(known)}. If it is meant, list it under outside"
            )
        _check_value(known[name], value, f"{where}: reply.{name}")
    _check_side(method, reply, where)
    ordered = {name: reply[name] for name in known if name in reply}
    return ordered | {name: reply[name] for name in reply if name in outside}


def _check_value(field: Field, value: Any, where: str) -> None:
    if not isinstance(value, _TYPES[field.type]) or isinstance(value, bool):
        advice = f"; {_QUOTE}" if field.type == "string" and not isinstance(value, (dict, list)) else ""
        raise FixtureError(f"{where}: must be of type {field.type}, and is {type(value).__name__}{advice}")
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise FixtureError(f"{where}: must be a number that fits, and is {told(value)}")
    if field.type == "array":
        for number, item in enumerate(value):
            if not isinstance(item, dict):
                raise FixtureError(f"{where}[{number}]: must be of type object, and is {type(item).__name__}")
            _check_children(field, item, f"{where}[{number}]")
    elif field.type == "object":
        _check_children(field, value, where)


def _check_children(field: Field, value: dict[str, Any], where: str) -> None:
    known = {child.name: child for child in field.fields}
    for name, inner in value.items():
        if name not in known:
            raise FixtureError(f"{where}.{name}: unknown; its fields are {', '.join(known)}")
        _check_value(known[name], inner, f"{where}.{name}")


def _check_side(method: Method, reply: dict[str, Any], where: str) -> None:
    """A field of one side may not stand in a reply that says it is the other."""
    if reply.get("type") not in method.sides:
        return
    for field in method.fields:
        if field.side not in (None, reply["type"]) and field.name in reply:
            raise FixtureError(
                f"{where}: reply.{field.name}: belongs to the {field.side} side, not {reply['type']}"
            )


def told(value: Any) -> str:
    """Return a value for a message: cut, and without the number of a million digits that Python refuses to write."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def check_plain(value: Any, where: str) -> None:
    """Check what no contract describes: JSON must have it, and it must be written out in bounded time and memory."""
    waiting, count = [(value, 0)], 0
    while waiting:
        inner, depth = waiting.pop()
        count += 1
        if count > MAX_VALUES or depth > MAX_DEPTH:
            raise FixtureError(
                f"{where}: has more than {MAX_VALUES} values, or {MAX_DEPTH} levels; make it smaller"
            )
        if isinstance(inner, dict):
            waiting += [(each, depth + 1) for item in inner.items() for each in item]
        elif isinstance(inner, list):
            waiting += [(each, depth + 1) for each in inner]
        elif isinstance(inner, int) and inner.bit_length() > _MAX_BITS:
            raise FixtureError(f"{where}: {told(inner)} is no number that fits; {_QUOTE}")
        elif not isinstance(inner, (str, int, float, type(None))):
            raise FixtureError(f"{where}: {told(inner)} is nothing that JSON has; {_QUOTE}")
