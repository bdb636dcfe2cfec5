"""What the journal keeps to send calls again: its bounds, and that it gives back what it was given."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from cloudbase_ocr.journal.kept import Kept, Request


def request(body: bytes) -> Request:
    return Request("POST", "/cv/ocr/中", [("img_url", "https://a/?b=ü"), ("x", "")], "text/plain", body)


def test_what_was_not_used_for_longest_is_forgotten_first() -> None:
    kept = Kept(max_bytes=100, max_count=3)
    for name in "abc":
        assert kept.put(name, b"x" * 10)
    assert kept.get("a") is not None
    kept.put("d", b"x" * 10)
    assert [name for name in "abcd" if kept.get(name)] == ["a", "c", "d"]
    assert kept.put("e", b"x" * 95)
    assert kept.size == 95
    assert not kept.put("f", b"x" * 101)
    assert kept.get("e") is not None
    kept.put("e", b"")
    assert (kept.size, len(kept)) == (0, 1)


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=600), st.binary(max_size=300))
def test_a_request_comes_back_as_it_was(before: bytes, picture: bytes, after: bytes) -> None:
    kept = Kept(max_bytes=10_000, max_count=10)
    kept.put("picture", picture)
    for body in (before + picture + after, before, b"", picture * 2):
        sent = kept.put_request("r", request(body), "picture")
        assert sent is not None
        found = kept.get_request(sent)
        assert found is not None
        assert found == request(body)


def test_a_picture_that_is_gone_takes_its_requests_with_it() -> None:
    kept = Kept(max_bytes=10_000, max_count=2)
    kept.put("picture", b"p" * 500)
    sent = kept.put_request("r", request(b"a" + b"p" * 500), "picture")
    assert sent is not None
    assert sent.picture == "picture"
    assert kept.size < 1000
    kept.get("r")
    kept.put("other", b"x")
    assert kept.get_request(sent) is None


def test_many_threads_stay_within_the_bounds() -> None:
    kept = Kept(max_bytes=1000, max_count=20)

    def work(number: int) -> None:
        for turn in range(300):
            kept.put(f"{number}-{turn % 15}", b"x" * (turn % 90))
            kept.get(f"{(number + 1) % 4}-{turn % 15}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) <= 20
    assert kept.size == sum(map(len, kept.values())) <= 1000
