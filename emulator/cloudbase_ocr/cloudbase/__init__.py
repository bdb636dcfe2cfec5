"""CloudBase as its clients see it: functions, files, logins and cloud calls, each in the form its SDK knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Add the routes to `app`, and the guard against foreign web pages in front of them."""
    # Imported here: the routes need the emulator's state, whose module needs this package's classes.
    from cloudbase_ocr.cloudbase import (
        admin,
        auth,
        callfunction,
        environment,
        gateway,
        origins,
        scf,
        storages,
        web,
    )

    for module in (admin, auth, callfunction, environment, gateway, scf, storages, web):
        app.register_blueprint(module.bp)
    app.before_request(origins.refuse_foreign)
    app.after_request(origins.add_headers)
