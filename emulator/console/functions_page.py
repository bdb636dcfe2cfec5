"""The page Functions."""

from __future__ import annotations

from emulator.console.site import PREFIX, Page

PAGE = Page("functions", PREFIX + "functions")
