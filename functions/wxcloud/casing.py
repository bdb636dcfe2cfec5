"""camelCase <-> snake_case, letter for letter as wx-server-sdk converts keys (observation: 4.0.2, executed).

Only keys change, never values. A key whose spelling changes moves to the end of its object, because the SDK
assigns the new key and deletes the old one; callers that compare JSON text depend on that order.
"""

from __future__ import annotations

import re
from typing import Any, Callable

_UPPER = re.compile("[A-Z]")
_UNDERSCORE_LOWER = re.compile("_[a-z]")


def to_snake(name: str) -> str:
    """Return the request key that the SDK sends: ``imgUrl`` -> ``img_url``, ``ImgUrl`` -> ``img_url``."""
    return _UPPER.sub(lambda match: ("_" if match.start() else "") + match.group().lower(), name)


def to_camel(name: str) -> str:
    """Return the reply key that the SDK shows: ``plate_num_b`` -> ``plateNumB``, ``_a`` -> ``A``.

    ``a__b`` becomes ``a_B``; digits do not convert: ``a_1`` stays.
    """
    return _UNDERSCORE_LOWER.sub(lambda match: match.group()[1].upper(), name)


def snake_keys(value: Any) -> Any:
    """Convert every key of `value`, at every depth, with :func:`to_snake`."""
    return _convert(value, to_snake)


def camel_keys(value: Any) -> Any:
    """Convert every key of `value`, at every depth, with :func:`to_camel`."""
    return _convert(value, to_camel)


def _convert(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return _convert_object(value, rename)
    if isinstance(value, list):
        return [_convert(item, rename) for item in value]
    return value


def _convert_object(value: dict[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    converted = dict(value)
    for key in value:
        item = _convert(converted[key], rename)
        new_key = rename(key)
        if new_key != key:
            del converted[key]
        converted[new_key] = item
    return converted
