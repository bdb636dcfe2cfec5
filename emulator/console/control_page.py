"""The page Control."""

from __future__ import annotations

from emulator.console.site import PREFIX, Page

PAGE = Page("control", PREFIX + "control")
