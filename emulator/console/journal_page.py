"""The page Journal."""

from __future__ import annotations

from emulator.console.site import PREFIX, Page

PAGE = Page("journal", PREFIX + "journal")
