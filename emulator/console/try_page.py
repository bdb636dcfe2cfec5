"""The page Try: a picture in, what was read out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.console.site import Page
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from emulator.control.facade import Control


def _facts(_: Control) -> dict[str, Any]:
    return {"methods": METHODS}


PAGE = Page("try", "/", _facts)
