"""The control side: health, files, and who is let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from cloudbase_ocr import __version__
from cloudbase_ocr.app import create_app
from cloudbase_ocr.control import api
from cloudbase_ocr.control.facade import OPERATIONS
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from wxcloud.contract import METHODS


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0)) as running_server:
        yield running_server


@needs.engine
def test_health_names_version_functions_and_what_can_be_read(server: Server) -> None:
    health = requests.get(server.url + "/_emulator/health", timeout=10).json()
    assert health["version"] == __version__
    assert health["recognizer"] == sorted(method.key for method in METHODS)
    idcard = next(function for function in health["functions"] if function["name"] == "idcard")
    assert idcard["runnable"]
    assert idcard["permissions"] == ["ocr.idcard"]


def test_a_file_comes_back_as_it_was_sent(server: Server) -> None:
    data = bytes(range(256))
    stored = requests.post(server.url + "/_emulator/files?name=a%20b/照片.jpg", data=data, timeout=10).json()
    assert stored["fileID"].startswith("cloud://local-ocr.")
    assert requests.get(stored["url"], timeout=10).content == data


@pytest.mark.parametrize("name", ["", "../x.jpg", "/x.jpg", "a/../../x", "a\x00b"])
def test_file_names_that_are_no_plain_paths_are_refused(server: Server, name: str) -> None:
    answer = requests.post(server.url + "/_emulator/files", params={"name": name}, data=b"x", timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_file_that_is_too_large_is_refused(server: Server) -> None:
    answer = requests.post(
        server.url + "/_emulator/files?name=big", data=b"x" * (33 * 1024 * 1024), timeout=30
    )
    assert answer.status_code == 413
    assert "bytes" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8787"},
    ],
    ids=str,
)
def test_web_pages_of_others_are_refused(server: Server, headers: dict[str, str]) -> None:
    for path in ("health", "invoke", "files"):
        answer = requests.post(
            f"{server.url}/_emulator/{path}", json={"name": "idcard"}, headers=headers, timeout=10
        )
        assert answer.status_code == 403, path


def test_pages_of_the_emulator_itself_are_let_in(server: Server) -> None:
    answer = requests.get(server.url + "/_emulator/health", headers={"Origin": server.url}, timeout=10)
    assert answer.status_code == 200


def test_an_emulator_that_listens_everywhere_answers_under_any_name() -> None:
    with running(Settings(host="0.0.0.0", port=0, recognizer=False)) as server:
        token = server.emulator.guard.token
        headers = {"Host": f"build-host:{server.port}", "Authorization": f"Bearer {token}"}
        assert requests.get(server.url + "/_emulator/health", headers=headers, timeout=10).ok


def test_routes_come_from_the_table_that_is_given() -> None:
    app = create_app(Settings(recognizer=False))
    (health,) = [each for each in OPERATIONS if each.name == "health"]
    app.register_blueprint(api.blueprint_of([replace(health, path="alive", name="alive")]), name="more")
    client = app.test_client()
    assert client.get("/_emulator/alive").get_json() == client.get("/_emulator/health").get_json()
    assert client.post("/_emulator/alive").status_code == 405
