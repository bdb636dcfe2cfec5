"""No token in what other people's loggers write about our calls."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress

import pytest

from wxcloud import Cloud, CloudSDKError

BODY = b'{"errcode":0,"errmsg":"ok"}'
BROKEN = b"HTTP/1.1 200 OK\r\nBroken header\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING])
def test_urllib3_logs_no_token(level: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(level)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(BROKEN)

        thread = threading.Thread(target=serve)
        thread.start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        cloud = Cloud(api_base=base, credentials=lambda: "TOKEN-0123456789", timeout=2)
        with suppress(CloudSDKError):
            cloud.openapi.ocr.idcard({"imgUrl": "https://example.com/a.jpg"})
        thread.join(20)
    assert "access_token=***" in caplog.text
    assert "TOKEN-0123456789" not in caplog.text
