"""Objects of the emulator as JSON: a dataclass is an object, its fields are the keys, in their order.

Chinese is written as it is, keys in the order in which they were put together.
"""

from __future__ import annotations

import json
from dataclasses import Field, fields, is_dataclass
from typing import Any

_ABSENT = "absent"

ABSENT = {_ABSENT: True}
"""Metadata of a field that is left out while it is None or empty; others are null then."""


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SPACED = json.JSONEncoder(ensure_ascii=False)


def encode_json(value: Any, *, compact: bool = True, errors: str = "replace") -> bytes:
    """Return `value` as JSON in UTF-8.

    Half a surrogate pair, which UTF-8 cannot write, becomes a question mark, as not every client reads its escape;
    `errors` as ``backslashreplace`` gives the escape.
    """
    return (_COMPACT if compact else _SPACED).encode(value).encode("utf-8", errors)


def as_json(value: Any) -> Any:
    """Return `value` as `json.dumps` takes it: dataclasses as objects, sequences as lists, dictionaries as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        known = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: as_json(inner)
            for field, inner in known
            if not (may_be_absent(field) and inner in (None, ()))
        }
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in value]
    return value


def may_be_absent(field: Field[Any]) -> bool:
    """Tell whether the JSON object may lack this field."""
    return bool(field.metadata.get(_ABSENT))
