"""All pages of the console, put into the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.console import (
    connect_page,
    control_page,
    data_page,
    functions_page,
    journal_page,
    try_page,
)
from cloudbase_ocr.console.site import Site

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Add the pages, their files, and the headers that keep them safe."""
    modules = (try_page, functions_page, journal_page, data_page, control_page, connect_page)
    Site(*(module.PAGE for module in modules)).init_app(app)
