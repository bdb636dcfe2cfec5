"""What a reply proves or contradicts about itself, after the fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.documents.registry import READERS, reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.recognizer.fields.checks import Check


def checks_of(key: str, fields: Mapping[str, Any]) -> dict[str, list[Check]]:
    """Return the checks of the business fields that the method `key` answers, by the field that they are about.

    Empty fields have none.
    """
    texts = {name: value for name, value in fields.items() if isinstance(value, str) and value}
    checks = reader(key).checks if key in READERS else None
    found: dict[str, list[Check]] = {}
    for name, check in checks(texts) if checks else ():
        if name in texts:
            found.setdefault(name, []).append(check)
    return found
