"""Request bodies: read once, and counted before they are read."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from cloudbase_ocr.core.bodies import body_read, read_body
from cloudbase_ocr.core.held import BoundedBodies, HeldBodies, TooMuchHeld


class Source(io.BytesIO):
    """A body that counts what was read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def request_of(
    data: bytes, bodies: HeldBodies | None, *, length: int | None = None, chunked: bool = False
) -> Request:
    environ: dict[str, Any] = EnvironBuilder(method="POST").get_environ()
    environ["wsgi.input"] = Source(data)
    if chunked:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    else:
        environ["CONTENT_LENGTH"] = str(len(data) if length is None else length)
    if bodies is not None:
        BoundedBodies(lambda *_: [], bodies)(environ, lambda *_: None)
    return Request(environ)


def test_a_body_is_read_once_and_not_copied() -> None:
    request = request_of(b"x" * 100_000, None)
    assert body_read(request.environ) is None
    body = read_body(request)
    assert (len(body.data), body.complete) == (100_000, True)
    assert read_body(request, 5) is body
    assert body_read(request.environ) is body


def test_an_announced_length_is_taken_before_a_byte_is_read() -> None:
    bodies = HeldBodies(1000)
    bodies.take(500)
    request = request_of(b"x" * 501, bodies)
    with pytest.raises(TooMuchHeld):
        read_body(request)
    assert (request.environ["wsgi.input"].taken, bodies.held) == (0, 500)
    short = request_of(b"x" * 10, bodies, length=400)
    assert read_body(short).complete is False
    assert bodies.held == 900


def test_a_chunked_body_is_taken_as_it_comes() -> None:
    bodies = HeldBodies(100_000)
    assert len(read_body(request_of(b"x" * 90_000, bodies, chunked=True)).data) == 90_000
    assert bodies.held == 90_000
    endless = request_of(b"x" * 10_000_000, bodies, chunked=True)
    with pytest.raises(TooMuchHeld):
        read_body(endless)
    assert endless.environ["wsgi.input"].taken < 200_000


def test_what_is_larger_than_the_route_takes_is_not_held() -> None:
    bodies = HeldBodies(1000)
    assert read_body(request_of(b"x" * 101, bodies), 100).too_large
    assert bodies.held == 0


def test_a_body_without_a_bound_on_all_of_them_is_read_as_well() -> None:
    assert read_body(request_of(b"abc", None, chunked=True)).data == b"abc"
