"""The page Try: a picture in, what was read out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.console.site import Page, address
from cloudbase_ocr.state.emulator import current
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from cloudbase_ocr.control.facade import Control

_MEGABYTE = 1024 * 1024


def _facts(control: Control) -> dict[str, Any]:
    emulator = current()
    limit = emulator.settings.max_image_bytes
    return {
        "address": address(),
        "methods": METHODS,
        "recognizer": emulator.recognizer is not None,
        "not_installed": bool(emulator.not_installed),
        "specimens": control.recognizer.specimens().specimens,
        "max_bytes": limit,
        "max_pixels": emulator.settings.max_pixels,
        "limit": f"{limit / _MEGABYTE:.3g} MB",
    }


PAGE = Page("try", "/", _facts)
