"""CloudBase's ways to call a function, each in the form its clients know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import callfunction, gateway, scf

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Add the routes to `app`."""
    for module in (callfunction, gateway, scf):
        app.register_blueprint(module.bp)
