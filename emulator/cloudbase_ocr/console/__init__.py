"""The page for people: see what the emulator does, try it, turn it. Served at ``/`` and below ``/console/``.

Each page is one module, template, script and file of texts, all named after its subject; docs/architecture.md
says how they come together. Whatever a page does, it does through the documented control API under ``/_emulator/``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Add the pages, their files, and the headers that keep them safe."""
    # Imported here: the pages need the emulator's state, whose module is still being imported when this package is.
    from cloudbase_ocr.console import control_page, functions_page, journal_page, try_page
    from cloudbase_ocr.console.site import Site

    Site(try_page.PAGE, functions_page.PAGE, journal_page.PAGE, control_page.PAGE).init_app(app)
