"""The two messages of a cloud call: what wx-server-sdk sends in `requestData`, and what it wants back.

Field numbers are those of the SDK's generated code (section 1.2 and 1.3 of the protocol notes); the names here are
plainer ones:

    CommApiData       1 apiType, 2 openapiData {1 repeated pair {1 key, 2 value, 3 contenttype, 4 filename}}, 6 appid
    CommOpenApiResp   1 respData, 2 contentType, 3 errorCode (int32), 4 httpCode
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudbase_ocr.cloudbase.protobuf import (
    ProtobufError,
    Value,
    bytes_field,
    number_field,
    read_fields,
    text_field,
)

OPEN_API = 0
"""The `apiType` of ``cloud.openapi``; 1 to 3 are for open data, signatures and payment."""

JSON = "application/json"

_MAX_PAIRS = 256
_APIS = range(4)


@dataclass(frozen=True)
class Pair:
    """One argument of a call: JSON text, or the bytes of a picture, which come with a filename."""

    key: str
    value: bytes | memoryview
    content_type: str = ""
    filename: str = ""


@dataclass(frozen=True)
class CallMessage:
    """CommApiData: the arguments of one cloud call."""

    pairs: tuple[Pair, ...] = ()
    appid: str = ""
    api_type: int = OPEN_API

    @classmethod
    def parse(cls, data: bytes | memoryview) -> CallMessage:
        """Read the message; fields that are not known are skipped, as protobuf asks.

        Raises:
            ProtobufError: it is no such message.
        """
        pairs: list[Pair] = []
        appid, api_type = "", OPEN_API
        for number, value in read_fields(data):
            if number == 1:
                api_type = _number(value)
                if api_type not in _APIS:
                    raise ProtobufError(f"apiType {api_type}")
            elif number == 2:
                pairs += [_read_pair(inner) for key, inner in read_fields(_bytes(value)) if key == 1]
                if len(pairs) > _MAX_PAIRS:
                    raise ProtobufError(f"more than {_MAX_PAIRS} arguments")
            elif number == 6:
                appid = _text(value)
        return cls(tuple(pairs), appid, api_type)

    def encode(self) -> bytes:
        """Write the message as the SDK does: the apiType also when it is 0, the arguments also when there are none."""
        pairs = b"".join(bytes_field(1, _encode_pair(pair)) for pair in self.pairs)
        kind = number_field(1, self.api_type) or b"\x08\x00"
        return kind + bytes_field(2, pairs) + text_field(6, self.appid)


@dataclass(frozen=True)
class ReplyMessage:
    """CommOpenApiResp: WeChat's reply, or the code of a system error such as -604101."""

    data: bytes | memoryview = b""
    content_type: str = field(default="")
    error_code: int = 0
    http_code: int = 0

    @classmethod
    def parse(cls, data: bytes | memoryview) -> ReplyMessage:
        """Read the message.

        Raises:
            ProtobufError: it is no such message.
        """
        body: bytes | memoryview = b""
        content_type, error_code, http_code = "", 0, 0
        for number, value in read_fields(data):
            if number == 1:
                body = _bytes(value)
            elif number == 2:
                content_type = _text(value)
            elif number == 3:
                error_code = _int32(_number(value))
            elif number == 4:
                http_code = _number(value)
        return cls(body, content_type, error_code, http_code)

    def encode(self) -> bytes:
        """Write the message."""
        body = bytes_field(1, bytes(self.data)) if len(self.data) else b""
        head = body + text_field(2, self.content_type)
        return head + number_field(3, self.error_code) + number_field(4, self.http_code)


def _read_pair(value: Value) -> Pair:
    fields: dict[int, Value] = dict(read_fields(_bytes(value)))
    texts = {number: _text(fields.get(number, memoryview(b""))) for number in (1, 3, 4)}
    return Pair(texts[1], _bytes(fields.get(2, memoryview(b""))), texts[3], texts[4])


def _encode_pair(pair: Pair) -> bytes:
    head = text_field(1, pair.key) + bytes_field(2, bytes(pair.value))
    return head + text_field(3, pair.content_type) + text_field(4, pair.filename)


def _number(value: Value) -> int:
    if isinstance(value, int):
        return value
    raise ProtobufError("bytes where a number belongs")


def _bytes(value: Value) -> memoryview:
    if isinstance(value, int):
        raise ProtobufError("a number where bytes belong")
    return value


def _text(value: Value) -> str:
    try:
        return bytes(_bytes(value)).decode()
    except UnicodeDecodeError as error:
        raise ProtobufError("text that is not UTF-8") from error


def _int32(value: int) -> int:
    """Read a varint's lower 32 bits as a signed number."""
    low = value & 0xFFFFFFFF
    return low - 2**32 if low >= 2**31 else low
