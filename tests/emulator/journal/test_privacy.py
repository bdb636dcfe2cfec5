"""What the journal never shows: tokens and secrets at all, personal data unless a person asks for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.redact import masked, masked_url, scrubbed, without_secrets
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.control.journal_client import NAME, NUMBER, invoke, latest, write_functions
from tests.emulator.control.ocr_client import PICTURE

SECRET = "f00dfacef00dfacef00dfacef00dface"
REPLY = {
    "type": "Front",
    "name": NAME,
    "id": NUMBER,
    "addr": f"北京市{NAME}路1号",
    "gender": "男",
    "nationality": "汉",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("privacy")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    settings = Settings(
        port=0,
        recognizer=False,
        functions=write_functions(folder),
        apps=(f"wxprivate:{SECRET}",),
        appid="wxprivate",
        journal=folder / "journal.jsonl",
    )
    with running(settings) as running_server:
        match = {"sha256": hashlib.sha256(PICTURE).hexdigest()}
        Control(running_server.emulator).fixture("idcard/private", REPLY, match=match)
        yield running_server


def live_token(server: Server) -> str:
    query = {"grant_type": "client_credential", "appid": "wxprivate", "secret": SECRET}
    return str(requests.get(server.url + "/cgi-bin/token", params=query, timeout=10).json()["access_token"])


def everything(server: Server) -> str:
    """Do all that carries secrets or personal data; return every text in which none of it may stand."""
    texts = []
    with requests.get(server.url + "/_emulator/journal/stream", stream=True, timeout=20) as stream:
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(lines) == ": the journal"
        token = live_token(server)
        body = {"grant_type": "client_credential", "appid": "wxprivate", "secret": SECRET}
        stable = requests.post(server.url + "/cgi-bin/stable_token", json=body, timeout=10).json()[
            "access_token"
        ]
        picture = {"img": (f"{NAME}{NUMBER}.jpg", PICTURE, "image/jpeg")}
        for access in (token, stable):
            asked = requests.post(
                f"{server.url}/cv/ocr/idcard", params={"access_token": access}, files=picture, timeout=10
            )
            assert NAME in asked.text
        requests.post(f"{server.url}/cv/ocr/menu", params={"access_token": token}, files=picture, timeout=10)
        url = f"{server.url}/{NAME}/{NUMBER}.jpg?token={token}&name={NAME}"
        asked = requests.post(
            f"{server.url}/cv/ocr/idcard", params={"access_token": token, "img_url": url}, timeout=10
        )
        assert asked.json()["errcode"] == 101000
        name = f"{NAME}/{NUMBER}.jpg"
        stored = requests.post(
            server.url + "/_emulator/files", params={"name": name}, data=PICTURE, timeout=10
        ).json()
        requests.get(stored["url"], timeout=10)
        answer = invoke(server, "reads", {"imgUrl": stored["url"]})
        assert answer["result"]["id"] == NUMBER
        invoke(server, "plain", {"access_token": token, "name": NAME, "id": NUMBER})
        invoke(server, "fails", {"name": NAME + NUMBER})
        invoke(server, "plain", {"number": int(NUMBER)})
        requests.post(
            server.url + "/tcb/invokecloudfunction",
            params={"access_token": token, "env": "local-ocr", "name": "fails"},
            json={"name": NAME, "token": token},
            timeout=20,
        )
        for line in lines:
            texts.append(line)
            if sum('"kind": "call_function", "name": "fails"' in text for text in texts) == 2:
                break
    texts.append(requests.get(server.url + "/_emulator/journal", timeout=10).text)
    shown = requests.get(server.url + "/_emulator/journal?personal_data=true", timeout=10).text
    held = "".join(repr(root) for root in server.emulator.journal.trees())
    assert NAME in shown
    assert NUMBER in shown
    for secret in (token, stable, SECRET, token[3:40], stable[3:40]):
        assert secret not in shown
        assert secret not in held
        assert all(secret not in text for text in texts)
    journal = server.emulator.settings.journal
    assert journal is not None
    files = [path for path in journal.parent.iterdir() if path.name.startswith(journal.name)]
    texts += [path.read_bytes().decode("utf-8", "replace") for path in files]
    assert all(token not in text and stable not in text and SECRET not in text for text in texts)
    return "\n".join(texts)


def test_nothing_personal_and_no_secret_is_shown_or_written(server: Server) -> None:
    text = everything(server)
    assert "private" in text
    assert NAME not in text
    assert NAME[:2] not in text
    for start in range(len(NUMBER) - 7):
        assert NUMBER[start : start + 8] not in text


def test_masked_fields_keep_the_first_character_and_the_length(server: Server) -> None:
    token = live_token(server)
    picture = {"img": ("a.jpg", PICTURE, "image/jpeg")}
    requests.post(f"{server.url}/cv/ocr/idcard", params={"access_token": token}, files=picture, timeout=10)
    answer = latest(server)["answer"]
    assert answer["type"] == "Front"
    assert answer["name"] == "欧***"
    assert answer["id"] == "*" * 18
    assert answer["addr"].startswith("北***")
    assert answer["gender"] == answer["nationality"] == "*"
    assert latest(server, personal_data=True)["answer"]["id"] == NUMBER


def test_the_setting_shows_what_was_read_in_the_file_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with running(Settings(port=0, recognizer=False, journal=path, journal_personal_data=True)) as server:
        query = {"access_token": "mock://wx1", "img_url": "mock://idcard"}
        name = requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()["name"]
        assert latest(server)["answer"]["name"] == name
        assert latest(server, personal_data=False)["answer"]["name"] != name
    assert json.loads(path.read_text("utf-8"))["answer"]["name"] == name


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"access_token": "a", "secret": "b", "Authorization": "c", "sign": "d"}, ["***"] * 4),
        ({"x": "y" * 201}, ["<201 characters>"]),
        ({"x": b"abc"}, ["<3 bytes>"]),
        ({"x": list(range(60))}, ["<60 numbers>"]),
        ({"x": "Bearer " + "a" * 70}, ["Bearer ***"]),
        ({"x": "u?access_token=abc&b=1"}, ["u?access_token=***&b=1"]),
        ({"x": '{"secret": "abc def"}'}, ['{"secret": ***}']),
        ({"x": "emulator/idcard/wx1/o1/request"}, ["***"]),
        ({"x": True, "y": None, "z": 1.5}, [True, None, 1.5]),
    ],
    ids=str,
)
def test_secrets_and_bulk_are_taken_out(value: dict[str, Any], kept: list[Any]) -> None:
    assert list(without_secrets(value).values()) == kept


def test_hostile_shapes_are_bounded() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    wide = {str(number): [{"a": "b"}] * 1000 for number in range(1000)}
    assert len(json.dumps(without_secrets(deep))) < 100
    assert len(json.dumps(masked(without_secrets(wide)))) < 100_000
    for text in ("[" * 2000, "token=" * 300, "A" * 2000, "1" * 2000, "<9 bytes><9 bytes>"):
        assert len(scrubbed(text)) <= len(text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("张三", "张*"),
        ("李", "*"),
        ("京A12345", "京******"),
        ("", ""),
        ("<张三丰>", "<****"),
        (NUMBER, "*" * 18),
        (int(NUMBER), "*" * 18),
        (1280, 1280),
        (19900101, "********"),
        (
            [{"text": "甲乙", "pos": {"left_top": {"x": 12}}}],
            [{"text": "甲*", "pos": {"left_top": {"x": 12}}}],
        ),
        (
            "https://u:p@h.example/a/张三丰.jpg?sign=1&name=x",
            "https://h.example/a/张**.jpg?sign=***&name=***",
        ),
        ("http://[::1/x", "h************"),
    ],
    ids=str,
)
def test_masks(value: Any, shown: Any) -> None:
    assert masked(value) == shown


def test_plain_words_are_plain_under_their_keys_only() -> None:
    assert masked({"type": "Front", "name": "Front"}) == {"type": "Front", "name": "F****"}
    assert masked({"type": "张三", "errMsg": NUMBER}) == {"type": "张*", "errMsg": "*" * 18}


def test_sentences_lose_numbers_and_names_and_keep_the_rid() -> None:
    rid = "data format error rid: 6b015ad6-43590450-46512345"
    assert scrubbed(rid) == rid
    assert scrubbed(f"no 张三丰 with {NUMBER} (101001)") == f"no 张** with {'*' * 18} (101001)"
    assert masked_url("mock://idcard/back") == "mock://idcard/back"
