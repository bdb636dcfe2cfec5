"""Fixtures that ask for values of the query and of the form, and for the size of the picture."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from cloudbase_ocr import LiveEmulator, start

PICTURE = b"a picture"
SHA256 = hashlib.sha256(PICTURE).hexdigest()
PHOTO: dict[str, Any] = {"type": "Front", "name": "stub"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[LiveEmulator]:
    with start(recognizer=False, strict_fixtures=True) as ocr:
        yield ocr


@pytest.fixture
def ocr(emulator: LiveEmulator) -> LiveEmulator:
    emulator.control.reset()
    return emulator


def ask(ocr: LiveEmulator, data: dict[str, str] | None = None, name: str = "a.jpg", **query: str) -> Any:
    files = None if "img_url" in query else {"img": (name, PICTURE)}
    given = {"access_token": ocr.token, **query}
    reply = requests.post(ocr.url + "/cv/ocr/idcard", params=given, files=files, data=data, timeout=10)
    return reply.json().get("name")


@pytest.mark.parametrize(
    ("match", "fits", "differs"),
    [
        ({"query": {"type": "photo"}}, {"type": "photo"}, {"type": "scan"}),
        ({"query": {"type": None}}, {}, {"type": "photo"}),
        ({"query": {"type": "photo"}}, {"type": "photo", "img_url": "mock://idcard"}, {}),
        ({"form": {"note": "x"}}, {"data": {"note": "x"}}, {"data": {"note": "y"}}),
        ({"size": len(PICTURE), "query": {"type": "photo"}}, {"type": "photo"}, {}),
        ({"sha256": SHA256, "query": {"type": "photo"}}, {"type": "photo"}, {"type": "scan"}),
        ({"name": "a.jpg", "form": {"note": None}}, {}, {"data": {"note": "y"}}),
        ({"name": "other.jpg", "sha256": SHA256}, {}, None),
    ],
)
def test_all_conditions_have_to_hold(
    ocr: LiveEmulator, match: dict[str, Any], fits: Any, differs: Any
) -> None:
    ocr.fixture("idcard/stub", PHOTO, match=match)
    assert ask(ocr, **fits) == "stub"
    assert ocr.requests[-1].answered_by == "fixture idcard/stub"
    if differs is not None:
        assert ask(ocr, **differs) is None
        assert "idcard/stub" in ocr.requests[-1].unmatched


def test_the_same_picture_is_answered_by_what_stands_beside_it(ocr: LiveEmulator) -> None:
    for kind in ("photo", "scan"):
        reply = {**PHOTO, "name": kind}
        ocr.fixture(f"idcard/{kind}", reply, match={"sha256": SHA256, "query": {"type": kind}})
    ocr.fixture("idcard/else", {**PHOTO, "name": "else"}, match={"size": len(PICTURE)})
    assert [ask(ocr, type=kind) for kind in ("photo", "scan", "x")] == ["photo", "scan", "else"]


def test_a_cloud_call_and_the_service_market_have_values_too(ocr: LiveEmulator) -> None:
    ocr.fixture("idcard/stub", PHOTO, match={"query": {"ocr_type": "1"}})
    data = {"data_type": 3, "img_url": "https://example.com/a.jpg", "ocr_type": 1}
    body = {"service": "wx79ac3de8be320b71", "api": "OcrAllInOne", "client_msg_id": "1", "data": data}
    reply = requests.post(
        ocr.url + "/wxa/servicemarket", params={"access_token": ocr.token}, json=body, timeout=10
    )
    assert '"stub"' in reply.json()["data"]


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ({"size": 0}, "match.size: must be a number of bytes"),
        ({"size": "9"}, "match.size: must be a number of bytes"),
        ({"query": {}}, "match.query: must be a mapping"),
        ({"form": ["x"]}, "match.form: must be a mapping"),
        ({"query": {"type": 1}}, "match.query.type: must be a text, or null"),
        ({"query": {"access_token": "x"}}, "match.query.access_token: tokens and secrets are not compared"),
    ],
)
def test_what_can_never_hold_is_refused(ocr: LiveEmulator, match: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ocr.fixture("idcard/stub", PHOTO, match=match)


def test_only_fixtures_answer_and_the_nearest_is_named(ocr: LiveEmulator) -> None:
    ocr.fixture("idcard/stub", PHOTO, match={"query": {"type": "photo"}, "sha256": SHA256})
    ocr.fixture("idcard/far", PHOTO, match={"query": {"a": "1", "b": "2"}})
    ask(ocr, type="scan")
    call = ocr.requests[-1]
    assert (call.code, call.reply["errcode"]) == (101001, 101001)
    assert "idcard/stub (query.type: expected 'photo', was 'scan')" in call.unmatched
    with pytest.raises(
        AssertionError, match="no fixture fits what was called:\nPOST /cv/ocr/idcard: no fixture of"
    ):
        ocr.assert_all_matched()


@pytest.mark.parametrize(
    ("match", "img_url"),
    [({"sha256": SHA256}, False), ({"name": "a.jpg"}, False), ({"url": "http://127.0.0.1:9/a.jpg"}, True)],
)
def test_a_fixture_that_fits_but_for_a_condition_is_not_said_to_have_something_else(
    ocr: LiveEmulator, match: dict[str, Any], img_url: bool
) -> None:
    ocr.fixture("idcard/stub", PHOTO, match={**match, "query": {"type": "photo"}})
    ask(ocr, type="scan", **({"img_url": match["url"]} if img_url else {}))
    told = ocr.requests[-1].unmatched
    assert "idcard/stub (query.type: expected 'photo', was 'scan')" in told
    assert "other method" not in told


def test_an_address_may_come_with_the_size_of_what_is_fetched(ocr: LiveEmulator) -> None:
    url = f"{ocr.url}/_emulator/specimens/menu.jpg"
    size = len(ocr.client.get("/_emulator/specimens/menu.jpg").data)
    for name, wanted in (("fits", size), ("differs", size + 1)):
        ocr.fixture(f"idcard/{name}", {**PHOTO, "name": name}, match={"url": url, "size": wanted})
    assert ask(ocr, img_url=url) == "fits"
    assert ocr.requests[-1].answered_by == "fixture idcard/fits"


def test_an_address_that_cannot_be_fetched_and_a_method_without_fixtures(ocr: LiveEmulator) -> None:
    query = {"access_token": ocr.token, "img_url": "http://127.0.0.1:9/a.jpg"}
    assert requests.post(ocr.url + "/cv/ocr/menu", params=query, timeout=10).json()["errcode"] == 101000
    assert ocr.requests[-1].unmatched == "there is no fixture of menu for it"


def test_scenarios_and_magic_inputs_answer_as_always(ocr: LiveEmulator) -> None:
    ocr.reply("ocr.idcard", name="said", times=1)
    assert [ask(ocr), ask(ocr, img_url="mock://idcard")] == ["said", "张三"]
    assert requests.post(ocr.url + "/cv/ocr/idcard", params={"access_token": ocr.token}, timeout=10)
    ocr.assert_all_matched()
