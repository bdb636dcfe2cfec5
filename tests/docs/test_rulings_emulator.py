"""What docs/rulings.yaml says of the emulator, asked over HTTP."""

from __future__ import annotations

import base64
import json
import re
import sys
import textwrap
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image, ImageDraw
from pytest_httpserver import HTTPServer

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server
from tests.bench.ocr.specimens import truths
from tests.emulator.runtime.http_servers import write_server
from wxcloud.contract import FREE_CALLS_PER_DAY, METHODS, PARAMS

Start = Callable[..., Server]

SPECIMENS = Path(__file__).parents[2] / "emulator/cloudbase_ocr/specimens"
MIB = 1024 * 1024
CALLER = {"access_token": "mock://wx1"}


def post(server: Server, path: str = "/cv/ocr/idcard", **arguments: Any) -> requests.Response:
    return requests.post(server.url + path, timeout=30, **arguments)


def ask(server: Server, img_url: str, key: str = "idcard", **query: str) -> dict[str, Any]:
    reply = post(server, f"/cv/ocr/{key}", params={**CALLER, "img_url": img_url, **query})
    return dict(reply.json())


def send(
    server: Server, image: bytes, key: str = "idcard", part: str = "img", **query: str
) -> dict[str, Any]:
    files = {part: ("card.jpg", image, "image/jpeg")}
    return dict(post(server, f"/cv/ocr/{key}", params={**CALLER, **query}, files=files).json())


def code(reply: dict[str, Any]) -> Any:
    return reply["errcode"]


def blank(width: int = 320, height: int = 200) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, height), "white").save(stream, "JPEG")
    return stream.getvalue()


def of_size(size: int) -> bytes:
    """A picture of exactly `size` bytes: what follows the end of a JPEG is not looked at."""
    picture = blank()
    return picture + b"\0" * (size - len(picture))


def test_r1_errcode_is_a_number_unless_switched(start: Start) -> None:
    server = start()
    assert ask(server, "mock://idcard")["errcode"] == 0
    Control(server.emulator).fault("errcode_as_string")
    assert ask(server, "mock://idcard")["errcode"] == "0"


def test_r2_bankcard_gives_number_and_the_fixture_id(start: Start) -> None:
    server = start()
    assert list(ask(server, "mock://bankcard", "bankcard")) == ["errcode", "errmsg", "number"]
    assert list(ask(server, "mock://bankcard/id", "bankcard")) == ["errcode", "errmsg", "id"]
    both = ask(start(bankcard_id=True), "mock://bankcard", "bankcard")
    assert both["id"] == both["number"]


def test_r3_the_side_is_front_and_the_oldest_page_frond(start: Start) -> None:
    server = start()
    assert ask(server, "mock://idcard")["type"] == "Front"
    assert ask(server, "mock://idcard/front-oldest")["type"] == "Frond"


def test_r4_observed_fields_follow_the_profile(start: Start) -> None:
    observed, documented = start(), start(profile="documented")
    assert {"birth", "card_property"} <= ask(observed, "mock://idcard").keys()
    assert {"authority", "card_property"} <= ask(observed, "mock://idcard/back").keys()
    for url in ("mock://idcard", "mock://idcard/back"):
        assert not {"birth", "authority", "card_property"} & ask(documented, url).keys()


def test_r8_and_r9_texts_of_101002_and_101003(start: Start) -> None:
    server = start(hints=False)
    assert ask(server, "mock://101002") == {"errcode": 101002, "errmsg": "decode image failed"}
    assert ask(server, "mock://101003") == {"errcode": 101003, "errmsg": "not enough market quota"}


def test_r10_errmsg_ends_in_hint_and_rid(start: Start) -> None:
    with_hints = ask(start(), "mock://101001")["errmsg"]
    rid = r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}"
    assert re.fullmatch(rf"certificate not found hint: \[\w{{14}}\] rid: {rid}", with_hints)
    assert ask(start(hints=False), "mock://101001")["errmsg"] == "certificate not found"
    clock = ManualClock(1_700_000_000)
    texts = {ask(start(seed=7, clock=clock), "mock://101001")["errmsg"] for _ in range(2)}
    assert len(texts) == 1


def test_r11_img_url_in_query_or_form_but_not_in_json(start: Start) -> None:
    server, url = start(), {"img_url": "mock://idcard"}
    assert code(ask(server, "mock://idcard")) == 0
    assert code(post(server, params=CALLER, data=url).json()) == 0
    assert code(post(server, params=CALLER, json=url).json()) == 41005


def test_r12_img_goes_before_img_url(start: Start) -> None:
    reply = send(start(), b"no picture", img_url="mock://idcard")
    assert code(reply) == 101002


def test_r13_any_part_with_a_filename_in_strict_mode_img_and_file(start: Start) -> None:
    server, strict = start(), start(strict=True)
    for part in ("img", "file", "media"):
        assert code(send(server, blank(), part=part)) == 101001
        assert code(send(strict, blank(), part=part)) == (41005 if part == "media" else 101001)
    body = b"--b\r\nContent-Disposition: form-data; name=\"img\"; filename*=utf-8''%E8%BA%AB.jpg\r\n\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    encoded = post(server, params=CALLER, data=body + blank() + b"\r\n--b--\r\n", headers=headers).json()
    assert code(encoded) == 41005
    without = post(server, params=CALLER, files={"img": (None, blank())}).json()
    assert code(without) == 41005


def test_r14_no_picture_is_41005(start: Start) -> None:
    reply = post(start(hints=False), params=CALLER).json()
    assert reply == {"errcode": 41005, "errmsg": "media data missing"}


def test_r31_img_url_is_enough_where_the_page_calls_img_required(start: Start) -> None:
    server = start()
    asked = [method for method in METHODS if method.required]
    assert {method.key: method.required for method in asked} == dict.fromkeys(
        ("bankcard", "driving", "drivinglicense", "bizlicense"), ("img",)
    )
    assert {name for method in asked for name in method.required} <= {param.name for param in PARAMS}
    for method in asked:
        assert code(ask(server, f"mock://{method.key}", method.key)) == 0


def test_r15_get_is_43002_and_http_43003_when_switched(start: Start) -> None:
    query = {**CALLER, "img_url": "mock://idcard"}
    assert code(requests.get(start().url + "/cv/ocr/idcard", params=query, timeout=30).json()) == 43002
    assert code(ask(start(require_https=True), "mock://idcard")) == 43003


def test_r16_two_mebibytes_and_ten_with_resp_type(start: Start) -> None:
    server = start()
    assert code(send(server, of_size(2 * MIB))) == 101001
    assert code(send(server, of_size(2 * MIB + 1))) == 101002
    assert code(send(server, of_size(10 * MIB), resp_type="1")) == 101001
    assert code(send(server, of_size(10 * MIB + 1), resp_type="1")) == 101002
    assert code(send(start(max_image_bytes=3 * MIB), of_size(3 * MIB))) == 101001


def test_r17_too_large_behind_a_url_is_101002_and_not_there_101000(
    start: Start, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/large.jpg").respond_with_data(of_size(2 * MIB + 1))
    httpserver.expect_request("/small.jpg").respond_with_data(blank())
    server = start()
    assert code(ask(server, httpserver.url_for("/large.jpg"))) == 101002
    assert code(ask(server, httpserver.url_for("/small.jpg"))) == 101001
    assert code(ask(server, httpserver.url_for("/missing.jpg"))) == 101000


@pytest.mark.check
def test_r18_and_r19_no_text_is_no_error_and_no_card_is_101001(emulator: Server) -> None:
    reply = send(emulator, blank(), "comm")
    assert reply == {"errcode": 0, "errmsg": "ok", "items": [], "img_size": {"w": 320, "h": 200}}
    assert code(send(emulator, blank())) == 101001
    assert code(send(emulator, b"no picture")) == 101002
    assert code(send(emulator, b"no picture", "comm")) == 101002


def test_r20_menu_content_is_json_text(start: Start) -> None:
    assert ask(start(), "mock://menu", "menu")["content"].startswith('{"menu_items"')


def test_r21_positions_are_wrapped_in_pos(start: Start) -> None:
    reply = ask(start(), "mock://businessLicense", "bizlicense")
    assert list(reply["cert_position"]["pos"]) == ["left_top", "right_top", "right_bottom", "left_bottom"]


@pytest.mark.check
def test_r22_a_fixture_may_leave_fields_out_and_the_recognizer_gives_empty_text(
    start: Start, emulator: Server, tmp_path: Path
) -> None:
    text = (
        "- name: bizlicense/torn\n  method: bizlicense\n  provenance: written\n"
        "  reference: a torn licence\n  reply: {reg_num: '123', serial: ''}\n"
    )
    (tmp_path / "torn.yaml").write_text(text, encoding="utf-8")
    torn = ask(start(fixtures=(tmp_path,)), "mock://bizlicense/torn", "bizlicense")
    assert torn == {"errcode": 0, "errmsg": "ok", "reg_num": "123", "serial": ""}
    server = start(fixtures=(tmp_path,), omit_unread=True)
    assert "serial" not in ask(server, "mock://bizlicense/torn", "bizlicense")

    reply = send(emulator, without_address())
    assert code(reply) == 0
    assert reply["addr"] == ""
    assert reply["name"]


def without_address() -> bytes:
    """The specimen of an ID card with its address painted over."""
    boxes = truths.boxes()["idcard-front"]["addr"]
    stream = BytesIO()
    with Image.open(SPECIMENS / "idcard-front.jpg") as card:
        draw = ImageDraw.Draw(card)
        for box in boxes:
            left, top = box[0]
            colour = card.getpixel((left, top - 12))
            draw.polygon([(x, y) for x, y in box], fill=colour, outline=colour, width=9)
        card.save(stream, "JPEG", quality=92)
    return stream.getvalue()


def test_r23_any_type_is_accepted(start: Start) -> None:
    server = start()
    assert ask(server, "mock://idcard", type="banana") == ask(server, "mock://idcard", type="scan")


def test_r24_http_200_and_the_observed_content_type(start: Start) -> None:
    server = start()
    for url in ("mock://idcard", "mock://101001"):
        reply = post(server, params={**CALLER, "img_url": url})
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == "application/json; encoding=utf-8"


@pytest.fixture
def picture_server(httpserver: HTTPServer) -> str:
    httpserver.expect_request("/card.jpg").respond_with_data(blank())
    httpserver.expect_request("/page.html").respond_with_data(b"<html>")
    return httpserver.url_for("")


def test_r25_what_img_url_may_name(start: Start, picture_server: str) -> None:
    port = int(picture_server.rstrip("/").rpartition(":")[2])
    picture = picture_server.rstrip("/") + "/card.jpg"
    assert code(ask(start(), picture)) == 101001
    assert code(ask(start(strict=True), picture)) == 101000
    assert code(ask(start(strict=True, allow_ports=(port,)), picture)) == 101001
    server = start()
    assert code(ask(server, picture.replace("card.jpg", "page.html"))) == 101002
    assert code(ask(server, "ftp://127.0.0.1/card.jpg")) == 101000
    assert code(ask(server, "https://picture.invalid/card.jpg")) == 101000
    assert code(ask(server, "http://10.0.0.1/card.jpg")) == 101000


def test_r26_quota_by_appid_method_and_shanghai_day(start: Start) -> None:
    assert start().emulator.quotas.limit == FREE_CALLS_PER_DAY == 100
    clock = ManualClock(16 * 3600 - 60)  # one minute before midnight in Shanghai
    server = start(quota_per_day=1, clock=clock)
    assert code(ask(server, "mock://101001")) == 101001
    assert code(ask(server, "mock://idcard")) == 0
    assert code(ask(server, "mock://idcard")) == 101003
    assert code(ask(server, "mock://bankcard", "bankcard")) == 0
    assert code(ask(server, "mock://idcard", access_token="mock://wx2")) == 0
    clock.advance(60)
    assert code(ask(server, "mock://idcard")) == 0
    shared = start(quota_per_day=1, quota_scope="account")
    assert code(ask(shared, "mock://idcard")) == 0
    assert code(ask(shared, "mock://bankcard", "bankcard")) == 101003
    counting = start(quota_per_day=1, quota_counts_failures=True)
    assert code(ask(counting, "mock://101001")) == 101001
    assert code(ask(counting, "mock://idcard")) == 101003


def test_r27_token_errors(start: Start) -> None:
    server = start(apps=("wx1:right",))
    account = {"grant_type": "client_credential", "appid": "wx1", "secret": "right"}

    def token(**changed: str) -> int:
        query = {**account, **changed}
        reply = requests.get(server.url + "/cgi-bin/token", params=query, timeout=30).json()
        return int(reply.get("errcode", 0))

    assert code(post(server, params={"img_url": "mock://idcard"}).json()) == 41001
    assert code(ask(server, "mock://idcard", access_token="unknown")) == 40001
    assert token() == 0
    assert token(appid="wx2") == 40013
    assert token(secret="wrong") == 40125
    assert token(secret="mock://40164") == 40164
    clock = ManualClock(1_700_000_000)
    ageing = start(clock=clock)
    text = requests.get(ageing.url + "/cgi-bin/token", params=account, timeout=30).json()["access_token"]
    assert code(ask(ageing, "mock://idcard", access_token=text)) == 0
    clock.advance(7200)
    assert code(ask(ageing, "mock://idcard", access_token=text)) == 42001


def test_r28_order_of_checks(start: Start) -> None:
    server = start(quota_per_day=1)
    assert code(requests.get(server.url + "/cv/ocr/idcard", timeout=30).json()) == 43002
    assert code(post(server).json()) == 41001
    assert code(post(server, params=CALLER).json()) == 41005
    assert code(send(server, b"no picture")) == 101002
    assert code(send(server, blank())) == 101001
    assert code(ask(server, "mock://idcard")) == 0
    assert code(post(server, params=CALLER).json()) == 101003
    assert code(post(server).json()) == 41001


def test_r29_platenum_and_menu_are_served_over_https(start: Start) -> None:
    server = start()
    extensions = [method for method in METHODS if not method.official]
    assert {method.key for method in extensions} >= {"platenum", "menu"}
    for method in extensions:
        assert code(ask(server, f"mock://{method.key}", method.key)) == 0


def test_r30_chunked_uploads_pass_unless_strict(start: Start) -> None:
    form = requests.Request(
        "POST", "http://localhost", files={"img": ("card.jpg", blank(), "image/jpeg")}
    ).prepare()
    body, content_type = form.body, form.headers["Content-Type"]
    assert isinstance(body, bytes)

    def upload(server: Server) -> requests.Response:
        headers = {"Content-Type": content_type}
        return post(server, params=CALLER, data=iter([body[:100], body[100:]]), headers=headers)

    assert code(upload(start()).json()) == 101001
    refused = upload(start(strict=True))
    assert (refused.status_code, refused.content) == (412, b"")


def invoke(server: Server, code: str, folder: Path, **body: str) -> Any:
    """Write function f, call it, and return its result."""
    (folder / "f").mkdir(parents=True)
    (folder / "f/index.py").write_text(code, encoding="utf-8")
    reply = post(server, "/_emulator/invoke", json={"name": "f", **body}).json()
    assert "result" in reply, reply
    return reply["result"]


def test_r32_modules_of_a_layer_are_in_opt_and_in_python(start: Start, tmp_path: Path) -> None:
    layer = tmp_path / "layers/deps"
    (layer / "python").mkdir(parents=True)
    (layer / "outer.py").write_text("NAME = 'outer'\n", encoding="utf-8")
    (layer / "python/inner.py").write_text("NAME = 'inner'\n", encoding="utf-8")
    entry = {"name": "f", "layers": [{"name": "deps", "version": 1}]}
    (tmp_path / "cloudbaserc.json").write_text(json.dumps({"functions": [entry]}), encoding="utf-8")
    (tmp_path / "functions").mkdir()
    server = start(functions=tmp_path / "functions")
    code = "import inner, outer\ndef main(event, context): return [outer.NAME, inner.NAME]\n"
    assert invoke(server, code, tmp_path / "functions") == ["outer", "inner"]


def test_r33_a_timer_calls_for_the_app(start: Start, tmp_path: Path) -> None:
    timer = {"name": "daily", "type": "timer", "config": "0 0 2 * * * *"}
    entry = {"name": "f", "triggers": [timer]}
    (tmp_path / "cloudbaserc.json").write_text(json.dumps({"functions": [entry]}), encoding="utf-8")
    (tmp_path / "functions").mkdir()
    server = start(functions=tmp_path / "functions")
    code = "import os\ndef main(event, context): return dict(os.environ)\n"
    variables = invoke(server, code, tmp_path / "functions", trigger="daily")
    assert variables["WX_CONTEXT_KEYS"] == "WX_APPID,WX_TRIGGER_API_TOKEN_V0"
    assert variables["TRIGGER_SRC"] == "timer"


def behind_a_url(start: Start, folder: Path, code: str) -> str:
    """Serve a function; return its URL."""
    function = folder / "functions" / "f"
    function.mkdir(parents=True)
    (function / "index.py").write_text(code, encoding="utf-8")
    (function / "config.json").write_text('{"timeout": 1}', encoding="utf-8")
    return start(functions=folder / "functions").url + "/f"


def test_r34_text_comes_as_it_is_and_the_rest_in_base64(start: Start, tmp_path: Path) -> None:
    url = behind_a_url(start, tmp_path, "def main(event, context): return event\n")
    for content_type, body, encoded in (
        ("application/json", "{}", False),
        ("application/x-www-form-urlencoded", "a=1", False),
        ("text/css", "a", False),
        ("text/xml", "PGEvPg==", True),
        ("image/png", "YQ==", True),
    ):
        sent = base64.b64decode(body) if encoded else body.encode()
        headers = {"Content-Type": content_type}
        event = requests.post(url + "?x=1&x=2", data=sent, headers=headers, timeout=30).json()
        assert (event["body"], event["isBase64Encoded"]) == (body, encoded), content_type
        assert event["queryStringParameters"] == {"x": "2"}


def test_r35_statuses_and_values_of_functions_behind_a_url(start: Start, tmp_path: Path) -> None:
    code = """
        import time

        def main(event, context):
            if event["path"] == "/slow":
                time.sleep(60)
            return {"/true": True, "/null": None}[event["path"]]
        """
    url = behind_a_url(start, tmp_path, textwrap.dedent(code))

    def answer(path: str, method: str = "GET", **more: Any) -> tuple[int, str]:
        reply = requests.request(method, url + path, timeout=30, **more)
        return reply.status_code, reply.text if reply.ok else reply.json()["code"]

    assert answer("/true") == (200, "true")
    assert answer("/null") == (200, "")
    assert answer("/raises") == (500, "FUNCTION_INVOCATION_FAILED")
    assert answer("/slow") == (504, "FUNCTION_TIME_LIMIT_EXCEEDED")
    too_large = {"data": b" " * 102_401, "headers": {"Content-Type": "application/json"}}
    assert answer("/true", "POST", **too_large) == (413, "EXCEED_MAX_PAYLOAD_SIZE")


@pytest.mark.skipif(sys.platform == "win32", reason="scf_bootstrap is a shell script")
def test_r36_one_server_answers_all_requests(start: Start, tmp_path: Path) -> None:
    write_server(tmp_path)
    url = start(functions=tmp_path).url + "/_http/web/"
    assert len({requests.get(url, timeout=30).json()["pid"] for _ in range(3)}) == 1


def test_r49_the_detail_of_a_log_has_lines_and_the_id_of_its_call(start: Start) -> None:
    url = start().url
    called = requests.post(f"{url}/v1/functions/idcard", json={"imgUrl": "mock://idcard"}, timeout=30)
    request_id = called.headers["X-Request-Id"]
    query = {"Action": "GetFunctionLogDetail", "LogRequestId": request_id}
    told = requests.get(url, params=query, timeout=30).json()["Response"]
    assert told["RequestId"] == request_id
    assert told["LogJson"].splitlines()[0] == f"START RequestId: {request_id}"
