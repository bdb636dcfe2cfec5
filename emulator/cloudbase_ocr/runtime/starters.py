"""Which of the two ways starts function processes on this system."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime.processes import PlainStarter

if TYPE_CHECKING:
    from cloudbase_ocr.runtime.processes import Starter


def make_starter() -> Starter:
    """Return a guardian on Linux, and on macOS and Windows what starts children of the emulator."""
    if sys.platform == "linux":
        # Here, because other systems lack half of what it imports.
        from cloudbase_ocr.runtime.guarded import Guardian

        return Guardian()
    return PlainStarter()
