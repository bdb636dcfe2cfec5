"""The wire format of Protocol Buffers, as far as two small messages need it: numbers and byte strings.

A message is a sequence of fields. A field begins with a key, ``number << 3 | wire type``, as a varint; then comes
a varint (type 0), or a length and that many bytes (type 2). Fields of fixed size (types 1 and 5) are skipped, groups
(types 3 and 4, long withdrawn) are refused. (https://protobuf.dev/programming-guides/encoding/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = int | memoryview
"""What a field carries: a varint's number, or a view of the bytes."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10
_MAX_FIELD_NUMBER = 2**29 - 1


class ProtobufError(ValueError):
    """The bytes are no message; the text says where they stop to be one."""


def read_fields(data: bytes | memoryview) -> Iterator[tuple[int, Value]]:
    """Yield number and value of each field, in the order of the message; nothing is copied.

    Raises:
        ProtobufError: the message ends early, or holds a group or a number that cannot be.
    """
    view = memoryview(data)
    at = 0
    while at < len(view):
        key, at = read_varint(view, at)
        number, kind = key >> 3, key & 7
        if not 1 <= number <= _MAX_FIELD_NUMBER:
            raise ProtobufError(f"field number {number} at byte {at}")
        if kind == _VARINT:
            value, at = read_varint(view, at)
            yield number, value
        elif kind == _BYTES:
            length, at = read_varint(view, at)
            yield number, view[at : _end(view, at, length)]
            at += length
        elif kind in (_FIXED64, _FIXED32):
            at = _end(view, at, 8 if kind == _FIXED64 else 4)
        else:
            raise ProtobufError(f"wire type {kind} at byte {at}")


def read_varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the unsigned 64-bit number that begins at byte `at`, and where the next byte is.

    Raises:
        ProtobufError: the number does not end, or needs more than 64 bits.
    """
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        if at + index >= len(data):
            raise ProtobufError("the message ends within a number")
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if value >= 2**64:
                break
            return value, at + index + 1
    raise ProtobufError(f"the number at byte {at} has more than 64 bits")


def write_varint(value: int) -> bytes:
    """Return a number as varint; a negative one as the 64-bit two's complement, as int32 fields do."""
    rest = value & (2**64 - 1)
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


def number_field(number: int, value: int) -> bytes:
    """Return a varint field; empty for 0, which proto3 leaves out."""
    return write_varint(number << 3 | _VARINT) + write_varint(value) if value else b""


def bytes_field(number: int, value: bytes) -> bytes:
    """Return a field of bytes, also of empty ones."""
    return write_varint(number << 3 | _BYTES) + write_varint(len(value)) + value


def text_field(number: int, value: str) -> bytes:
    """Return a field of text; empty for "", which proto3 leaves out."""
    return bytes_field(number, value.encode("utf-8", "replace")) if value else b""


def _end(view: memoryview, at: int, length: int) -> int:
    end = at + length
    if end > len(view):
        raise ProtobufError(f"a field of {length} bytes at byte {at} goes beyond the message")
    return end
