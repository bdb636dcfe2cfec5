"""Each mode over real sockets: what is replayed, what is asked, what is written."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from cloudbase_ocr.answers import load_fixtures
from cloudbase_ocr.app import create_app
from cloudbase_ocr.record import Recording
from cloudbase_ocr.server import running as serving
from cloudbase_ocr.settings import Settings
from tests.emulator.record.conftest import PERSON, SPECIMENS, TOKEN, Live, Start
from wxcloud.service_market import SERVICE

ONE, TWO = b"\xff\xd8\xff one", b"\xff\xd8\xff two"


def test_new_records_once_and_replays_whatever_the_boundary(live: Live, start: Start, folder: Path) -> None:
    proxy = start("new", keep_personal_data=True)
    first, second = proxy.send(ONE), proxy.send(ONE)
    assert first.json() == second.json() == live.reply
    assert second.headers["Content-Type"] == "application/json; encoding=utf-8"
    assert len(live.asked) == 1
    (fixture,) = load_fixtures([folder])
    assert fixture.provenance == "recorded"
    assert fixture.match == {"sha256": hashlib.sha256(ONE).hexdigest()}
    assert fixture.reply == PERSON
    assert (
        fixture.reference
        == f"recorded 2023-11-14 from {live.server.host}:{live.server.port}; personal data kept"
    )


def test_the_file_is_for_people(start: Start, folder: Path) -> None:
    proxy = start("new", keep_personal_data=True)
    for picture in (TWO, ONE):
        proxy.send(picture)
    text = (folder / "idcard.yaml").read_text(encoding="utf-8")
    assert "    name: 欧阳铁柱\n" in text
    assert "{" not in text
    names = [entry["name"] for entry in yaml.safe_load(text)]
    assert names == sorted(names)
    assert [path.name for path in folder.iterdir()] == ["idcard.yaml"]


def test_what_is_sent_on_is_what_the_client_sent(live: Live, start: Start) -> None:
    proxy = start("all")
    proxy.send(ONE, headers={"X-Mine": "1"})
    (asked,) = live.asked
    assert asked.query == f"access_token={TOKEN}"
    assert b"\r\n\r\n" + ONE + b"\r\n--" in asked.body
    assert asked.headers["X-Mine"] == "1"
    assert asked.headers["Host"] == f"{live.server.host}:{live.server.port}"


def test_tokens_and_secrets_are_written_nowhere(
    live: Live, start: Start, tmp_path: Path, dead_address: str
) -> None:
    proxy = start("new")
    query = {"grant_type": "client_credential", "appid": "wx1", "secret": "top-secret-123"}
    assert (
        requests.get(proxy.url + "/cgi-bin/token", params=query, timeout=10).json()["access_token"] == TOKEN
    )
    requests.post(proxy.url + "/cgi-bin/stable_token", json=query, timeout=10)
    live.reply = {"errcode": 0, "errmsg": "ok", **PERSON, "echo": f"access_token={TOKEN}"}
    proxy.send(ONE)
    broken = start("new", upstream=dead_address)
    broken.send(TWO)
    written = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()) + str(
        proxy.lines + broken.lines
    )
    assert "recorded idcard/" in written
    assert "cannot be reached" in written
    assert TOKEN not in written
    assert "top-secret-123" not in written


def test_once_records_into_an_empty_folder_and_then_only_replays(live: Live, start: Start) -> None:
    start("once").send(ONE)
    again = start("once")
    assert again.send(ONE).json()["errcode"] == 0
    refused = again.send(TWO)
    assert refused.status_code == 404
    assert len(live.asked) == 1


def test_all_records_again_and_replaces(live: Live, start: Start, folder: Path) -> None:
    proxy = start("all", keep_personal_data=True)
    proxy.send(ONE)
    live.reply = {"errcode": 101001, "errmsg": "certificate not found rid: 1-2-3"}
    assert proxy.send(ONE).json() == live.reply
    (fixture,) = load_fixtures([folder])
    assert fixture.error == 101001
    assert fixture.reply is None
    assert start("none").send(ONE).json() == {"errcode": 101001, "errmsg": fixture_text(101001)}


def fixture_text(code: int) -> str:
    from wxcloud.contract import ERRORS

    return ERRORS[code].observed


def test_none_asks_nobody_and_names_what_comes_closest(live: Live, start: Start) -> None:
    start("new").send(ONE)
    proxy = start("none", upstream=None)
    assert proxy.send(ONE).json()["errcode"] == 0
    text = proxy.send(TWO).json()["errmsg"]
    assert f"nothing is recorded for idcard and picture {hashlib.sha256(TWO).hexdigest()[:16]}" in text
    assert f"Same method, other pictures: idcard/{hashlib.sha256(ONE).hexdigest()[:16]}." in text
    assert (
        "The same picture is recorded for another method: idcard." in proxy.send(ONE, "comm").json()["errmsg"]
    )
    assert (
        "Nothing is recorded for this method; recorded are idcard."
        in proxy.send(TWO, "comm").json()["errmsg"]
    )
    assert len(live.asked) == 1


def test_a_replay_needs_no_token_and_no_service(start: Start) -> None:
    start("new").send(ONE)
    proxy = start("none", upstream=None)
    token = requests.post(proxy.url + "/cgi-bin/stable_token", json={}, timeout=10).json()
    assert token["access_token"]
    assert token["expires_in"] == 7200
    assert requests.post(proxy.url + "/tcb/uploadfile", timeout=10).status_code == 404


def test_spy_passes_on_and_writes_nothing(live: Live, start: Start, folder: Path) -> None:
    start("new").send(ONE)
    before = (folder / "idcard.yaml").read_bytes()
    proxy = start("spy")
    proxy.send(ONE)
    assert proxy.send(TWO).json() == live.reply
    assert proxy.send(TWO, "comm").json() == live.reply
    assert len(live.asked) == 3
    assert [path.name for path in folder.iterdir()] == ["idcard.yaml"]
    assert (folder / "idcard.yaml").read_bytes() == before


def test_diff_reports_what_changed_and_leaves_the_recording(live: Live, start: Start, folder: Path) -> None:
    start("new").send(ONE)
    before = (folder / "idcard.yaml").read_bytes()
    proxy = start("diff")
    proxy.send(ONE)
    assert proxy.lines[-1].endswith("is equal")
    live.reply = {**live.reply, "gender": "女", "addr": "上海市黄浦区人民路1号", "card_property": 4}
    assert proxy.send(ONE).json() == live.reply
    text = "\n".join(proxy.lines)
    assert "  gender: recorded '男', live '女'" in text
    assert "  addr: recorded '" in text
    assert "黄浦" not in text
    assert "东城" not in text
    assert "  card_property: new in the live answer" in text
    live.reply = {"errcode": 101001, "errmsg": "certificate not found"}
    proxy.send(ONE)
    assert "  recorded a reply, live errcode 101001" in proxy.lines
    proxy.send(TWO)
    assert dict(proxy.recorder.counts) == {"equal": 1, "different": 2, "unknown": 1}
    assert (folder / "idcard.yaml").read_bytes() == before


def test_diff_without_the_key_compares_the_form_of_personal_data(live: Live, start: Start) -> None:
    start("new").send(ONE)
    proxy = start("diff", keys="another-machine")
    live.reply = {**live.reply, "name": "诸葛钢蛋"}
    proxy.send(ONE)
    assert proxy.recorder.counts["equal"] == 1
    live.reply = {**live.reply, "name": "王五"}
    proxy.send(ONE)
    assert "  name: recorded '字字字字', live '字字'" in proxy.lines


def test_diff_of_a_recording_with_personal_data_shows_none(live: Live, start: Start) -> None:
    start("new", keep_personal_data=True).send(ONE)
    proxy = start("diff")
    live.reply = {**live.reply, "name": "诸葛钢蛋"}
    proxy.send(ONE)
    assert "  name: differs (values are personal data and not shown)" in proxy.lines
    assert "诸葛" not in str(proxy.lines)


@pytest.mark.parametrize("code", [40001, 42001, 101003, -1, 99999])
def test_errors_that_are_not_about_the_picture_are_passed_on_only(
    live: Live, start: Start, folder: Path, code: int
) -> None:
    live.reply = {"errcode": code, "errmsg": "no"}
    proxy = start("new")
    assert proxy.send(ONE).json() == live.reply
    assert f"errcode {code}" in proxy.lines[-1]
    assert "not recorded" in proxy.lines[-1]
    assert not folder.exists()


@pytest.mark.parametrize(
    ("status", "body"), [(502, b"<html>bad gateway</html>"), (200, b"not json"), (200, b"[1]"), (412, b"")]
)
def test_what_is_no_answer_of_the_api_is_passed_on_only(
    live: Live, start: Start, folder: Path, status: int, body: bytes
) -> None:
    live.status, live.body = status, body or b" "
    answer = start("new").send(ONE)
    assert (answer.status_code, answer.content) == (status, body or b" ")
    assert not folder.exists()


def test_a_service_that_is_down_gives_a_clear_answer(start: Start, dead_address: str) -> None:
    proxy = start("new", upstream=dead_address)
    answer = proxy.send(ONE)
    assert answer.status_code == 502
    assert "cannot be reached (ConnectionError)" in answer.json()["errmsg"]
    assert TOKEN not in answer.text


def test_fields_the_contract_does_not_know_are_recorded_as_outside(
    live: Live, start: Start, folder: Path
) -> None:
    live.reply = {"errcode": 0, "errmsg": "ok", **PERSON, "card_property": "4", "pinyin": "OUYANG TIEZHU"}
    start("new").send(ONE)
    (entry,) = yaml.safe_load((folder / "idcard.yaml").read_text("utf-8"))
    assert entry["outside"] == ["card_property", "pinyin"]
    assert "OUYANG" not in str(entry)
    assert start("none").send(ONE).json()["card_property"] == "4"


def test_pictures_sent_as_url_are_found_by_their_hash(live: Live, start: Start, folder: Path) -> None:
    live.server.expect_request("/a.jpg").respond_with_data(ONE, content_type="image/jpeg")
    live.server.expect_request("/b.jpg").respond_with_data(ONE, content_type="image/jpeg")
    proxy = start("new")
    proxy.send_url(live.url + "/a.jpg?sign=secret-signature&t=1")
    (fixture,) = load_fixtures([folder])
    assert fixture.match == {"sha256": hashlib.sha256(ONE).hexdigest()}
    replay = start("none")
    for answer in (replay.send_url(live.url + "/b.jpg"), replay.send(ONE)):
        assert answer.json()["errcode"] == 0
    assert len(live.asked) == 1


def test_a_url_is_kept_only_when_it_is_nothing_but_a_place(live: Live, start: Start, folder: Path) -> None:
    proxy = start("new")
    proxy.send_url("http://127.0.0.1:1/plain.jpg")
    proxy.send_url("http://127.0.0.1:1/110101199003072316.jpg")
    proxy.send_url("http://127.0.0.1:1/a.jpg?sign=x")
    (fixture,) = load_fixtures([folder])
    assert fixture.match == {"url": "http://127.0.0.1:1/plain.jpg"}
    assert start("none").send_url("http://127.0.0.1:1/plain.jpg").json()["errcode"] == 0
    assert proxy.lines[-1].endswith("nothing could be matched later")


def test_images_are_kept_beside_the_recording_on_demand(start: Start, folder: Path) -> None:
    start("new", keep_images=True).send(ONE)
    image = folder / "images" / (hashlib.sha256(ONE).hexdigest() + ".jpg")
    assert image.read_bytes() == ONE
    image.write_bytes(b"placeholder")
    assert start("none").send(ONE).json()["errcode"] == 0


def test_the_emulator_serves_a_recording_as_fixtures(live: Live, start: Start, folder: Path) -> None:
    card = (SPECIMENS / "idcard-front.jpg").read_bytes()
    recorded = start("new")
    recorded.send(card)
    replayed = start("none").send(card).json()
    settings = Settings(port=0, recognizer=False, fixtures=(folder,))
    with serving(settings, create_app(settings)) as server:
        answer = requests.post(
            server.url + "/cv/ocr/idcard",
            params={"access_token": "mock://wx1"},
            files={"img": ("x.jpg", card)},
            timeout=10,
        )
    assert answer.json() == replayed


def test_a_file_that_a_person_changes_is_used_as_it_is_now(start: Start, folder: Path) -> None:
    proxy = start("new", keep_personal_data=True)
    proxy.send(ONE)
    path = folder / "idcard.yaml"
    path.write_text(path.read_text("utf-8").replace("欧阳铁柱", "改过的名字"), encoding="utf-8")
    assert proxy.send(ONE).json()["name"] == "改过的名字"
    proxy.send(TWO)
    assert sorted(str((f.reply or {})["name"]) for f in load_fixtures([folder])) == ["改过的名字", "欧阳铁柱"]


def test_a_file_that_a_person_breaks_is_left_alone(live: Live, start: Start, folder: Path) -> None:
    proxy = start("new")
    proxy.send(ONE)
    path = folder / "idcard.yaml"
    path.write_text("- name: [", encoding="utf-8")
    assert proxy.send(TWO).json() == live.reply
    assert "NOT recorded" in proxy.lines[-1]
    assert path.read_text("utf-8") == "- name: ["


def test_leftovers_of_a_killed_writer_are_removed(folder: Path) -> None:
    folder.mkdir()
    (folder / ".idcard.yaml.x1.tmp").write_text("- half", encoding="utf-8")
    recording = Recording(folder)
    assert recording.found_empty
    assert list(folder.iterdir()), "who only reads does not know whether somebody is writing"
    recording.hold()
    assert [path.name for path in folder.iterdir()] == [".lock"]
    recording.close()
    assert not folder.exists(), "nothing was recorded"


def test_pictures_that_come_at_once_are_all_recorded(start: Start, folder: Path) -> None:
    proxy = start("new")
    pictures = [b"\xff\xd8" + bytes([number]) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(proxy.send, pictures)} == {200}
    assert len(load_fixtures([folder])) == len(pictures)


@pytest.mark.parametrize("target", ["@127.0.0.1:1/cgi-bin/token", "http://127.0.0.1:1/cgi-bin/token"])
def test_a_target_cannot_lead_to_another_host(live: Live, start: Start, target: str) -> None:
    proxy = start("new")
    host, _, port = proxy.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(
            f"GET {target}?secret=top-secret HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        answer = client.makefile("rb").read()
    assert b" 502 " in answer.splitlines()[0]
    assert live.asked == []
    assert "top-secret" not in str(proxy.lines)


def test_redirects_of_the_service_reach_the_client(live: Live, start: Start) -> None:
    live.server.expect_request("/elsewhere").respond_with_data("", 302, {"Location": "http://127.0.0.1:1/"})
    answer = requests.get(start("new").url + "/elsewhere", timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8788"},
        {"Host": "["},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:5173"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Referer": "http://127.0.0.1:1/"},
        {"Referer": "https://evil.example/"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/cv/ocr/idcard", "/cgi-bin/token", "/tcb/uploadfile", "/", "/nothing"])
def test_pages_and_other_names_reach_neither_service_nor_recording(
    live: Live, start: Start, folder: Path, path: str, headers: dict[str, str]
) -> None:
    proxy = start("new")
    for verb in ("GET", "POST", "OPTIONS"):
        files = {"img": ("card.jpg", ONE)} if verb == "POST" else None
        answer = requests.request(verb, proxy.url + path, files=files, headers=headers, timeout=10)
        assert answer.status_code == 403
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "cloudbase-ocr record" in answer.json()["errmsg"]
    assert live.asked == []
    assert list(folder.glob("*.yaml")) == []
    assert len(proxy.lines) == 3


@pytest.mark.parametrize("host", ["api.weixin.qq.com", "localhost:8788", "127.0.0.1"])
def test_programs_reach_the_recorder_under_its_name_and_the_service_s(
    live: Live, start: Start, host: str
) -> None:
    answer = start("new").send(
        ONE, headers={"Host": host, "Referer": "https://servicewechat.com/wx1/0/page-frame.html"}
    )
    assert answer.json() == live.reply
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


CARD = {
    "type": 0,
    **{
        ("address" if name == "addr" else name): {"text": value, "pos": {"left_top": {"x": 1.5, "y": 2.0}}}
        for name, value in PERSON.items()
        if name != "type"
    },
    "image_width": 480,
    "image_height": 304,
}


def ask_market(url: str, picture: bytes, ocr_type: int = 1) -> requests.Response:
    data = {"data_type": 2, "img_data": base64.b64encode(picture).decode(), "ocr_type": ocr_type}
    call = {"service": SERVICE, "api": "OcrAllInOne", "data": data, "client_msg_id": "1"}
    return requests.post(f"{url}/wxa/servicemarket?access_token={TOKEN}", json=call, timeout=10)


def test_the_service_market_is_recorded_as_the_method_and_scrubbed_inside_its_text(
    live: Live, start: Start, folder: Path
) -> None:
    text = json.dumps({"idcard_res": CARD}, ensure_ascii=False)
    live.reply = {"errcode": 0, "errmsg": "ok", "data": text}
    proxy = start("new")
    assert ask_market(proxy.url, ONE).json() == live.reply, "the client gets what came"
    written = (folder / "idcard.yaml").read_text(encoding="utf-8")
    for name in ("name", "id", "addr", "birth"):
        assert PERSON[name] not in written
    (fixture,) = load_fixtures([folder])
    assert fixture.reply is not None
    assert list(fixture.reply) == ["type", "name", "id", "addr", "gender", "nationality", "birth"]
    assert (fixture.reply["type"], fixture.reply["gender"]) == ("Front", "男")
    assert fixture.match == {"sha256": hashlib.sha256(ONE).hexdigest()}
    again = json.loads(ask_market(proxy.url, ONE).json()["data"])["idcard_res"]
    assert again["name"] == {"text": fixture.reply["name"]}
    assert again["address"] == {"text": fixture.reply["addr"]}
    assert proxy.send(ONE).json()["name"] == fixture.reply["name"], "the method answers from it, too"
    assert len(live.asked) == 1


@pytest.mark.parametrize(
    ("reply", "recorded"),
    [
        ({"errcode": 0, "errmsg": "ok", "data": '{"idcard_res":{"type":2,"image_width":480}}'}, True),
        ({"errcode": 0, "errmsg": "ok", "data": ""}, False),
        ({"errcode": 0, "errmsg": "ok", "data": '{"bankcard_res":{}}'}, False),
        ({"errcode": 0, "errmsg": "ok"}, False),
        ({"errcode": 9301010, "errmsg": "consumption failure"}, False),
        ({"errcode": 9311003, "errmsg": ""}, False),
    ],
)
def test_what_the_service_market_does_not_read(
    live: Live, start: Start, folder: Path, reply: dict[str, Any], recorded: bool
) -> None:
    live.reply = reply
    proxy = start("new")
    assert ask_market(proxy.url, ONE).json() == reply
    assert folder.joinpath("idcard.yaml").exists() is recorded
    if recorded:
        assert json.loads(ask_market(proxy.url, ONE).json()["data"]) == {"idcard_res": {"type": 2}}
        assert len(live.asked) == 1


def test_other_calls_of_the_market_are_passed_on(live: Live, start: Start, folder: Path) -> None:
    proxy = start("new")
    bodies: list[Any] = [{"service": "other"}, [], {"service": SERVICE, "api": "OcrAllInOne", "data": "{}"}]
    for body in bodies:
        requests.post(f"{proxy.url}/wxa/servicemarket?access_token=x", json=body, timeout=10)
    ask_market(proxy.url, ONE, ocr_type=9)
    assert len(live.asked) == 4
    assert not folder.exists() or not list(folder.glob("*.yaml"))
