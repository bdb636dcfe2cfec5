"""What is done to a good request: to the values in it, to its body, to its frame and to its bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzz.seeds import Seed

MOST_BYTES = 200_000
_INTERESTING = (
    b"\x00",
    b"\xff",
    b"\r\n",
    b"\r\n\r\n",
    b"--",
    b'"',
    b"\\",
    b"[",
    b"{",
    b"%00",
    b"%ff",
    b"../",
    b"\xff\xff\xff\xff\x0f",
    b"-1",
    b"{{7*7}}",
    b"<script>",
    b"\xe4\xb8\xad",
    b"\xed\xa0\x80",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    1e308,
    "",
    "x" * 10_000,
    [],
    {},
    [[[]]],
    {"a": None},
    "\ud800",
    "\0",
    "../../etc/passwd",
    "9" * 5000,
)
_CHUNKED = "Transfer-Encoding: chunked"
_FRAMES = (
    "Content-Length: 0",
    "Content-Length: -1",
    "Content-Length: 1000000",
    "Content-Length: 99999999999999999999",
    "Content-Length: x",
    "Content-Length: 3",
    _CHUNKED,
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: gzip, chunked",
    "Expect: 100-continue",
    "Expect: x",
    "Host: evil.example",
    "Host: 127.0.0.1",
    "Connection: keep-alive, Upgrade\r\nUpgrade: h2c",
    "Content-Encoding: gzip",
    "Range: bytes=-",
    "Content-Type: application/json; charset=utf-16",
    "Content-Type: multipart/form-data",
    "Content-Type: text/plain",
    "Cookie: \xff=;;=",
    "Origin: null",
    "Origin: http://evil.example",
    "Sec-Fetch-Site: cross-site",
    "X-Forwarded-For: 1.2.3.4, x",
    "Authorization: Bearer \xff",
    "X-TC-Action: \xff",
    'If-None-Match: "',
    "Accept-Language: " + "a," * 2000,
    " folded: x",
    "NoColon",
    "\x00: x",
    "A" * 70_000 + ": x",
)
_METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "X" * 300,
    "",
    "P\0ST",
)
_VERSIONS = ("HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1 x", "", "http/1.1")


def mutated(seed: Seed, random: Random) -> bytes:
    """Return the bytes of a request that began as `seed`; sometimes nothing of it is changed."""
    body = _with_values(seed, random) if seed.fields and random.random() < 0.6 else seed.body
    data = bytearray(body)
    for _ in range(random.choice((0, 0, 0, 1, 2, 4))):
        random.choice(BYTES)(data, random)
    request = bytearray(seed.encoded(bytes(data[:MOST_BYTES])))
    for change, chance in ((_line, 0.25), (_frame, 0.3), (_chunk, 0.1)):
        if random.random() < chance:
            change(request, random)
    if random.random() < 0.15:
        random.choice(BYTES)(request, random)
    return bytes(request[: 2 * MOST_BYTES])


def _with_values(seed: Seed, random: Random) -> bytes:
    fields = dict(seed.fields)
    for _ in range(random.choice((1, 1, 3))):
        fields[random.choice(list(fields))] = random.choice(_VALUES)
    return json.dumps(random.choice((fields, fields, fields, [fields], random.choice(_VALUES)))).encode()


def _line(request: bytearray, random: Random) -> None:
    """Change the request line: method, path, query or version."""
    line, _, rest = bytes(request).partition(b"\r\n")
    method, target, version = (*line.split(b" "), b"", b"")[:3]
    what = random.randrange(4)
    if what == 0:
        method = random.choice(_METHODS).encode("latin-1")
    elif what == 1:
        version = random.choice(_VERSIONS).encode()
    else:
        changed = bytearray(target)
        random.choice(BYTES)(changed, random)
        target = bytes(changed)
    request[:] = b" ".join((method, target, version)) + b"\r\n" + rest


def _frame(request: bytearray, random: Random) -> None:
    """Add a header that says something else about the body, the sender or the way."""
    at = bytes(request).find(b"\r\n")
    if at >= 0:
        request[at:at] = b"\r\n" + random.choice(_FRAMES).encode("latin-1")


def _chunk(request: bytearray, random: Random) -> None:
    """Send the body in chunks, of which some lie."""
    head, _, body = bytes(request).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    size = random.choice(
        (b"%x" % len(body),) * 3 + (b"ffffffffffffffff", b"-1", b"zz", b"0", b"%x;a=b" % len(body))
    )
    end = random.choice((b"\r\n0\r\n\r\n", b"\r\n0\r\n\r\n", b"\r\n0\r\nX: y\r\n\r\n", b"", b"\r\n"))
    request[:] = b"\r\n".join([*lines, _CHUNKED.encode(), b"", size]) + b"\r\n" + body + end


def _flip(data: bytearray, random: Random) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _cut(data: bytearray, random: Random) -> None:
    if data:
        start = random.randrange(len(data))
        del data[start : start + random.choice((1, 4, 100, len(data)))]


def _insert(data: bytearray, random: Random) -> None:
    at = random.randint(0, len(data))
    data[at:at] = random.choice(_INTERESTING) * random.choice((1, 1, 3, 1000))


def _repeat(data: bytearray, random: Random) -> None:
    if data:
        start = random.randrange(len(data))
        piece = data[start : start + random.choice((1, 16, 300))]
        data[start:start] = piece * random.choice((1, 2, 20))


def _swap(data: bytearray, random: Random) -> None:
    if len(data) > 1:
        one, other = random.randrange(len(data)), random.randrange(len(data))
        data[one], data[other] = data[other], data[one]


BYTES: tuple[Callable[[bytearray, Random], None], ...] = (_flip, _cut, _insert, _repeat, _swap)
