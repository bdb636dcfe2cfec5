"""``{{env.X}}`` and its like in cloudbaserc.json, filled in as @cloudbase/cli does.

Observation: @cloudbase/toolbox 0.7.20, which the tool reads the file with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}", re.ASCII)


def fill_in(content: Any, variables: Mapping[str, str], missing: dict[str, str], place: str = "") -> Any:
    """Return `content` with each ``{{name}}`` in its texts replaced; what `variables` lack becomes empty.

    `missing` gets the names that were lacking, with the place of the first: ``functions[0].envVariables.KEY``.
    """
    if isinstance(content, str):

        def value_of(match: re.Match[str]) -> str:
            if match[1] not in variables:
                missing.setdefault(match[1], place)
            return variables.get(match[1], "")

        return _TEMPLATE.sub(value_of, content)
    if isinstance(content, dict):
        return {
            key: fill_in(value, variables, missing, f"{place}.{key}" if place else str(key))
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [fill_in(item, variables, missing, f"{place}[{index}]") for index, item in enumerate(content)]
    return content


def names_in(content: Any) -> set[str]:
    """Return the names that the texts of `content` ask for, such as ``env.X``."""
    if isinstance(content, str):
        return set(_TEMPLATE.findall(content))
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return {name for part in parts for name in names_in(part)}
