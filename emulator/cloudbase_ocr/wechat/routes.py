"""All routes of api.weixin.qq.com, put into the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.wechat import (
    address_routes,
    function_routes,
    img,
    ocr,
    quota_routes,
    routing,
    service_market,
    storage_routes,
    token_routes,
)

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Serve api.weixin.qq.com from `app`."""
    for blueprint in (ocr.blueprint_of(), img.blueprint_of()):
        app.register_blueprint(blueprint)
    for module in (
        address_routes,
        function_routes,
        quota_routes,
        service_market,
        storage_routes,
        token_routes,
    ):
        app.register_blueprint(module.bp)
    app.before_request(routing.refuse_unroutable)
