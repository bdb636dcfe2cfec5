"""The bound on the bytes of bodies in memory: taken, refused, and given back whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import pytest

from cloudbase_ocr.core.held import BoundedBodies, HeldBodies, Share, TooMuchHeld, share_of

Environ = dict[str, Any]


def test_what_is_beyond_the_limit_is_refused_and_not_held() -> None:
    bodies = HeldBodies(10)
    bodies.take(10)
    with pytest.raises(TooMuchHeld, match="--body-memory-mb; send fewer pictures at a time") as refused:
        bodies.take(1)
    assert ("Retry-After", "1") in refused.value.get_headers()
    assert bodies.held == 10
    bodies.give_back(4)
    bodies.take(4)


def test_a_share_is_given_back_once() -> None:
    bodies = HeldBodies(10)
    one, other = Share(bodies), Share(bodies)
    one.take(3)
    one.take(2)
    other.take(5)
    for _ in range(3):
        one.give_back()
    assert bodies.held == 5


def test_a_request_gives_back_when_its_answer_was_sent() -> None:
    bodies = HeldBodies(10)

    def app(environ: Environ, _start: Any) -> Iterable[bytes]:
        share = share_of(environ)
        assert share is not None
        share.take(7)
        return iter([b"a", b"b"])

    answer = BoundedBodies(app, bodies)({}, lambda *_: None)
    assert (list(answer), bodies.held) == ([b"a", b"b"], 7)
    answer.close()  # type: ignore[attr-defined]  # as every server calls it (PEP 3333)
    assert bodies.held == 0


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt, SystemExit, ConnectionAbortedError])
def test_a_request_that_fails_gives_back_at_once(kind: type[BaseException]) -> None:
    bodies = HeldBodies(10)

    def app(environ: Environ, _start: Any) -> Iterable[bytes]:
        share = share_of(environ)
        assert share is not None
        share.take(7)
        raise kind

    with pytest.raises(kind):
        BoundedBodies(app, bodies)({}, lambda *_: None)
    assert bodies.held == 0


def test_many_threads_hold_never_more_than_the_limit() -> None:
    bodies, most = HeldBodies(50), []

    def work() -> None:
        for size in range(1, 200):
            share = Share(bodies)
            try:
                share.take(size % 40)
                most.append(bodies.held)
            except TooMuchHeld:
                pass
            share.give_back()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert max(most) <= 50
    assert bodies.held == 0
