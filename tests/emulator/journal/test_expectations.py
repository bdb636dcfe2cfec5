"""What is compared of a call, and what a miss says."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import Headers

from cloudbase_ocr.journal.expectations import Expectation, verify
from cloudbase_ocr.journal.received import ReceivedImage, ReceivedRequest

SHA256 = "0a" * 32
CARD = ReceivedRequest(
    "POST",
    "/cv/ocr/idcard",
    query={"type": "photo", "access_token": "***", "img_url": "https://example.com/a?sign=***"},
    form={"note": "x"},
    headers=Headers({"User-Agent": "shop/1", "Authorization": "***"}),
    image=ReceivedImage(SHA256, 3, "card.jpg", "image/jpeg"),
    cloud_call="ocr.idcard",
    code=0,
    answered_by="recognizer",
)
TOKEN = ReceivedRequest("GET", "/cgi-bin/token")
MARKET = ReceivedRequest("POST", "/wxa/servicemarket", cloud_call="serviceMarket.invokeService", code=0)
CALLS = [TOKEN, CARD, MARKET]


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("idcard", {}),
        ("ocr.idcard", {"times": 1}),
        ("/cv/ocr/idcard", {"query": {"type": "photo", "resp_type": None}}),
        ("/cgi-bin/token", {"times": 1}),
        ("serviceMarket.invokeService", {"code": 0}),
        ("idcard", {"query": {"access_token": "***"}, "form": {"note": "x"}, "code": 0}),
        ("idcard", {"query": {"img_url": "https://example.com/a?sign=f00"}}),
        ("idcard", {"headers": {"user-agent": "shop/1", "authorization": "***", "cookie": None}}),
        (
            "idcard",
            {"image": {"sha256": SHA256, "size": 3, "filename": "card.jpg", "content_type": "image/jpeg"}},
        ),
        ("bankcard", {"times": 0}),
    ],
)
def test_a_call_as_wanted_is_found(method: str, wanted: dict[str, Any]) -> None:
    assert verify(Expectation(method, **wanted), CALLS).message == ""


def test_the_calls_that_fit_are_given() -> None:
    assert verify(Expectation("idcard", query={"type": "photo"}), [*CALLS, CARD]).calls == [CARD, CARD]


@pytest.mark.parametrize(
    ("method", "wanted", "message"),
    [
        (
            "idcard",
            {"query": {"type": "scan"}, "image": {"size": 4, "sha256": "b" * 64}},
            (
                "idcard with query.type='scan', image.size=4, image.sha256=bbbbbbbbbbbb… was to be called at least "
                "once, and was called 0 times\n"
                "nearest: call 2 of 3, POST /cv/ocr/idcard (errcode 0, answered by recognizer):\n"
                "  query.type: expected 'scan', was 'photo'\n"
                "  image.size: expected 4, was 3\n"
                f"  image.sha256: expected bbbbbbbbbbbb…, was {SHA256[:12]}…"
            ),
        ),
        ("idcard", {"times": 2}, "idcard was to be called 2 times, and was called 1 time (calls 2)"),
        ("idcard", {"times": 0}, "idcard was to be called 0 times, and was called 1 time (calls 2)"),
        (
            "menu",
            {"code": 0},
            (
                "menu with code=0 was to be called at least once, and was called 0 times\n"
                "called were: GET /cgi-bin/token (HTTP 200); POST /cv/ocr/idcard (errcode 0, answered by recognizer); "
                "POST /wxa/servicemarket (errcode 0)"
            ),
        ),
        (
            "serviceMarket.invokeService",
            {"image": {"size": 1}, "code": 9301001},
            (
                "serviceMarket.invokeService with image.size=1, code=9301001 was to be called at least once, "
                "and was called 0 times\n"
                "nearest: call 3 of 3, POST /wxa/servicemarket (errcode 0):\n"
                "  image.size: expected 1, was none: nobody looked at a picture\n"
                "  code: expected 9301001, was 0"
            ),
        ),
    ],
)
def test_a_miss_shows_the_nearest_call_and_the_difference(
    method: str, wanted: dict[str, Any], message: str
) -> None:
    assert verify(Expectation(method, **wanted), CALLS).message == message


def test_where_nothing_came_that_is_said_and_many_are_cut() -> None:
    assert verify(Expectation("idcard"), []).message.endswith("\nnothing was called")
    assert verify(Expectation("menu"), CALLS * 3).message.endswith(" and 4 before")
    assert len(verify(Expectation("idcard", query={"type": "x" * 999}), CALLS).message) < 700


@pytest.mark.parametrize(
    ("method", "wanted", "message"),
    [
        ("passport", {}, "passport"),
        ("idcard", {"times": -1}, "times: must be 0 or more"),
        ("idcard", {"image": {"hash": "x"}}, "image.hash: unknown; known are sha256"),
        ("idcard", {"query": {"access_token": "abc"}}, "query.access_token: tokens and secrets are not kept"),
        ("idcard", {"headers": {"Authorization": "abc"}}, "headers.Authorization: tokens"),
    ],
)
def test_what_can_never_be_is_refused(method: str, wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        verify(Expectation(method, **wanted), CALLS)
