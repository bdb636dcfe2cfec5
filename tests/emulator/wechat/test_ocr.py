"""What /cv/ocr/* accepts, refuses and sends: the emulator's side of the rulings."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.wechat.ocr import blueprint_of
from wxcloud.contract import DOCUMENTED, METHODS, OBSERVED, Method, by_key

Post = Callable[..., dict[str, Any]]
Serve = Callable[..., Server]

SUFFIX = re.compile(
    r" hint: \[([A-Za-z0-9]{6})0(\d{3})([A-Za-z0-9]{4})\] rid: ([0-9a-f]{8})-[0-9a-f]{8}-[0-9a-f]{8}$"
)


def named(name: str, method: str, picture: Path | None = None, **reply: Any) -> list[dict[str, Any]]:
    match = {"file": str(picture)} if picture else {"name": "a.jpg"}
    about = {"name": name, "method": method, "provenance": "written", "reference": "test"}
    return [{**about, "match": match, "reply": reply}]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
@pytest.mark.parametrize("profile", [OBSERVED, DOCUMENTED])
def test_every_method_answers_its_example_in_contract_order(
    serve: Serve, ocr: Post, method: Method, profile: str
) -> None:
    server = serve(profile=profile)
    for name in method.cloud_names:
        reply = ocr(server, method.key, img_url=f"mock://{name}")
        expected = method.example_reply(profile=profile)
        if method.key == "comm":  # the page's example has two lines, the contract's shows one
            expected["items"] = [*expected["items"], reply["items"][1]]
        assert reply == {"errcode": 0, "errmsg": "ok", **expected}
        assert list(reply) == ["errcode", "errmsg", *expected]


def test_chinese_is_not_escaped_and_the_header_says_encoding(live: Server) -> None:
    reply = requests.post(
        live.url + "/cv/ocr/idcard?access_token=mock://wx1&img_url=mock%3A%2F%2Fidcard", timeout=10
    )
    assert reply.headers["Content-Type"] == "application/json; encoding=utf-8"
    assert "张三".encode() in reply.content


def test_errcode_as_string_is_a_fault_from_the_start_for_one_release_r1(
    serve: Serve, ocr: Post, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(errcode_as_string=True)
    (line,) = [record.getMessage() for record in caplog.records if "errcode_as_string" in record.getMessage()]
    assert "goes with the next release; use the fault errcode_as_string" in line
    assert ocr(server, "idcard", img_url="mock://idcard")["errcode"] == "0"
    assert ocr(server, "idcard", img_url="mock://101001")["errcode"] == "101001"


def test_observed_fields_are_left_out_of_the_documented_profile_r4(
    serve: Serve, ocr: Post, live: Server
) -> None:
    observed = ocr(live, "idcard", img_url="mock://idcard/back")
    documented = ocr(serve(profile=DOCUMENTED), "idcard", img_url="mock://idcard/back")
    assert list(observed) == ["errcode", "errmsg", "type", "valid_date", "authority", "card_property"]
    assert list(documented) == ["errcode", "errmsg", "type", "valid_date"]


def test_error_suffix_follows_the_formula_r10(serve: Serve, ocr: Post) -> None:
    now = 0x5F9BACD4
    server = serve(clock=ManualClock(now))
    match = SUFFIX.search(ocr(server, "idcard", img_url="mock://101001")["errmsg"])
    assert match is not None
    assert match[2] == f"{now % 1000:03d}"
    assert int(match[4], 16) == now


def test_error_suffix_repeats_with_a_seed(serve: Serve, ocr: Post) -> None:
    first, second = (serve(seed=7, clock=ManualClock(1e9)) for _ in range(2))
    texts = [ocr(server, "idcard", img_url="mock://101001")["errmsg"] for server in (first, second)]
    assert texts[0] == texts[1]


def test_img_wins_over_img_url_r12(
    serve: Serve, ocr: Post, tmp_path: Path, png: Callable[..., bytes]
) -> None:
    (tmp_path / "p.png").write_bytes(png(4, 4))
    (tmp_path / "f.yaml").write_text(
        yaml.safe_dump(named("bankcard/mine", "bankcard", tmp_path / "p.png", number="4"))
    )
    server = serve(fixtures=(tmp_path / "f.yaml",))
    reply = ocr(server, "bankcard", img_url="mock://101000", files={"img": ("a.png", png(4, 4))})
    assert reply["number"] == "4"


def test_part_called_file_is_taken_and_others_unless_strict_r13(
    live: Server, strict: Server, ocr: Post, png: Callable[..., bytes]
) -> None:
    for name, code in (("file", 101001), ("media", 41005)):
        upload = {name: ("a.png", png(3, 3))}
        assert ocr(live, "bankcard", files=upload)["errcode"] == 101001
        assert ocr(strict, "bankcard", files=upload)["errcode"] == code


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"{}", "application/json"),
        (b'{"img_url":"mock://idcard"}', "application/json"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"img=abc", "application/x-www-form-urlencoded"),
    ],
)
def test_no_picture_is_41005_r11_r14(live: Server, ocr: Post, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert ocr(live, "idcard", data=body, headers=headers)["errcode"] == 41005


def test_url_in_query_or_form_r11(live: Server, ocr: Post) -> None:
    for request in (
        {"img_url": "mock://idcard"},
        {"data": {"img_url": "mock://idcard", "type": "photo"}},
        {
            "img_url": "mock://idcard",
            "json": {},
        },  # Senparc and others send an empty JSON body beside the query
        {
            "img_url": "mock://idcard",
            "data": "",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
    ):
        assert ocr(live, "idcard", **request)["errcode"] == 0


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_verbs_are_43002_r15(live: Server, verb: str) -> None:
    url = live.url + "/cv/ocr/idcard?access_token=mock://wx1&img_url=mock%3A%2F%2Fidcard"
    reply = requests.request(verb, url, timeout=10)
    assert reply.json()["errcode"] == 43002


def test_http_is_43003_when_https_is_required_r15(serve: Serve, ocr: Post) -> None:
    assert ocr(serve(require_https=True), "idcard", img_url="mock://idcard")["errcode"] == 43003


@pytest.mark.parametrize(("extra", "params", "code"), [
    (0, {}, 101001), (1, {}, 101002), (1, {"resp_type": "1"}, 101001), (1, {"resp_type": "0"}, 101002),
])  # fmt: skip
def test_size_bound_r16(
    live: Server, ocr: Post, png: Callable[..., bytes], extra: int, params: dict[str, str], code: int
) -> None:
    picture = png(8, 8)
    padded = picture + b"\0" * (2 * 1024 * 1024 + extra - len(picture))
    assert ocr(live, "bankcard", files={"img": ("a.png", padded)}, params=params)["errcode"] == code


def test_size_bound_of_resp_type_1_r16(live: Server, ocr: Post) -> None:
    oversize = b"\0" * (10 * 1024 * 1024 + 1)
    reply = ocr(live, "bankcard", files={"img": ("a.png", oversize)}, params={"resp_type": "1"})
    assert reply["errcode"] == 101002


def test_text_method_never_says_101001_r18_r19(live: Server, ocr: Post, png: Callable[..., bytes]) -> None:
    reply = ocr(live, "comm", files={"img": ("a.png", png(30, 20))})
    assert reply == {"errcode": 0, "errmsg": "ok", "items": [], "img_size": {"w": 30, "h": 20}}
    assert ocr(live, "comm", img_url="mock://idcard")["items"] == []


@pytest.mark.parametrize("kind", ["photo", "scan", "MODE", "Front", ""])
def test_any_type_is_accepted_r23(live: Server, ocr: Post, kind: str) -> None:
    assert ocr(live, "idcard", img_url="mock://idcard", params={"type": kind})["errcode"] == 0


def test_checks_come_in_order_r28(serve: Serve, appid: str, png: Callable[..., bytes]) -> None:
    server = serve(quota_per_day=1)
    url = server.url + "/cv/ocr/bankcard"
    token = {"access_token": f"mock://{appid}"}

    def code(verb: str = "POST", **request: Any) -> int:
        value: int = requests.request(verb, url, timeout=10, **request).json()["errcode"]
        return value

    assert code("GET") == 43002  # before the token
    assert code() == 41001  # before the picture
    assert code(params=token) == 41005
    assert code(params=token, files={"img": ("a", b"\0" * (2 * 1024 * 1024 + 1))}) == 101002
    assert code(params=token, files={"img": ("a", b"no picture")}) == 101002
    assert code(params=token, files={"img": ("a", png(2, 2))}) == 101001
    assert code(params={**token, "img_url": "mock://bankcard"}) == 0
    assert code(params=token) == 101003  # the quota comes before the picture


def test_chunked_upload_r30(live: Server, strict: Server, png: Callable[..., bytes]) -> None:
    boundary = b"xyz"
    head = b'--xyz\r\nContent-Disposition: form-data; name="img"; filename="a.png"\r\n\r\n'
    body = [head, png(5, 5), b"\r\n--xyz--\r\n"]
    headers = {"Content-Type": "multipart/form-data; boundary=" + boundary.decode()}
    replies = [
        requests.post(
            server.url + "/cv/ocr/bankcard?access_token=mock://wx1",
            data=iter(body),
            headers=headers,
            timeout=10,
        )
        for server in (live, strict)
    ]
    assert replies[0].json()["errcode"] == 101001
    assert (replies[1].status_code, replies[1].content) == (412, b"")


def test_unencoded_url_r11(live: Server, strict: Server, appid: str) -> None:
    def codes(url: str) -> list[int]:
        query = f"access_token=mock://{appid}&img_url={url}"
        return [
            requests.post(f"{server.url}/cv/ocr/idcard?{query}", timeout=10).json()["errcode"]
            for server in (live, strict)
        ]

    assert codes("http://127.0.0.1:1/card.jpg") == [101000, 101000]  # whole: nothing was cut off
    assert codes("http://127.0.0.1:1/card.jpg?sign=1&t=2") == [101000, -1]
    assert codes("mock://idcard") == [0, 0]  # ours, not WeChat's: nobody has to encode it


def test_pixels_above_the_bound_are_101002(serve: Serve, ocr: Post, png: Callable[..., bytes]) -> None:
    server = serve(max_pixels=100)
    assert ocr(server, "bankcard", files={"img": ("a.png", png(10, 10))})["errcode"] == 101001
    assert ocr(server, "bankcard", files={"img": ("a.png", png(11, 10))})["errcode"] == 101002


def test_slow_magic_waits_by_the_clock(serve: Serve, ocr: Post) -> None:
    clock = ManualClock(1e9)
    server = serve(clock=clock)
    assert ocr(server, "idcard", img_url="mock://slow/3s")["name"] == "张三"
    assert clock.now() == 1e9 + 3
    assert ocr(server, "idcard", img_url="mock://slow/999999s")["errcode"] == 0
    assert clock.now() == 1e9 + 63


def test_upload_is_matched_by_its_name(
    serve: Serve, ocr: Post, tmp_path: Path, png: Callable[..., bytes]
) -> None:
    (tmp_path / "f.yaml").write_text(yaml.safe_dump(named("bankcard/mine", "bankcard", number="62")))
    server = serve(fixtures=(tmp_path,))
    assert ocr(server, "bankcard", files={"img": ("a.jpg", png(2, 2))})["number"] == "62"
    assert ocr(server, "bankcard", files={"img": ("b.jpg", png(2, 2))})["errcode"] == 101001


def test_a_fault_of_our_own_is_minus_1_and_no_page(
    serve: Serve, ocr: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(server.emulator.answers, "answer", fail)
    with caplog.at_level(logging.ERROR):
        assert ocr(server, "idcard", img_url="mock://idcard")["errcode"] == -1
    assert "ZeroDivisionError" in caplog.text
    assert server.emulator.quotas.usage("mock", "idcard").used == 0


@pytest.mark.parametrize("path", ["/cv/ocr/passport", "/cv/ocr/%20bankcard", "/cgi-bin/nothing", "/tcb/x/y", "/cv",
                                  "/cv//ocr/idcard", "/cv/ocr/idcard/", "/cgi-bin/../cv/ocr/idcard"])  # fmt: skip
@pytest.mark.parametrize("verb", ["GET", "POST", "PROPFIND"])
def test_unknown_paths_are_40066(live: Server, path: str, verb: str) -> None:
    request = requests.Request(verb, live.url).prepare()
    request.url = live.url + path
    with requests.Session() as session:
        reply = session.send(request, timeout=10, allow_redirects=False)
    assert reply.status_code == 200
    assert reply.json()["errcode"] in (40066, 43002)
    assert b"<" not in reply.content


def test_magic_variant_of_another_document_is_not_found(live: Server, ocr: Post) -> None:
    method = by_key("driving")
    assert method is not None
    assert ocr(live, "driving", img_url="mock://driverLicense")["errcode"] == 101001
    assert ocr(live, "driving", img_url="mock://drivingLicense")["plate_num"] == "粤xxxxx"
    assert ocr(live, "driving", img_url="mock://driving/oldest")["plate_num_b"] == "粤xxxxx"
    assert ocr(live, "driving", img_url="mock://driving/none")["errcode"] == 101000


def test_routes_come_from_the_table_that_is_given() -> None:
    app = create_app(Settings(recognizer=False))
    app.register_blueprint(blueprint_of([METHODS[0]._replace(key="ninth")]), name="more")
    query = {"access_token": "mock://wx1", "img_url": "mock://101001"}
    codes = [
        app.test_client().post(f"/cv/ocr/{key}", query_string=query).get_json() for key in ("ninth", "tenth")
    ]
    assert [answer["errcode"] for answer in codes] == [101001, 40066]
