"""The journal: trees, what belongs to which call, what answered, and the bound of the ring."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.journal.entries import MAX_CHILDREN
from cloudbase_ocr.journal.journal import MAX_TREES, Journal
from cloudbase_ocr.runtime import Caller
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.control.journal_client import flat, invoke, latest, outline, trees, write_functions
from tests.emulator.control.ocr_client import PICTURE, ask, upload

OCR: Any = ("wechat", "/cv/ocr/idcard", [])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = write_functions(tmp_path_factory.mktemp("journal"))
    with running(Settings(port=0, recognizer=False, functions=folder, quota_per_day=0)) as running_server:
        yield running_server


@pytest.fixture(autouse=True)
def fresh(server: Server) -> None:
    Control(server.emulator).reset()


def test_a_mini_program_event_is_one_tree_down_to_the_wechat_requests(server: Server) -> None:
    answer = invoke(server, "reads", {"imgUrl": "mock://idcard"}, appid="wxtree")
    tree = latest(server)
    token: Any = ("wechat", "/cgi-bin/stable_token", [])
    assert outline(tree) == ("call_function", "reads", [("function", "reads", [token, OCR])])
    function = tree["children"][0]
    assert function["id"] == answer["requestID"]
    assert function["appid"] == "wxtree"
    assert function["request"] == {"imgUrl": "mock://idcard"}
    assert function["function"]["cold"] is True
    ocr = function["children"][1]
    assert ocr["matched"] == {"by": "magic", "name": "idcard"}
    assert (ocr["outcome"]["code"], ocr["outcome"]["status"]) == (0, 200)
    assert ocr["request"]["query"]["img_url"] == "mock://idcard"
    for entry in flat(tree):
        assert entry["root"] == tree["id"]
        for child in entry["children"]:
            assert child["parent"] == entry["id"]
            assert entry["started"] <= child["started"]
            assert child["duration_ms"] <= entry["duration_ms"]


def test_any_entry_finds_its_tree(server: Server) -> None:
    answer = invoke(server, "plain", {})
    tree = requests.get(f"{server.url}/_emulator/journal/{answer['requestID']}", timeout=10).json()
    assert tree == latest(server)
    assert requests.get(f"{server.url}/_emulator/journal/none", timeout=10).status_code == 404


@pytest.mark.parametrize("route", ["/v1/functions/plain", "/"])
def test_every_way_to_call_a_function_is_the_root_of_its_tree(server: Server, route: str) -> None:
    headers, body = {}, {}
    if route == "/":
        headers = {"X-TC-Action": "Invoke", "X-TC-Version": "2018-04-16"}
        body = {"FunctionName": "plain"}
    assert requests.post(server.url + route, json=body, headers=headers, timeout=30).status_code == 200
    assert outline(latest(server)) == ("call_function", "plain", [("function", "plain", [OCR])])


def test_a_call_over_wechats_http_api_is_the_root_of_its_tree(server: Server) -> None:
    query = {"access_token": "mock://wxhttp", "env": "local-ocr", "name": "plain"}
    requests.post(server.url + "/tcb/invokecloudfunction", params=query, json={}, timeout=30)
    assert outline(latest(server)) == ("call_function", "plain", [("function", "plain", [OCR])])


def test_a_function_that_calls_a_function_is_one_tree(server: Server) -> None:
    assert invoke(server, "nested", {"number": 5})["result"] == {"number": 5}
    inner = ("call_function", "plain", [("function", "plain", [OCR])])
    assert outline(latest(server)) == ("call_function", "nested", [("function", "nested", [inner])])


@pytest.mark.check
def test_calls_at_the_same_time_never_mix(server: Server) -> None:
    """Every request carries the number of its call; 4 instances answer 60 calls, 8 at a time."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda number: invoke(server, "plain", {"number": number, "calls": 4}), range(60))
        )
    assert [answer["result"]["number"] for answer in answers] == list(range(60))
    found = trees(server, personal_data=True)
    assert len(found) == 60
    for tree in found:
        (function,) = tree["children"]
        number = function["request"]["number"]
        assert [child["request"]["query"]["resp_type"] for child in function["children"]] == [str(number)] * 4
    assert sorted(tree["children"][0]["request"]["number"] for tree in found) == list(range(60))


def test_requests_of_nobodys_instance_are_roots(server: Server) -> None:
    for instance in ("0123456789abcdef", "%2e%2e", "x" * 5000, ""):
        url = f"{server.url}/_via/{instance}/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard"
        assert requests.post(url, timeout=10).json()["errcode"] == 0
        assert outline(latest(server)) == OCR


def test_the_mark_opens_no_way_around_the_guard(server: Server) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = requests.post(server.url + "/_via/a/_emulator/reset", headers=headers, timeout=10)
    assert answer.status_code == 403
    assert requests.get(server.url + "/_via/a/_via/b/_emulator/health", timeout=10).status_code == 404


@pytest.mark.parametrize(("sent", "code"), [("/_via/abc/admin", None), ("/admin", "SIGN_PARAM_INVALID")])
def test_a_signature_covers_the_path_as_it_was_sent(sent: str, code: str | None) -> None:
    def digest(key: bytes, text: str) -> str:
        return hmac.new(key, text.encode(), hashlib.sha1).hexdigest()

    action, times = "storage.batchDeleteFile", f"{int(time.time()) - 60};{int(time.time()) + 60}"
    canonical = f"post\n/_via/abc/admin\naction={action}\n\n"
    to_sign = f"sha1\n{times}\n{hashlib.sha1(canonical.encode()).hexdigest()}\n"
    signature = digest(digest(b"secret", times).encode(), to_sign)
    authorization = (
        f"q-sign-algorithm=sha1&q-ak=AKID0&q-sign-time={times}&q-key-time={times}&q-header-list="
        f"&q-url-param-list=action&q-signature={signature}"
    )
    body = {"action": action, "fileid_list": ["cloud://a.b/c"], "authorization": authorization}
    with running(Settings(port=0, recognizer=False, secret_keys=("AKID0:secret",))) as server:
        assert requests.post(server.url + sent, json=body, timeout=10).json().get("code") == code


def test_download_urls_carry_no_mark_and_work(server: Server) -> None:
    stored = requests.post(server.url + "/_emulator/files?name=a.jpg", data=b"abc", timeout=10).json()
    marked = f"{server.url}/_via/abc/tcb/batchdownloadfile?access_token=mock://wx1"
    body = {"env": "local-ocr", "file_list": [{"fileid": stored["fileID"], "max_age": 60}]}
    url = requests.post(marked, json=body, timeout=10).json()["file_list"][0]["download_url"]
    assert url.startswith(server.url + "/_cos/")
    assert requests.get(url, timeout=10).content == b"abc"
    assert latest(server)["kind"] == "storage"


def test_a_picture_that_is_fetched_is_a_part_of_its_call(server: Server) -> None:
    picture = requests.post(server.url + "/_emulator/files?name=a.jpg", data=b"abc", timeout=10).json()
    ask(server, "wx1", url=picture["url"])
    (fetch,) = latest(server)["children"]
    assert (fetch["kind"], fetch["outcome"]["code"], fetch["answer"]) == ("fetch", 0, {"bytes": 3})
    assert fetch["request"]["url"].startswith(server.url + "/_cos/")
    ask(server, "wx1", url="ftp://example.com/a.jpg")
    (fetch,) = latest(server)["children"]
    assert fetch["outcome"]["code"] == 101000
    assert "http" in fetch["outcome"]["message"]


def test_a_function_that_fails_tells_its_status(server: Server) -> None:
    invoke(server, "fails", {"name": "data"})
    call = latest(server)
    assert call["outcome"]["code"] == call["children"][0]["outcome"]["code"] == 430
    assert call["children"][0]["outcome"]["message"] == "user code exception caught"
    invoke(server, "nothing", {})
    assert latest(server)["children"][0]["outcome"]["code"] == 435


def test_what_answered_is_named(server: Server, appid: str) -> None:
    control = Control(server.emulator)
    match = {"sha256": hashlib.sha256(PICTURE).hexdigest()}
    control.fixture("idcard/mine", {"type": "Front", "name": "甲"}, match=match)
    upload(server, appid)
    found = latest(server)
    assert found["matched"] == {"by": "fixture", "name": "idcard/mine"}
    assert found["image"] == {
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "bytes": len(PICTURE),
        "type": "image/jpeg",
    }
    assert found["missed"] == []
    control.fail("ocr.idcard", -1, appid=appid, times=1)
    upload(server, appid)
    assert latest(server)["matched"] == {"by": "scenario", "name": ""}
    assert latest(server)["outcome"]["code"] == -1
    rule = control.fault("latency", method="ocr.idcard", appid=appid, ms=1)
    upload(server, appid)
    assert latest(server)["fault"] == f"{rule.id} latency"
    assert latest(server)["matched"] == {"by": "fixture", "name": "idcard/mine"}


def test_a_connection_that_a_fault_ends_is_journaled(server: Server, appid: str) -> None:
    rule = Control(server.emulator).fault("reset", method="ocr.idcard", appid=appid)
    with pytest.raises(requests.ConnectionError):
        ask(server, appid)
    assert latest(server)["fault"] == f"{rule.id} reset"
    assert latest(server)["duration_ms"] is not None


def test_near_misses_name_the_closest_fixture(server: Server, appid: str) -> None:
    control, sha256 = Control(server.emulator), hashlib.sha256(PICTURE).hexdigest()
    other = hashlib.sha256(b"other").hexdigest()
    control.fixture("idcard/close", match={"sha256": other}, reply={"type": "Front"})
    upload(server, appid)
    head = f"sha256 {sha256[:12]}... is in no fixture of idcard; closest: "
    assert latest(server)["missed"] == [
        f"{head}same method, other image: idcard/close (sha256 {other[:12]}...)",
        "no fixture of idcard has the upload's name",
    ]
    control.fixture("bankcard/same", match={"sha256": sha256}, reply={"number": "1"})
    control.fixture("menu/named", match={"name": "a.jpg"}, reply={})
    upload(server, appid)
    assert latest(server)["missed"] == [
        f"{head}same image, other method: bankcard/same",
        "no fixture of idcard has the upload's name; closest: same name, other method: menu/named",
    ]


def test_near_misses_of_urls(server: Server, appid: str) -> None:
    control = Control(server.emulator)
    control.fixture("idcard/url", match={"url": "http://127.0.0.1:1/a?x=1"}, reply={})
    control.fixture("menu/url", match={"url": "http://127.0.0.1:1/m"}, reply={})
    for url, closest in {
        "http://127.0.0.1:1/a?x=2": "same method, other query: idcard/url",
        "http://127.0.0.1:1/b": "same method, other path: idcard/url",
        "http://127.0.0.1:2/b": "same method, other URL: idcard/url",
    }.items():
        ask(server, appid, url=url)
        assert latest(server)["missed"] == [f"img_url is in no fixture; closest: {closest}"]
    ask(server, appid, url="http://127.0.0.1:1/m")
    assert latest(server)["missed"] == [
        "img_url is in no fixture of idcard; closest: same URL, other method: menu/url"
    ]


def test_filters_and_limit(server: Server) -> None:
    for method, appid in (("idcard", "wxa"), ("menu", "wxa"), ("menu", "wxb")):
        ask(server, appid, method=method, url="mock://101001" if appid == "wxb" else f"mock://{method}")
    assert len(trees(server)) == 3
    assert len(trees(server, limit=2)) == 2
    assert [tree["appid"] for tree in trees(server, name="menu")] == ["wxb", "wxa"]
    assert len(trees(server, name="menu", appid="wxa")) == 1
    assert [tree["appid"] for tree in trees(server, code="101001")] == ["wxb"]
    assert trees(server, kind="function") == []
    for query in ("limit=0", "limit=x", "kind=nothing", "personal_data=maybe"):
        assert requests.get(f"{server.url}/_emulator/journal?{query}", timeout=10).status_code == 400, query


def test_clear_forgets(server: Server) -> None:
    ask(server, "wx1")
    assert requests.delete(server.url + "/_emulator/journal", timeout=10).json() == {"forgotten": 1}
    assert trees(server) == []


def test_the_control_side_and_unknown_pages_are_no_calls(server: Server) -> None:
    for path in ("/_emulator/health", "/", "/favicon.ico"):
        requests.get(server.url + path, timeout=10)
    assert trees(server) == []


def test_the_ring_keeps_the_latest_trees_only() -> None:
    journal = Journal(ManualClock(), size=MAX_TREES)
    first = journal.begin("wechat", "0")
    journal.work_on(first)
    child = journal.begin("fetch", "0")
    journal.work_on(None)
    for number in range(1, MAX_TREES + 1):
        with journal.part("wechat", str(number)):
            pass
    assert [entry.name for entry in journal.trees()] == [str(number) for number in range(MAX_TREES, 0, -1)]
    assert journal.root_of(first.id) is None
    assert journal.root_of(child.id) is None


def test_the_children_of_one_entry_are_bounded(server: Server) -> None:
    invoke(server, "plain", {"calls": MAX_CHILDREN + 20})
    function = latest(server)["children"][0]
    assert len(function["children"]) == MAX_CHILDREN
    assert function["more_children"] == 20


def test_a_request_that_outlives_its_call_still_finds_its_tree() -> None:
    working = {"i": "r1"}
    journal = Journal(ManualClock(), running=lambda instance: working.get(instance, ""))
    journal.begin_function("r1", "f", {}, Caller(appid="wx1"))
    late: list[str] = []

    def send(begun: threading.Event, ended: threading.Event) -> None:
        entry = journal.begin("wechat", "/late", instance="i")
        begun.set()
        ended.wait(10)
        journal.end(entry)
        late.append(entry.root)

    begun, ended = threading.Event(), threading.Event()
    thread = threading.Thread(target=send, args=(begun, ended))
    thread.start()
    begun.wait(10)
    journal.end_function(None, {}, code=0)
    working.clear()
    ended.set()
    thread.join(10)
    assert late == ["r1"]
    (root,) = journal.trees()
    assert [child.name for child in root.children] == ["/late"]


def test_nobody_can_guess_an_entry_s_id() -> None:
    """Who knows one may ask for the call and its picture: neither the time nor a count nor the seed gives it away."""
    found = set()
    for _ in range(2):
        settings = Settings(port=0, recognizer=False, seed=1)
        with running(settings, create_app(settings, clock=ManualClock(1_700_000_000))) as server:
            for _ in range(3):
                requests.post(server.url + "/cv/ocr/idcard?access_token=mock://wx1", timeout=10)
            found |= {tree["id"] for tree in trees(server)}
    assert len(found) == 6
    assert all(re.fullmatch("[0-9a-f]{24}", id_) for id_ in found), found
    assert len({id_[:8] for id_ in found}) == 6
