"""``/cgi-bin/getcallbackip`` and ``/cgi-bin/get_api_domain_ip``: from where WeChat calls, and where its API is.

Programs ask them to see whether a token works. Here both are this machine.
"""

from __future__ import annotations

from flask import Blueprint, Response

from cloudbase_ocr.wechat import replies, routing

bp = Blueprint("wechat_addresses", __name__)

PATHS = ("/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip")


def addresses() -> Response:
    """List the addresses."""
    routing.authorized()
    return replies.bare({"ip_list": ["127.0.0.1"]})


for _path in PATHS:
    routing.add(bp, _path, addresses, methods=("GET", "POST"))
