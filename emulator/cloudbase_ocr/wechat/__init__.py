"""api.weixin.qq.com: tokens, OCR, quotas, cloud storage and function calls, as WeChat answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Serve api.weixin.qq.com from `app`."""
    # Imported here: the routes need the emulator's state, whose module needs this package's classes.
    from cloudbase_ocr.wechat import functions, img, ocr, quota_routes, routing, storage_routes, token_routes

    for module in (functions, img, ocr, quota_routes, storage_routes, token_routes):
        app.register_blueprint(module.bp)
    app.before_request(routing.refuse_unroutable)
