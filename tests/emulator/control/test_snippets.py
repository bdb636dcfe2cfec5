"""The snippets of the console are run as they are printed: by sh, Python, Node, the emulator, pytest."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs

ROOT = Path(__file__).parents[3]
SPECIMENS = ROOT / "emulator" / "cloudbase_ocr" / "specimens"
SHA256 = "0" * 64

Read = Callable[[str, str], dict[str, Any]]
EVERY = ["curl", "python", "miniprogram", "fixture", "pytest"]
OF_MARKET = ["curl", "python", "node"]

CASES = pytest.mark.parametrize(
    ("specimen", "method"),
    [
        pytest.param("idcard-front", "ocr.idcard", id="card"),
        pytest.param("printed-text", "ocr.printedText", id="text"),
        pytest.param("printed-text", "ocr.idcard", id="failure"),
    ],
)


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


@pytest.fixture(scope="module")
def read(emulator: Server) -> Read:
    """Reads a specimen over the control API, each once."""
    known: dict[tuple[str, str], Any] = {}

    def read_once(specimen: str, method: str) -> dict[str, Any]:
        if (specimen, method) not in known:
            asked = {"specimen": specimen, "method": method}
            url = emulator.url + "/_emulator/recognize"
            known[specimen, method] = requests.post(url, json=asked, timeout=120).json()
        return copy.deepcopy(known[specimen, method])

    return read_once


def made(server: Server, answer: dict[str, Any], file: str, *, market: bool = False) -> dict[str, str]:
    body = {
        "market": market,
        "method": answer["method"],
        "file": file,
        "sha256": answer["picture"]["sha256"],
        "reply": answer["wechat"],
    }
    reply = requests.post(server.url + "/_emulator/snippets", json=body, timeout=10).json()
    assert [snippet["name"] for snippet in reply["snippets"]] == (OF_MARKET if market else EVERY)
    return {snippet["name"]: snippet["text"] for snippet in reply["snippets"]}


def folder_with(tmp_path: Path, specimen: str, name: str) -> Path:
    shutil.copy(SPECIMENS / f"{specimen}.jpg", tmp_path / name)
    return tmp_path


def run(words: list[str], folder: Path, **env: str) -> str:
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **env}, capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.check
@CASES
def test_curl(emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip(needs.CURL)
    answer = read(specimen, method)
    name = "my card (1).jpg"
    command = made(emulator, answer, name)["curl"]
    printed = run(["sh", "-c", command], folder_with(tmp_path, specimen, name), NO_PROXY="*")
    reply = json.loads(printed)
    assert reply.pop("errmsg").startswith(answer["wechat"].pop("errmsg"))
    assert reply == answer["wechat"]


@pytest.mark.check
@CASES
def test_python(emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str) -> None:
    answer = read(specimen, method)
    folder = folder_with(tmp_path, specimen, "照片.jpg")
    (folder / "read.py").write_text(made(emulator, answer, "照片.jpg")["python"], encoding="utf-8")
    printed = run(
        [sys.executable, "read.py"], folder, PYTHONPATH=str(ROOT / "functions"), PYTHONIOENCODING="utf-8"
    )
    assert_told(answer, printed)


@pytest.mark.check
@CASES
def test_mini_program(emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip(needs.NODE)
    answer = read(specimen, method)
    folder = folder_with(tmp_path, specimen, "card.jpg")
    (folder / "snippet.js").write_text(made(emulator, answer, "card.jpg")["miniprogram"], encoding="utf-8")
    harness = Path(__file__).with_name("snippet_in_node.js")
    words = [node, str(harness), str(ROOT / "docs" / "miniprogram"), emulator.url, "card.jpg"]
    assert_told(answer, run(words, folder))


def assert_told(answer: dict[str, Any], printed: str) -> None:
    cloud = answer["cloud"]
    if cloud["errCode"]:
        assert printed.startswith(f"{cloud['errCode']} {cloud['errMsg'].split(' hint')[0]}")
    elif "name" in cloud:
        assert printed.split() == [cloud["name"], cloud["id"]]
    else:
        assert cloud["items"][0]["text"] in printed


@pytest.mark.check
@CASES
def test_fixture(emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str) -> None:
    answer = read(specimen, method)
    path = tmp_path / "fixtures.yaml"
    path.write_text(made(emulator, answer, "My Card.JPG")["fixture"], encoding="utf-8")
    with running(Settings(port=0, recognizer=False, hints=False, fixtures=(path,))) as server:
        url = f"{server.url}/cv/ocr/{method_key(method)}?access_token=mock://wx1"
        files = {"img": (SPECIMENS / f"{specimen}.jpg").read_bytes()}
        assert requests.post(url, files=files, timeout=20).json() == answer["wechat"]
        names = [each["name"] for each in fixtures(server)]
    assert f"{method_key(method)}/my-card" in names


def method_key(method: str) -> str:
    return {"ocr.printedText": "comm"}.get(method, method.removeprefix("ocr."))


def fixtures(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(server.url + "/_emulator/fixtures", timeout=10).json()[
        "fixtures"
    ]
    return found


@pytest.mark.check
@CASES
def test_pytest(emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str) -> None:
    answer = read(specimen, method)
    folder = folder_with(tmp_path, specimen, "card.jpg")
    test = made(emulator, answer, "card.jpg")["pytest"]
    (folder / "test_ocr.py").write_text(test, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_ocr.py"]
    path = os.pathsep.join((str(ROOT), str(ROOT / "functions")))
    assert "1 passed" in run(words, folder, PYTHONPATH=path)
    if method == "ocr.idcard" and specimen == "idcard-front":
        (folder / "test_ocr.py").write_text(test.replace("== 0", "== 1"), encoding="utf-8")
        done = subprocess.run(
            words, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, timeout=120
        )
        assert done.returncode == 1


@pytest.mark.check
@CASES
def test_curl_of_the_service_market(
    emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str
) -> None:
    if shutil.which("curl") is None:
        pytest.skip(needs.CURL)
    answer = read(specimen, method)
    name = "my card (1).jpg"
    command = made(emulator, answer, name, market=True)["curl"]
    printed = run(["sh", "-c", command], folder_with(tmp_path, specimen, name), NO_PROXY="*")
    assert json.loads(printed) == answer["market"]


@pytest.mark.check
@CASES
def test_python_of_the_service_market(
    emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str
) -> None:
    answer = read(specimen, method)
    folder = folder_with(tmp_path, specimen, "照片.jpg")
    program = made(emulator, answer, "照片.jpg", market=True)["python"]
    (folder / "read.py").write_text(program, encoding="utf-8")
    printed = run(
        [sys.executable, "read.py"], folder, PYTHONPATH=str(ROOT / "functions"), PYTHONIOENCODING="utf-8"
    )
    if answer["wechat"]["errcode"]:
        assert printed == "nothing was recognised\n"
    else:
        assert_told(answer, printed)


@pytest.mark.check
@CASES
def test_node_of_the_service_market(
    emulator: Server, read: Read, tmp_path: Path, specimen: str, method: str
) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip(needs.NODE)
    answer = read(specimen, method)
    folder = folder_with(tmp_path, specimen, "card.jpg")
    (folder / "read.js").write_text(made(emulator, answer, "card.jpg", market=True)["node"], encoding="utf-8")
    [found] = json.loads(answer["market"]["data"]).values()
    assert json.loads(run([node, "read.js"], folder)) == found


@pytest.mark.check
def test_errors_of_the_service_market_are_printed(server: Server, control: Control, tmp_path: Path) -> None:
    found = control.snippets.show("ocr.idcard", "card.jpg", SHA256, {"errcode": 101003}, market=True)
    control.fail("serviceMarket.invokeService", 9301010, times=1)
    folder = folder_with(tmp_path, "idcard-front", "card.jpg")
    (folder / "read.py").write_text(found.snippets[1].text, encoding="utf-8")
    printed = run([sys.executable, "read.py"], folder, PYTHONPATH=str(ROOT / "functions"))
    assert printed.startswith("9301010 openapi.serviceMarket.invokeService:fail consumption failure")


def test_names_are_those_of_the_service_market_and_what_was_not_read_is_not_asked_for(
    control: Control,
) -> None:
    reply = {"errcode": 0, "type": "Front", "name": "", "addr": "某街道1号", "id": "1"}
    found = control.snippets.show("ocr.idcard", "a.jpg", SHA256, reply, market=True)
    assert 'print(fields["address"], fields["id"])' in found.snippets[1].text


def test_the_service_market_has_no_menu(control: Control) -> None:
    with pytest.raises(ControlError, match=r"no document that ocr\.menu reads"):
        control.snippets.show("ocr.menu", "a.jpg", SHA256, {"errcode": 0}, market=True)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-",
        "-rf.jpg",
        "a'b.jpg",
        'a"b.jpg',
        "$(id).jpg",
        "a;b.jpg",
        "a\nb.jpg",
        "../a.jpg",
        "`id`.jpg",
        "x" * 200,
    ],
)
def test_a_file_name_that_could_do_harm_is_replaced(server: Server, control: Control, name: str) -> None:
    reply = {"errcode": 0, "errmsg": "ok", "name": "甲"}
    for market in (False, True):
        found = control.snippets.show("ocr.idcard", name, SHA256, reply, market)
        assert found.file == "picture.jpg"
        for snippet in found.snippets:
            assert len(name) < 2 or name not in snippet.text


def test_values_stay_values(control: Control, tmp_path: Path) -> None:
    hostile = "\"; import os; os.abort() #\n'\\ {x} ${y} %s </script>"
    reply = {"errcode": "0", "errmsg": "ok", "name": hostile, "id": hostile}
    texts = {
        each.name: each.text for each in control.snippets.show("idcard", "a.jpg", SHA256, reply).snippets
    }
    compile(texts["python"], "python", "exec")
    compile(texts["pytest"], "pytest", "exec")
    compile(
        control.snippets.show("idcard", "a.jpg", SHA256, reply, market=True).snippets[1].text, "a", "exec"
    )
    assert json.dumps(hostile) in texts["pytest"]
    path = tmp_path / "fixtures.yaml"
    path.write_text(texts["fixture"], encoding="utf-8")
    with running(Settings(port=0, recognizer=False, fixtures=(path,))) as server:
        url = f"{server.url}/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard/a"
        assert requests.post(url, timeout=10).json()["name"] == hostile


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "ocr.nonsense"}, "method"),
        ({"sha256": "0" * 63}, "sha256"),
        ({"sha256": "Z" * 64}, "sha256"),
        ({"reply": {}}, "errcode"),
        ({"reply": {"errcode": None}}, "errcode"),
        ({"reply": {"errcode": 424242}}, "424242"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(control: Control, changed: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {
        "method": "ocr.idcard",
        "file": "a.jpg",
        "sha256": SHA256,
        "reply": {"errcode": 0},
    }
    with pytest.raises(ControlError, match=said):
        control.snippets.show(**{**given, **changed})
