"""What is turned at the moment, for the banner on every page: nobody should wonder why a call fails.

The page has it at its first byte; ``static/banner.js`` keeps it up to date, from the same operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudbase_ocr.control.facade import Control


@dataclass(frozen=True)
class Turned:
    """One thing that is not as a fresh start has it: how many, which, and where on the page Control it is turned."""

    what: str
    count: int
    which: str

    @property
    def place(self) -> str:
        """The part of the page Control: ``clock_frozen`` is turned at ``clock``."""
        return self.what.partition("_")[0]


def turned(control: Control) -> list[Turned]:
    """Tell what is turned; empty when everything is as after a start."""
    return [Turned(**item) for item in control.overview()["turned"]]
