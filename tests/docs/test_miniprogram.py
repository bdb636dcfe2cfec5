"""The mini-program of docs/miniprogram, its own files under Node over real HTTP against a live emulator."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.bench.ocr.specimens.truths import truth_of
from wxcloud.service_market import DOCUMENTS, OCR_TEXT

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "miniprogram"
SPECIMENS = ROOT / "emulator" / "cloudbase_ocr" / "specimens"
CARD = SPECIMENS / "idcard-front.jpg"
TRUTH = truth_of("idcard-front")

NODE = shutil.which("node")
pytestmark = [pytest.mark.check, pytest.mark.skipif(NODE is None, reason=needs.NODE)]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Server]:
    # Patient, because tests run on busy machines, too.
    settings = Settings(
        port=0, functions=included_functions(), recognizer_limit=90.0, recognizer_timeout=90.0
    )
    with running(settings) as server:
        assert server.emulator.recognizer is not None
        server.emulator.recognizer.warm()
        yield server


def run(address: str, scenario: str, picture: Path = CARD, chosen: int = 0) -> Any:
    script = Path(__file__).with_name("miniprogram.js")
    command = [str(NODE), str(script), str(FOLDER), address, str(picture), scenario, str(chosen)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_the_page_shows_what_is_on_the_photo(emulator: Server) -> None:
    page = run(emulator.url, "page")
    shown = {field["key"]: field["value"] for field in page["fields"]}
    assert (shown["name"], shown["id"], shown["addr"]) == (TRUTH["name"], TRUTH["id"], TRUTH["addr"])
    assert page["error"] == ""
    assert page["busy"] is False


def test_the_page_shows_another_function_when_it_is_chosen(emulator: Server) -> None:
    fields = run(emulator.url, "text", SPECIMENS / "printed-text.jpg")["fields"]
    items = json.loads(next(field["value"] for field in fields if field["key"] == "items"))
    assert "青禾社区图书馆通知" in [item["text"] for item in items]


def test_the_page_shows_the_error_of_a_photo_without_a_card(emulator: Server) -> None:
    page = run(emulator.url, "page", SPECIMENS / "printed-text.jpg")
    assert page["fields"] == []
    assert page["error"].startswith("101001 openapi.ocr.idcard:fail certificate not found")


def test_the_page_of_the_service_market_offers_every_document_and_shows_plain_values(
    emulator: Server,
) -> None:
    page = run(emulator.url, "market")
    offered = [(one["ocrType"], one["title"]) for one in page["documents"]]
    assert offered == [(one.ocr_type, one.method.title_zh) for one in DOCUMENTS]
    shown = {field["key"]: field["value"] for field in page["fields"]}
    assert (shown["name"], shown["id"], shown["address"]) == (TRUTH["name"], TRUTH["id"], TRUTH["addr"])
    assert (page["error"], page["busy"]) == ("", False)
    assert all(isinstance(value, str) for value in shown.values())


def test_the_page_of_the_service_market_shows_printed_text_line_by_line(emulator: Server) -> None:
    place = [one.ocr_type for one in DOCUMENTS].index(OCR_TEXT)
    page = run(emulator.url, "market", SPECIMENS / "printed-text.jpg", place)
    assert page["error"] == ""
    assert page["fields"][0]["key"] == "items[0]"
    assert "青禾社区图书馆通知" in [field["value"] for field in page["fields"]]


def test_the_page_of_the_service_market_says_that_nothing_was_recognised(emulator: Server) -> None:
    page = run(emulator.url, "market", SPECIMENS / "printed-text.jpg")
    assert (page["fields"], page["error"]) == ([], "没有识别到证件")


def test_the_page_of_the_service_market_shows_an_error(emulator: Server) -> None:
    Control(emulator.emulator).fail("serviceMarket.invokeService", 9301012, times=1)
    page = run(emulator.url, "market")
    assert page["fields"] == []
    assert page["error"].startswith("9301012 openapi.serviceMarket.invokeService:fail service timeout")


def test_an_array_buffer_arrives_as_a_picture(emulator: Server) -> None:
    answer = run(emulator.url, "buffer")
    assert answer["errMsg"] == "cloud.callFunction:ok"
    assert answer["result"]["id"] == TRUTH["id"]


def test_callbacks_work_as_those_of_wx_cloud(emulator: Server) -> None:
    outcome = run(emulator.url, "callbacks")
    assert outcome == {"seen": [["success", "张三"]], "returned": True, "complete": "cloud.callFunction:ok"}


def test_a_function_that_is_not_there_fails_as_in_the_cloud(emulator: Server) -> None:
    outcome = run(emulator.url, "failure")
    assert outcome["isError"]
    assert outcome["errCode"] == -501000
    assert "FunctionName parameter could not be found" in outcome["errMsg"]


def test_files_get_addresses(emulator: Server) -> None:
    outcome = run(emulator.url, "address")
    assert outcome["fileID"].startswith("cloud://local-ocr.")
    assert outcome["same"]
    assert outcome["missing"]
    assert outcome["size"] == CARD.stat().st_size


def test_without_an_emulator_the_page_says_what_to_do() -> None:
    page = run("http://127.0.0.1:1", "page")
    assert "Is the emulator running at http://127.0.0.1:1? cloudbase-ocr serve" in page["error"]


def test_on_a_phone_everything_goes_to_the_cloud() -> None:
    outcome = run("http://127.0.0.1:1", "cloud")
    assert outcome["page"]["fields"] == [{"key": "name", "value": "云"}]
    assert [call[0] for call in outcome["calls"]] == ["init", "uploadFile", "callFunction"]
