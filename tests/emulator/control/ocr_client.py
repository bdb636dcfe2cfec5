"""A client that sends what a test needs and hides nothing of what comes back."""

from __future__ import annotations

from typing import Any

import requests

from cloudbase_ocr.server import Server

PICTURE = b"\xff\xd8\xff not really a picture \xff\xd9"


def ask(
    server: Server, appid: str, *, method: str = "idcard", url: str = "mock://idcard", **options: Any
) -> Any:
    """Call an OCR method by URL and return the response."""
    query = {"access_token": f"mock://{appid}", "img_url": url}
    return requests.post(f"{server.url}/cv/ocr/{method}", params=query, **{"timeout": 20, **options})


def upload(server: Server, appid: str, picture: bytes = PICTURE, **options: Any) -> Any:
    """Call ocr.idcard with a picture in the body and return the response."""
    return requests.post(
        f"{server.url}/cv/ocr/idcard",
        params={"access_token": f"mock://{appid}"},
        files={"img": ("a.jpg", picture)},
        **{"timeout": 20, **options},
    )


def codes(server: Server, appid: str, count: int, **options: Any) -> list[int]:
    """Return the error codes of so many calls."""
    return [ask(server, appid, **options).json()["errcode"] for _ in range(count)]


def call_function(server: Server, appid: str, name: str = "idcard") -> Any:
    """Call a function as wx.cloud.callFunction does."""
    body = {"name": name, "data": {"imgUrl": "mock://idcard"}, "appid": appid}
    return requests.post(f"{server.url}/_emulator/invoke", json=body, timeout=30).json()
