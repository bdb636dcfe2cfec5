"""Forms that browsers post, as events."""

from __future__ import annotations

import base64
from typing import Any

import pytest

import wxcloud
from wxcloud.form import parse_form

TYPE = "multipart/form-data; boundary=----x"
PICTURE = bytes(range(256)) + b"\r\n--\r\n"


def posted(*parts: bytes) -> bytes:
    return b"".join(b"------x\r\n" + part + b"\r\n" for part in parts) + b"------x--\r\n"


def test_a_form_with_a_file() -> None:
    body = posted(
        b'Content-Disposition: form-data; name="type"\r\n\r\nphoto',
        b'content-disposition: form-data; name="img"; filename="\xe8\xba\xab.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        + PICTURE,
        b'Content-Disposition: form-data; name="other"; filename=""\r\n\r\n',
        b'Content-Disposition: form-data; name="note"\r\n\r\n\xe4\xbd\xa0\r\nb',
    )
    assert parse_form(body, TYPE) == {
        "type": "photo",
        "img": {
            "contentType": "image/jpeg",
            "fileName": "身.jpg",
            "value": base64.b64encode(PICTURE).decode(),
        },
        "note": "你\r\nb",
    }


def test_a_form_without_files_and_one_without_fields() -> None:
    assert parse_form(b"a=1&b=%E4%BD%A0+c&a=2&d=", "application/x-www-form-urlencoded; charset=utf-8") == {
        "a": "2",
        "b": "你 c",
        "d": "",
    }
    assert parse_form(b"------x--\r\n", TYPE) == {}


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"", "multipart/form-data", "names no boundary"),
        (b"", TYPE, "do not end with the boundary"),
        (b"x", TYPE, "do not end with the boundary"),
        (
            posted(b'Content-Disposition: form-data; name="a"\r\n\r\nb')[:-8],
            TYPE,
            "do not end with the boundary",
        ),
        (posted(b'Content-Disposition: form-data; name="a"'), TYPE, "no blank line"),
        (posted(b"Content-Disposition: form-data\r\n\r\nb"), TYPE, "has no name"),
        (posted(b"\r\n\r\nb"), TYPE, "has no name"),
        (posted(b'Content-Disposition: form-data; name="a"\r\n\r\n\xff'), TYPE, "utf-8"),
        (b"\xff", "application/x-www-form-urlencoded", "utf-8"),
    ],
)
def test_what_is_no_form(body: bytes, content_type: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_form(body, content_type)


def test_the_form_of_an_event() -> None:
    body = posted(b'Content-Disposition: form-data; name="a"\r\n\r\n1')
    event = {
        "headers": {"Content-Type": TYPE},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    assert wxcloud.form_fields(event) == {"a": "1"}
    plain = {"headers": {"content-type": "application/x-www-form-urlencoded"}, "body": "a=%E4%BD%A0"}
    assert wxcloud.form_fields(plain) == {"a": "你"}


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (None, "the event is no request of HTTP"),
        ({"imgUrl": "x"}, "the event is no request of HTTP"),
        ({"headers": {}, "body": None}, "the event is no request of HTTP"),
        ({"headers": {}, "body": ""}, "its Content-Type is missing"),
        (
            {"headers": {"content-type": "application/json"}, "body": "{}"},
            "its Content-Type is application/json",
        ),
        ({"headers": {"content-type": TYPE}, "body": "x"}, "the body is no form: its parts do not end"),
        ({"headers": {"content-type": TYPE}, "body": "x", "isBase64Encoded": True}, "the body is no form: "),
    ],
)
def test_an_event_without_a_form(event: Any, says: str) -> None:
    with pytest.raises(wxcloud.ArgumentError) as caught:
        wxcloud.form_fields(event)
    assert caught.value.errCode == -601002
    assert says in caught.value.errMsg
