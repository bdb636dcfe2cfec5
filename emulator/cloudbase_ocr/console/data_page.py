"""The page Data: the fixtures that answer, and the files of the cloud storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers.magic import SCHEME
from cloudbase_ocr.console.site import PREFIX, Page, address
from cloudbase_ocr.state.emulator import current

if TYPE_CHECKING:
    from cloudbase_ocr.control.facade import Control

_SHOWN_FILES = 100


def _facts(control: Control) -> dict[str, Any]:
    accounts = {appid for appid, _ in current().answers.book.added if appid is not None}
    own = [fixture for appid in sorted(accounts) for fixture in control.fixtures.list(appid).fixtures]
    return {
        "fixtures": [*control.fixtures.list().fixtures, *own],
        "files": control.storage.list(_SHOWN_FILES),
        "scheme": SCHEME,
        "address": address(),
        "shown_files": _SHOWN_FILES,
    }


PAGE = Page("data", PREFIX + "data", _facts)
