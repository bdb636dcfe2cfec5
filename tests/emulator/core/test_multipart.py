"""The multipart parser: what real clients write, and any bytes inside a part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.filepost import encode_multipart_formdata

from cloudbase_ocr.core.multipart import MultipartError, Oddity, parse_boundary, parse_parts


def one(body: bytes, boundary: bytes = b"b") -> tuple[str, str | None, bytes]:
    (part,) = parse_parts(body, boundary)
    return part.name, part.filename, bytes(part.data)


def part(head: str, data: bytes = b"DATA", newline: str = "\r\n") -> bytes:
    end = newline.encode()
    return b"--b" + end + head.encode() + end + end + data + end + b"--b--" + end


@given(st.binary(max_size=3000), st.binary(max_size=300), st.text("abc'()+_,-./:=?", min_size=1, max_size=70))
def test_any_bytes_come_back_whole(first: bytes, second: bytes, boundary: str) -> None:
    if boundary.encode() in first + second:
        return
    fields: dict[str, Any] = {"img": ("身份证.jpg", first, "image/jpeg"), "type": second}
    body, _ = encode_multipart_formdata(fields, boundary=boundary)
    parts = parse_parts(body, boundary.encode())
    assert [(part.name, part.filename, bytes(part.data)) for part in parts] == [
        ("img", "身份证.jpg", first),
        ("type", None, second),
    ]


@given(st.binary(max_size=500))
def test_lines_that_only_look_like_boundaries_belong_to_the_data(noise: bytes) -> None:
    data = b"\r\n--bb\r\n--b" + b"x" * 90 + b"\r\n--\r\nb--b--\r\n" + noise.replace(b"--b", b"") + b"--bend"
    assert one(part('Content-Disposition: form-data; name="img"', data))[2] == data


@pytest.mark.parametrize(("head", "name", "filename"), [
    ('Content-Disposition: form-data; name="img"; filename="a.jpg"', "img", "a.jpg"),
    ("Content-Disposition: form-data; name=img; filename=a.jpg", "img", "a.jpg"),
    ('content-disposition:form-data;name="img";filename="a.jpg"', "img", "a.jpg"),
    ('Content-Type: image/jpeg\r\nContent-Disposition: form-data; filename="a.jpg"; name="img"', "img", "a.jpg"),
    ('Content-Disposition: form-data; name="img"; filename="C:\\\\a \\"b\\".jpg"', "img", 'C:\\a "b".jpg'),
    ('Content-Disposition: form-data; name="img"; filename=""', "img", ""),
    ("Content-Disposition: form-data; name=img; filename*=UTF-8''%E8%BA%AB.jpg", "img", None),
    ("Content-Disposition: form-data; name=img; filename=a.jpg; filename*=UTF-8''%E8%BA%AB.jpg", "img", "a.jpg"),
    ("Content-Disposition: form-data; name='img'; filename='a.jpg'", "img", "a.jpg"),
    ('Content-Disposition: attachment; name="img"; filename="a.jpg"', "img", "a.jpg"),
    ('Content-Disposition: form-data;\r\n name="img"; filename="a.jpg"', "", None),
    ('Content-Disposition: form-data; name="img"; filename="a;b=c.jpg"', "img", "a;b=c.jpg"),
    ('Content-Disposition: form-data; name="img"', "img", None),
    ("X: y", "", None),
])  # fmt: skip
def test_ways_to_write_the_head(head: str, name: str, filename: str | None) -> None:
    assert one(part(head)) == (name, filename, b"DATA")


@pytest.mark.parametrize(("disposition", "oddity"), [
    ('form-data; name="img"; filename="a.jpg"', None), ('FORM-DATA;name="img"', None),
    ("form-data; name=img; filename=a.jpg", Oddity.UNQUOTED), ("form-data; name='img'", Oddity.SINGLE_QUOTES),
    ('form-data; name="img"; filename="a.jpg"; size=5', None),
    ('attachment; name="img"; filename="a.jpg"', Oddity.DISPOSITION),
    ("form-data; name=\"img\"; filename*=utf-8''a.jpg", Oddity.ENCODED_FILENAME),
    ("form-data; name=\"img\"; filename=\"a\"; filename*=utf-8''a.jpg", None),
    ('form-data;\r\n\tname="img"', Oddity.FOLDED),
])  # fmt: skip
def test_what_is_unusual_about_a_head(disposition: str, oddity: Oddity | None) -> None:
    (found,) = parse_parts(part(f"Content-Disposition: {disposition}"), b"b")
    assert found.oddity is oddity


def test_folded_headers_are_read_if_asked_for() -> None:
    body = part('Content-Disposition: form-data;\r\n name="img";\n\tfilename="a.jpg"')
    (found,) = parse_parts(body, b"b", unfold=True)
    assert (found.name, found.filename, found.oddity) == ("img", "a.jpg", Oddity.FOLDED)


def test_frames_that_clients_write() -> None:
    head = 'Content-Disposition: form-data; name="img"; filename="a"'
    assert one(part(head, newline="\n"))[2] == b"DATA"
    assert one(b"preamble\r\n" + part(head) + b"epilogue")[2] == b"DATA"
    assert one(part(head).replace(b"--b\r\n", b"--b \t\r\n", 1))[2] == b"DATA"
    assert one(part(head)[:-2])[2] == b"DATA"
    assert one(b"--b\r\n\r\nDATA\r\n--b--") == ("", None, b"DATA")
    assert parse_parts(b"--b--\r\n", b"b") == []


@pytest.mark.parametrize(("body", "why"), [
    (b"", "does not occur"), (b"--c\r\n", "does not occur"), (part("X: y")[:-6], "cut off"),
    (b"--b\r\nX: y\r\n--b--", "no empty line"), (b"--b\r\n" + b"X: y\r\n" * 4000 + b"\r\nD\r\n--b--", "no empty line"),
    (part("X: y")[:-7] * 100 + b"--b--", "more than 64"),
])  # fmt: skip
def test_broken_bodies_say_why(body: bytes, why: str) -> None:
    with pytest.raises(MultipartError, match=why):
        parse_parts(body, b"b")


@pytest.mark.parametrize(("header", "boundary"), [
    ("multipart/form-data; boundary=abc", (b"abc", False)), ('multipart/form-data; boundary="a b;c"', (b"a b;c", True)),
    ("multipart/form-data; charset=utf-8; Boundary = abc ", (b"abc", False)),
    ("multipart/form-data;boundary=----x", (b"----x", False)),
])  # fmt: skip
def test_boundaries(header: str, boundary: tuple[bytes, bool]) -> None:
    assert parse_boundary(header) == boundary


@pytest.mark.parametrize("header", ["multipart/form-data", "multipart/form-data; boundary=", 'a/b; boundary=""',
                                    "multipart/form-data; boundary=" + "b" * 201, ""])  # fmt: skip
def test_headers_without_a_boundary(header: str) -> None:
    with pytest.raises(MultipartError, match="boundary"):
        parse_boundary(header)


def test_a_part_is_no_copy() -> None:
    body = part('Content-Disposition: form-data; name="img"; filename="a"', b"x" * 100_000)
    assert parse_parts(body, b"b")[0].data.obj is body
