"""All routes of CloudBase, put into the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.cloudbase import (
    admin,
    auth,
    callfunction,
    environment,
    gateway,
    http_access,
    origins,
    storages,
    tencent,
    web,
)

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Add the routes to `app`, and what pages need to read their answers."""
    for module in (admin, auth, callfunction, environment, gateway, http_access, storages, tencent, web):
        app.register_blueprint(module.bp)
    app.before_request(origins.answer_preflight)
    app.before_request(tencent.answer_reading)
    app.after_request(origins.add_headers)
