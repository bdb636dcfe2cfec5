"""The page Journal: the latest calls on the left, one of them as a tree on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.console.site import PREFIX, Page
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from cloudbase_ocr.control.facade import Control

_SHOWN = 30


def _facts(control: Control) -> dict[str, Any]:
    """Return the latest calls, masked whatever the settings say: who opens the page has not asked for more yet."""
    listed = control.journal.list(limit=_SHOWN, personal_data=False)
    functions = [function["name"] for function in control.health().functions]
    return {
        "trees": listed.trees,
        "names": [*(method.permission for method in METHODS), *functions],
        "keys": {method.permission: method.key for method in METHODS},
    }


PAGE = Page("journal", PREFIX + "journal", _facts)
