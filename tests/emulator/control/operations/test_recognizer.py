"""The recognizer's operations over a real socket: what it reads and why, what it is doing, pictures to try."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import requests

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.commands.warming import warm_in_background
from cloudbase_ocr.recognizer import EngineUnavailable
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.bench.ocr.specimens.truths import truth_of
from wxcloud.contract import METHODS
from wxcloud.service_market import API, SERVICE

FOLDER = files("cloudbase_ocr.specimens")
RECOGNIZE = "/_emulator/recognize"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, hints=False)) as started:
        yield started


def ask(server: Server, **body: Any) -> dict[str, Any]:
    answer = requests.post(server.url + RECOGNIZE, json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(server: Server, **body: Any) -> str:
    answer = requests.post(server.url + RECOGNIZE, json=body, timeout=60)
    assert answer.status_code == 400
    return str(answer.json()["error"])


def over_https(server: Server, path: str, data: bytes) -> dict[str, Any]:
    parameters = {"access_token": "mock://wx-recognize"}
    sent = {"img": ("card.jpg", data)}
    answer = requests.post(server.url + path, params=parameters, files=sent, timeout=60)
    found: dict[str, Any] = answer.json()
    return found


def picture(name: str) -> bytes:
    return FOLDER.joinpath(f"{name}.jpg").read_bytes()


def row(told: dict[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in told["fields"] if each["path"] == path)
    return found


@pytest.mark.check
def test_a_picture_is_read_and_explained(server: Server) -> None:
    data = picture("idcard-front")
    told = ask(server, method="ocr.idcard", image=base64.b64encode(data).decode())
    assert (told["method"], told["guessed"], told["reason"]) == ("ocr.idcard", False, None)
    assert told["wechat"] == over_https(server, "/cv/ocr/idcard", data)
    assert list(told["wechat"]) == list(over_https(server, "/cv/ocr/idcard", data))
    assert told["picture"] == {
        "width": 1280,
        "height": 960,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "content_type": "image/jpeg",
        "orientation": 1,
        "turned": 0,
        "missing_rows": 0,
    }
    assert told["candidates"][0]["method"] == "ocr.idcard"
    names = [stage["name"] for stage in told["stages"]]
    assert names[:2] == ["decode", "text"]
    assert told["seconds"] == pytest.approx(sum(stage["seconds"] for stage in told["stages"]), abs=0.01)


@pytest.mark.check
def test_the_cloud_object_is_that_of_the_cloud_function(server: Server) -> None:
    data = picture("drivinglicense")
    told = ask(server, method="ocr.driverLicense", image=base64.b64encode(data).decode())
    client = EmulatorClient(server.url)
    stored = client.upload("card.jpg", data)
    answer = client.call_function("driverLicense", {"fileID": stored["fileID"]})
    assert told["cloud"] == answer["result"]
    assert list(told["cloud"]) == list(answer["result"])


@pytest.mark.check
def test_an_error_is_that_of_the_cloud_function(server: Server) -> None:
    data = picture("menu")
    told = ask(server, method="ocr.idcard", image=base64.b64encode(data).decode())
    client = EmulatorClient(server.url)
    answer = client.call_function("idcard", {"fileID": client.upload("card.jpg", data)["fileID"]})
    assert told["cloud"] == answer["result"]
    assert told["cloud"]["errCode"] == 101001
    assert told["wechat"] == over_https(server, "/cv/ocr/idcard", data)
    assert (told["fields"], told["candidates"][0]["method"]) == ([], "ocr.menu")
    assert "no ID card" in told["reason"]
    assert {"decode", "text"} <= {stage["name"] for stage in told["stages"]}


def market(server: Server, data: bytes, ocr_type: int) -> dict[str, Any]:
    content = {"data_type": 2, "img_data": base64.b64encode(data).decode(), "ocr_type": ocr_type}
    call = {"service": SERVICE, "api": API, "data": content, "client_msg_id": "1"}
    url = f"{server.url}/wxa/servicemarket?access_token=mock://wx-recognize"
    found: dict[str, Any] = requests.post(url, json=call, timeout=60).json()
    return found


@pytest.mark.check
def test_the_market_is_that_of_the_https_interface(server: Server) -> None:
    for method, name, ocr_type in (("ocr.bankcard", "bankcard", 2), ("ocr.idcard", "bankcard", 1)):
        told = ask(server, method=method, specimen=name)
        assert told["market"] == market(server, picture(name), ocr_type)
        assert told["market"]["errcode"] == 0
    broken = base64.b64encode(b"no picture").decode()
    assert ask(server, method="ocr.idcard", image=broken)["market"] == {"errcode": 9311003, "errmsg": ""}
    assert ask(server, method="ocr.menu", image=broken)["market"] is None


def test_what_is_no_picture_is_101002(server: Server) -> None:
    told = ask(server, image=base64.b64encode(b"no picture at all").decode())
    assert (told["wechat"]["errcode"], told["cloud"]["errCode"]) == (101002, 101002)
    assert "not a JPEG" in told["reason"]
    assert (told["picture"]["width"], told["picture"]["content_type"]) == (None, None)
    assert told["candidates"] == []


@pytest.mark.check
def test_rows_have_confidence_place_and_checks(server: Server) -> None:
    told = ask(server, specimen="driving-front")
    vin = row(told, "vin")
    assert (vin["camel"], vin["value"]) == ("vin", told["wechat"]["vin"])
    assert 0.5 < vin["confidence"] <= 1
    (quad,) = vin["quads"]
    assert len(quad) == 4
    assert all(0 <= point["x"] <= 1280 and 0 <= point["y"] <= 960 for point in quad)
    assert [(check["name"], check["ok"]) for check in vin["checks"]] == [("checksum", True)]
    assert row(told, "plate_num")["camel"] == "plateNum"
    issued = row(told, "issue_date")
    assert [check["name"] for check in issued["checks"]] == ["date", "order"]
    place = row(told, "card_position_front.pos")
    assert (place["camel"], place["confidence"]) == ("cardPositionFront.pos", None)
    assert len(place["quads"][0]) == 4
    assert row(told, "img_size.w")["value"] == 1280


@pytest.mark.check
def test_each_line_of_text_is_a_row(server: Server) -> None:
    told = ask(server, method="ocr.printedText", specimen="printed-text")
    items = told["wechat"]["items"]
    first = row(told, "items[0].text")
    assert (first["value"], first["camel"]) == (items[0]["text"], "items[0].text")
    corners = ("left_top", "right_top", "right_bottom", "left_bottom")
    assert first["quads"] == [[items[0]["pos"][corner] for corner in corners]]
    assert 0.5 < first["confidence"] <= 1
    assert len([each for each in told["fields"] if each["path"].startswith("items[")]) == len(items)


@pytest.mark.check
@pytest.mark.parametrize("name", [each.name for each in SPECIMENS])
def test_it_is_found_out_which_document_a_specimen_is(server: Server, name: str) -> None:
    told = ask(server, specimen=name)
    method = next(each for each in METHODS if each.permission == told["method"])
    assert told["guessed"] is True
    assert method.key == next(each.key for each in SPECIMENS if each.name == name)
    scores = [each["score"] for each in told["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert told["wechat"] == over_https(server, method.path, picture(name))
    assert {each["path"].partition(".")[0].partition("[")[0] for each in told["fields"]} == {
        key for key in told["wechat"] if key not in ("errcode", "errmsg")
    }


@pytest.mark.check
def test_neither_quotas_nor_scenarios_nor_fixtures_play_a_part(server: Server) -> None:
    base = server.url + "/_emulator/"
    data = picture("platenum")
    fixture = {
        "name": "platenum/mine",
        "error": 101000,
        "match": {"sha256": hashlib.sha256(data).hexdigest()},
    }
    assert requests.post(base + "fixtures", json=fixture, timeout=10).ok
    assert requests.post(base + "fail", json={"method": "ocr.platenum", "errcode": -1}, timeout=10).ok
    assert requests.post(base + "faults", json={"type": "errcode", "errcode": 48001}, timeout=10).ok
    requests.post(base + "quota/exhaust", json={}, timeout=10)
    before = requests.get(base + "quota", timeout=10).json()
    try:
        told = ask(server, specimen="platenum")
        assert (told["wechat"]["errcode"], told["wechat"]["number"]) == (
            0,
            truth_of("platenum")["number"],
        )
        assert requests.get(base + "quota", timeout=10).json() == before
        trees = requests.get(base + "journal", timeout=10).json()["trees"]
        assert not any("recognize" in tree["name"] for tree in trees)
    finally:
        requests.post(base + "reset", json={}, timeout=30)


def test_bad_requests_are_told_what_is_wrong(server: Server) -> None:
    assert "image or specimen" in refused(server, method="ocr.idcard")
    assert "not both" in refused(server, image="aGk=", specimen="menu")
    assert "is not base64" in refused(server, image="data:image/jpeg;base64,aGk=")
    assert "is not base64" in refused(server, image="图")
    assert "there is no 'passport'; there are idcard-front" in refused(server, specimen="passport")
    assert "'ocr.passport' is none of ocr.idcard" in refused(server, method="ocr.passport", specimen="menu")
    assert "must be of type string" in refused(server, image=7)


def test_a_picture_that_is_too_large_is_refused_as_wechat_does(server: Server) -> None:
    large = b"\xff\xd8\xff" + bytes(2 * 1024 * 1024)
    told = ask(server, method="ocr.idcard", image=base64.b64encode(large).decode())
    assert told["wechat"] == over_https(server, "/cv/ocr/idcard", large)
    assert told["wechat"]["errcode"] == 101002
    assert "more than 2097152" in told["reason"]
    assert "the body may have" in refused(server, image="A" * (17 * 1024 * 1024))


@pytest.mark.check
def test_settings_shape_the_reply() -> None:
    settings = Settings(
        port=0,
        hints=False,
        profile="documented",
        bankcard_id=True,
        max_pixels=2_000_000,
    )
    with running(settings) as server:
        card = ask(server, specimen="bankcard")
        assert card["wechat"] == over_https(server, "/cv/ocr/bankcard", picture("bankcard"))
        assert (card["wechat"]["errcode"], card["wechat"]["id"]) == (0, card["wechat"]["number"])
        assert card["cloud"]["errCode"] == 0
        assert row(card, "id")["confidence"] == row(card, "number")["confidence"]
        assert "birth" not in ask(server, specimen="idcard-front")["wechat"]


def test_without_a_recognizer_the_market_recognises_nothing() -> None:
    data = picture("bankcard")
    with running(Settings(port=0, recognizer=False, hints=False)) as server:
        for method, ocr_type in (("ocr.idcard", 1), ("ocr.printedText", 8)):
            told = ask(server, method=method, specimen="bankcard")
            assert told["market"] == market(server, data, ocr_type)
            assert told["market"]["errcode"] == 0
        assert ask(server, method="ocr.menu", specimen="menu")["market"] is None


def test_without_a_recognizer_the_method_must_be_named() -> None:
    with running(Settings(port=0, hints=False, recognizer=False)) as server:
        assert "name the method" in refused(server, specimen="menu")
        told = ask(server, method="menu", specimen="menu")
        assert told["wechat"] == over_https(server, "/cv/ocr/menu", picture("menu"))
        assert "answered from fixtures only" in told["reason"]
        assert requests.get(server.url + "/_emulator/recognizer", timeout=10).json()["state"] == "off"


@pytest.mark.check
def test_the_state_goes_from_cold_to_ready() -> None:
    with running(Settings(port=0, recognizer_threads=1)) as server:
        url = server.url + "/_emulator/recognizer"
        before = requests.get(url, timeout=10).json()
        assert (before["state"], before["threads"], before["workers"]) == ("cold", 1, 0)
        assert len(before["methods"]) == len(METHODS)
        assert before["queue"]["reading"] == before["queue"]["waiting"] == 0
        ask(server, specimen="platenum")
        after = requests.get(url, timeout=10).json()
        assert (after["state"], after["message"], after["stage"]) == ("ready", "", None)


def test_an_engine_that_does_not_load_is_told_and_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable() -> None:
        raise EngineUnavailable("openvino is not installed")

    monkeypatch.setattr("cloudbase_ocr.recognizer.ocr.engine.load_openvino", unavailable)
    said, over = list[str](), threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if "not available" in line:
            over.set()

    with running(Settings(port=0, hints=False)) as server:
        warm_in_background(server.emulator.recognizer, say)
        assert over.wait(30)
        told = ask(server, method="ocr.menu", specimen="menu")
        assert (told["wechat"]["errcode"], told["reason"]) == (-1, "openvino is not installed")
        assert told["wechat"] == over_https(server, "/cv/ocr/menu", picture("menu"))
        state = requests.get(server.url + "/_emulator/recognizer", timeout=10).json()
        assert (state["state"], state["message"]) == ("failed", "openvino is not installed")
    assert said[0] == "recognizer: loading in the background"
    assert said[1:] == [
        "recognizer: not available: openvino is not installed. Pictures that no fixture has are answered with -1."
    ]


@pytest.mark.check
def test_loading_is_told_with_the_number_of_workers() -> None:
    said, ready = list[str](), threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if "ready" in line:
            ready.set()

    with running(Settings(port=0, recognizer_workers=2, recognizer_threads=1)) as server:
        warm_in_background(server.emulator.recognizer, say)
        assert ready.wait(100)
        assert re.fullmatch(r"recognizer: ready after [0-9.]+ s in 2 worker processes", said[1])
        state = requests.get(server.url + "/_emulator/recognizer", timeout=10).json()
        assert (state["state"], state["workers"], state["threads"]) == ("ready", 2, 1)
    warm_in_background(None, said.append)
    assert said[2:] == ["recognizer: off"]


def test_specimens_are_listed_with_their_pictures(server: Server) -> None:
    listed = requests.get(server.url + "/_emulator/specimens", timeout=10).json()["specimens"]
    files_there = {each.name.removesuffix(".jpg") for each in FOLDER.iterdir() if each.name.endswith(".jpg")}
    assert {each["name"] for each in listed} == files_there
    permissions = {method.permission for method in METHODS}
    for each in listed:
        assert each["method"] in permissions
        answer = requests.get(f"{server.url}/_emulator/specimens/{each['name']}.jpg", timeout=10)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert len(answer.content) == each["bytes"]
    missing = requests.get(f"{server.url}/_emulator/specimens/passport.jpg", timeout=10)
    assert (missing.status_code, "there is no specimen" in missing.json()["error"]) == (404, True)
