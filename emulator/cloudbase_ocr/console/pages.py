"""All pages of the console, put into the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.console import control_page, functions_page, journal_page, try_page
from cloudbase_ocr.console.site import Site

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Add the pages, their files, and the headers that keep them safe."""
    Site(try_page.PAGE, functions_page.PAGE, journal_page.PAGE, control_page.PAGE).init_app(app)
