"""The two messages of cloud calls: the notes' worked examples, property tests, and bytes that are no message."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbase_ocr.cloudbase.messages import CallMessage, Pair, ReplyMessage
from cloudbase_ocr.cloudbase.protobuf import (
    ProtobufError,
    bytes_field,
    number_field,
    read_fields,
    read_varint,
    write_varint,
)

BY_URL = (
    "0800122e0a0f0a047479706512072270686f746f220a1b0a07696d675f75726c121022687474703a2f2f682f612e6a706722"
)
BY_PICTURE = "080012160a140a03696d67120489504e472207696d672e706e67"

texts = st.text(st.characters(codec="utf-8"), max_size=30)
pairs = st.builds(Pair, key=texts, value=st.binary(max_size=300), content_type=texts, filename=texts)
calls = st.builds(
    CallMessage, pairs=st.lists(pairs, max_size=6).map(tuple), appid=texts, api_type=st.integers(0, 3)
)
replies = st.builds(
    ReplyMessage,
    data=st.binary(max_size=300),
    content_type=texts,
    error_code=st.integers(-(2**31), 2**31 - 1),
    http_code=st.integers(0, 2**32 - 1),
)


def test_worked_example_with_url() -> None:
    message = CallMessage((Pair("type", b'"photo"'), Pair("img_url", b'"http://h/a.jpg"')))
    assert CallMessage.parse(bytes.fromhex(BY_URL)) == message
    assert message.encode().hex() == BY_URL


def test_worked_example_with_picture() -> None:
    message = CallMessage((Pair("img", b"\x89PNG", filename="img.png"),))
    assert CallMessage.parse(bytes.fromhex(BY_PICTURE)) == message
    assert message.encode().hex() == BY_PICTURE


def test_worked_example_of_a_reply() -> None:
    encoded = ReplyMessage(b'{"errcode":0}', "application/json").encode()
    assert encoded.hex() == "0a0d" + b'{"errcode":0}'.hex() + "1210" + b"application/json".hex()


def test_a_call_without_arguments() -> None:
    assert CallMessage().encode().hex() == "08001200"
    assert CallMessage.parse(b"") == CallMessage.parse(b"\x08\x00\x12\x00") == CallMessage()


def test_a_system_error_is_a_negative_int32() -> None:
    encoded = ReplyMessage(error_code=-604101).encode()
    assert encoded.hex() == "18bb90dbffffffffffff01"
    assert ReplyMessage.parse(encoded).error_code == -604101


@given(calls)
def test_calls_come_back_as_they_were(message: CallMessage) -> None:
    assert CallMessage.parse(message.encode()) == message


@given(replies)
def test_replies_come_back_as_they_were(message: ReplyMessage) -> None:
    assert ReplyMessage.parse(message.encode()) == message


@given(st.integers(0, 2**64 - 1), st.binary(max_size=5))
def test_numbers_come_back_as_they_were(number: int, rest: bytes) -> None:
    encoded = write_varint(number)
    assert read_varint(memoryview(encoded + rest), 0) == (number, len(encoded))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtobufError):
        CallMessage.parse(data)
    with contextlib.suppress(ProtobufError):
        ReplyMessage.parse(data)


@given(calls, st.data())
def test_a_message_that_was_cut_is_never_another_one_with_more(
    message: CallMessage, data: st.DataObject
) -> None:
    encoded = message.encode()
    cut = encoded[: data.draw(st.integers(0, len(encoded)))]
    with contextlib.suppress(ProtobufError):
        assert len(CallMessage.parse(cut).pairs) <= len(message.pairs)


def test_unknown_fields_are_skipped() -> None:
    unknown = number_field(9, 5) + bytes_field(15, b"x") + b"\x51" + bytes(8) + b"\x55" + bytes(4)
    assert CallMessage.parse(unknown + bytes.fromhex(BY_URL)).pairs[0].key == "type"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x0a", "ends within a number"),
        (b"\x0a\x05ab", "goes beyond the message"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "more than 64 bits"),
        (b"\xff" * 11, "more than 64 bits"),
        (b"\x00\x00", "field number 0"),
        (b"\x0b", "wire type 3"),
        (b"\x09\x00", "goes beyond the message"),
    ],
)
def test_what_is_no_message(data: bytes, reason: str) -> None:
    with pytest.raises(ProtobufError, match=reason):
        list(read_fields(data))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (number_field(2, 1), "a number where bytes belong"),
        (bytes_field(1, b"x"), "bytes where a number belongs"),
        (number_field(1, 4), "apiType 4"),
        (bytes_field(6, b"\xff"), "not UTF-8"),
        (bytes_field(2, bytes_field(1, b"") * 257), "more than 256 arguments"),
    ],
)
def test_what_is_no_call(data: bytes, reason: str) -> None:
    with pytest.raises(ProtobufError, match=reason):
        CallMessage.parse(data)
