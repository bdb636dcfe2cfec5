"""What docs/rulings.yaml says where nothing settles what WeChat does, and the other side of each by its switch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import requests

from cloudbase_ocr.build.cloudbaserc import function_entry
from cloudbase_ocr.cloudbase.messages import CallMessage, ReplyMessage
from cloudbase_ocr.runtime import ApiToken, find_function
from cloudbase_ocr.server import Server
from tests.docs.test_rulings_emulator import CALLER, Start, blank, code, post

FILE = b'form-data; name="img"; filename="a.jpg"'
FORM = "multipart/form-data; boundary=b"
URL = {**CALLER, "img_url": "mock://idcard"}


def send(
    server: Server,
    disposition: bytes = FILE,
    content_type: str = FORM,
    query: dict[str, str] = CALLER,
    encoding: str = "",
) -> Any:
    """Send a picture in a form; return the errcode."""
    body = b"--b\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + blank() + b"\r\n--b--\r\n"
    headers = {"Content-Type": content_type, **({"Content-Encoding": encoding} if encoding else {})}
    return code(post(server, params=query, data=body, headers=headers).json())


def test_r38_img_url_as_a_text_field_is_not_seen_unless_assumed(start: Start) -> None:
    field = {"img_url": (None, "mock://idcard")}
    for assumed, expected in (((), 41005), (("multipart-img-url",), 0)):
        server = start(assumptions=assumed)
        assert code(post(server, params=CALLER, files=field).json()) == expected
        assert code(post(server, params=URL, files={"img_url": (None, "mock://101000")}).json()) == 0


def test_r39_img_url_counts_beside_an_unreadable_body_unless_assumed_otherwise(start: Start) -> None:
    kind, other = start(), start(assumptions=("multipart-goes-first",))
    for content_type, body in (
        ("multipart/form-data", b""),
        (FORM, b""),
        (FORM, b"--c\r\n"),
        (FORM, b"--b\r\n"),
    ):
        sent: dict[str, Any] = {"params": URL, "data": body, "headers": {"Content-Type": content_type}}
        assert code(post(kind, **sent).json()) == 0
        assert code(post(other, **sent).json()) == 41005
        assert code(post(kind, **{**sent, "params": CALLER}).json()) == 41005


def test_r40_a_raw_url_is_refused_in_strict_mode_where_it_was_cut(start: Start) -> None:
    whole, cut = "http://127.0.0.1:1/a.jpg", "http://127.0.0.1:1/a.jpg?sign=1&t=2"
    for settings, expected in (
        ({}, [101000, 101000]),
        ({"strict": True}, [101000, -1]),
        ({"strict": True, "assumptions": ("raw-img-url-refused",)}, [-1, -1]),
    ):
        server = start(**settings)
        paths = [f"/cv/ocr/idcard?access_token=mock://wx1&img_url={url}&type=photo" for url in (whole, cut)]
        assert [code(post(server, path).json()) for path in paths] == expected


def test_r41_unusual_forms_are_taken_unless_strict(start: Start) -> None:
    kind, strict = start(), start(strict=True)
    for disposition, content_type in (
        (FILE, "multipart/mixed; boundary=b"),
        (FILE, 'multipart/form-data; boundary="b"'),
        (FILE.replace(b"form-data", b"attachment"), FORM),
        (FILE.replace(b'"', b"'"), FORM),
        (FILE.replace(b'"', b""), FORM),
    ):
        assert send(kind, disposition, content_type) == 101001
        assert send(strict, disposition, content_type) == 41005
        assert send(strict, disposition, content_type, URL) == 0


def test_r42_compressed_bodies_and_folded_headers_are_not_read(start: Start) -> None:
    server, folded = start(), FILE.replace(b"; ", b";\r\n ")
    assert send(server, folded) == 41005
    assert send(start(assumptions=("folded-headers",)), folded) == 101001
    packed = post(
        server, params=CALLER, data=b"\x1f\x8b", headers={"Content-Type": FORM, "Content-Encoding": "gzip"}
    )
    assert code(packed.json()) == 41005
    # Some clients name a charset there: what can be read is read.
    assert send(server, encoding="utf-8") == 101001


def test_r43_aicrop_by_get_is_43002_unless_assumed(start: Start) -> None:
    for assumed, expected in (((), 43002), (("aicrop-get",), 0)):
        reply = requests.get(start(assumptions=assumed).url + "/cv/img/aicrop", params=URL, timeout=30)
        assert code(reply.json()) == expected


def test_r44_a_call_without_a_body_is_44002_unless_assumed(start: Start, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/index.py").write_text("def main(event, context): return 1\n", encoding="utf-8")
    query = {**CALLER, "env": "e", "name": "f"}
    for assumed, expected in (((), 44002), (("empty-event",), 0)):
        server = start(functions=tmp_path, assumptions=assumed)
        assert code(post(server, "/tcb/invokecloudfunction", params=query).json()) == expected


def test_r45_appid_grant_type_secret(start: Start) -> None:
    url = start(apps=("wx1:right",)).url + "/cgi-bin/token"
    asked = {"appid": "wx2", "secret": "wrong", "grant_type": "other"}
    for right, expected in (
        ({}, 40013),
        ({"appid": "wx1"}, 40002),
        ({"grant_type": "client_credential"}, 40125),
    ):
        asked.update(right)
        assert code(requests.get(url, params=asked, timeout=30).json()) == expected


def test_r46_replies_to_calls_without_a_token_have_a_sequence_id(start: Start) -> None:
    server, name = start(tokenless=True), "x-openapi-seqid"
    for url in ("mock://idcard", "mock://101001"):
        reply = post(server, params={"img_url": url})
        assert re.fullmatch(r"[0-9a-f]{16}", reply.headers[name])
    assert name not in post(server, params=URL).headers
    assert name not in post(start(), params={"img_url": "mock://idcard"}).headers


def test_r47_the_permission_of_other_cloud_calls_comes_first(start: Start, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/index.py").touch()
    listed = '{"permissions": {"openapi": ["subscribeMessage.send", "ocr.passport"]}}'
    (tmp_path / "f/config.json").write_text(listed, encoding="utf-8")
    server, token = start(functions=tmp_path), ApiToken("f", "wx1", "o1").text("r1")

    def refusal(api: str) -> int:
        form = {
            "action": "wx.openApi",
            "apiName": api,
            "requestData": CallMessage().encode(),
            "wxCloudApiToken": token,
        }
        parts = {name: (None, value) for name, value in form.items()}
        return ReplyMessage.parse(post(server, "/admin", files=parts).content).error_code

    assert refusal("subscribeMessage.send") == -604100
    assert refusal("security.msgSecCheck") == -604101
    assert refusal("ocr.passport") == refusal("no.such") == -604100


def test_r48_packages_bring_what_they_need(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/index.py").touch()
    asked = {"name": "f", "installDependency": True}
    entry = function_entry(
        find_function(tmp_path, "f"), "3.10", handler="index.main", kind="event", written=asked
    )
    assert entry["installDependency"] is False
