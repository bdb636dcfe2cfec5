"""A scripted api.weixin.qq.com over a real socket, and the bytes of small pictures."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple, Union

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

JPEG = b"\xff\xd8\xff\xe0" + b"jpeg bytes"
PNG = b"\x89PNG\r\n\x1a\n" + b"png bytes"
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "

Reply = Union["dict[str, Any]", bytes, Response, Callable[[], Any]]


class Seen(NamedTuple):
    """One request as it came in."""

    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def parts(self) -> list[tuple[str, str, str, bytes]]:
        """Return (name, filename, content type, content) of each multipart part."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return [
            (
                str(part.get_param("name", header="Content-Disposition")),
                str(part.get_filename()),
                part.get_content_type(),
                bytes(part.get_payload(decode=True) or b""),
            )
            for part in message.iter_parts()
        ]


class Upstream:
    """Answers every path; a list is used up one reply at a time and its last one stays."""

    def __init__(self, server: HTTPServer) -> None:
        self.base = server.url_for("").rstrip("/")
        self.seen: list[Seen] = []
        self.replies: dict[str, list[Reply]] = {
            "/cgi-bin/stable_token": [{"access_token": "TOKEN-1", "expires_in": 7200}],
        }
        self._lock = threading.Lock()
        self._released = threading.Event()
        server.expect_request(re.compile("/.*")).respond_with_handler(self._answer)

    def answer(self, path: str, *replies: Reply) -> None:
        self.replies[path] = list(replies)

    def ocr(self, *replies: Reply, key: str = "idcard") -> None:
        self.answer(f"/cv/ocr/{key}", *replies)

    def calls(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def hang(self) -> dict[str, Any]:
        """Give no answer until the test is over."""
        self._released.wait(10)
        return {}

    def release(self) -> None:
        self._released.set()

    def _answer(self, request: Request) -> Response:
        body = request.get_data()
        with self._lock:
            query = request.query_string.decode()
            self.seen.append(Seen(request.path, query, dict(request.headers), body))
            scripted = self.replies.get(request.path, [{"errcode": 0, "errmsg": "ok"}])
            reply = scripted.pop(0) if len(scripted) > 1 else scripted[0]
        if callable(reply) and not isinstance(reply, Response):
            reply = reply()
        if isinstance(reply, Response):
            return reply
        data = reply if isinstance(reply, bytes) else json.dumps(reply, ensure_ascii=False).encode()
        return Response(data, content_type="application/json; encoding=utf-8")
