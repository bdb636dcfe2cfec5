"""Mutated bodies of ``POST /admin`` against a live emulator: ``python -m tests.fuzz --count 50000 --write``.

Each body begins as a valid one (a form with a message, a JSON action). Half of the messages and values inside are
changed, and half of the bodies around them, in up to four places: bits, cuts, repetitions, lengths, types. Every
answer must come in time and must not be a 5xx; the server's memory is read before, in between and at the end. With
``--write`` the figures go to docs/fuzz.md.
"""

from __future__ import annotations

import argparse
import http.client
import json
import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from urllib3.filepost import encode_multipart_formdata

from cloudbase_ocr import specimens
from cloudbase_ocr.cloudbase.messages import CallMessage, Pair

PAGE = Path(__file__).parents[1] / "docs" / "fuzz.md"
SECONDS_TO_ANSWER = 10
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
    b"\xff\xff\xff\xff\x0f",
    b"-1",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x" * 10_000,
    [],
    {},
    [[[]]],
    {"a": None},
    "\ud800",
)


@dataclass
class Tally:
    """What happened: answers by kind, the slowest answer in seconds, and memory in MB by requests sent."""

    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    memory: dict[int, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def main(arguments: list[str] | None = None) -> int:
    """Run the bodies; return 1 when one of them did harm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/fuzz.md")
    options = parser.parse_args(arguments)
    tally = run(options.count, Random(options.seed))
    text = report(tally, options.count, options.seed)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    return 1 if tally.failures else 0


def run(count: int, random: Random) -> Tally:
    """Send `count` mutated bodies, one after the other, to an emulator in a process of its own."""
    tally = Tally()
    with _emulator() as (port, pid):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_ANSWER)
        started = time.monotonic()
        marks = {0, count // 10, count // 2, count}
        for number in range(count + 1):
            if number in marks:
                tally.memory[number] = _resident_mb(pid)
            if number < count:
                _send(connection, *mutated(random), tally)
        tally.seconds = time.monotonic() - started
        connection.close()
        _check_alive(port, tally)
    return tally


def mutated(random: Random) -> tuple[bytes, str]:
    """Return one body and its content type."""
    make = random.choice((_form, _form, _json))
    body, content_type = make(random)
    data = bytearray(body)
    for _ in range(random.choice((0, 0, 0, 1, 2, 4))):
        random.choice(_MUTATIONS)(data, random)
    if random.random() < 0.03:
        content_type = random.choice(
            ("", "application/json", "multipart/form-data", "multipart/form-data; boundary=x")
        )
    return bytes(data[:200_000]), content_type


def report(tally: Tally, count: int, seed: int) -> str:
    """Return the page with the figures."""
    answers = "\n".join(f"| {name} | {number} |" for name, number in tally.answers.most_common())
    memory = "\n".join(f"| {sent} | {used:.1f} |" for sent, used in tally.memory.items())
    harm = (
        "\n".join(f"- {failure}" for failure in tally.failures)
        or "None: no 5xx, no hang, no lost connection."
    )
    return f"""# Fuzzing `POST /admin`

`python -m tests.fuzz --count {count} --seed {seed} --write` sent {count} mutated bodies to one emulator process, one
after the other, in {tally.seconds:.0f} s ({count / tally.seconds:.0f} per second), and wrote this page.

Harm done
: {harm}

Slowest answer
: {tally.slowest * 1000:.0f} ms

| Answer | Number |
| --- | ---: |
{answers}

| Requests sent | Memory of the emulator (MB, resident) |
| ---: | ---: |
{memory}
"""


def _form(random: Random) -> tuple[bytes, str]:
    pairs = [
        Pair(
            "img_url", json.dumps(random.choice(("mock://idcard", "mock://101000", "cloud://a.b/c"))).encode()
        )
    ]
    if random.random() < 0.4:
        picture = (
            Path(specimens.__file__).with_name("menu.jpg").read_bytes()[: random.choice((0, 100, 20_000))]
        )
        pairs.append(Pair("img", picture, filename=random.choice(("img.png", ""))))
    message = bytearray(CallMessage(tuple(pairs), appid=random.choice(("", "wx1"))).encode())
    if random.random() < 0.5:
        random.choice(_MUTATIONS)(message, random)
    fields = {
        "action": random.choice(
            ("wx.openApi", "wx.openApi", "wx.openApi", "wx.wxPayApi", "functions.invokeFunction")
        ),
        "apiName": random.choice(("ocr.idcard", "ocr.printedText", "img.aiCrop", "ocr.x", "")),
        "requestData": bytes(message),
        "envName": "env-1",
        "wxCloudApiToken": random.choice(("", "emulator/idcard/wx1/o1/r", "emulator/../x/y/z", "x")),
        "tcb_sessionToken": "",
    }
    return encode_multipart_formdata(list(fields.items()), boundary="-" * 26 + "0123456789abcdef")


def _json(random: Random) -> tuple[bytes, str]:
    fields: dict[str, Any] = random.choice(
        (
            {"action": "functions.invokeFunction", "function_name": "absent", "request_data": '{"a": 1}'},
            {"action": "wx.api", "apiName": "ocr.idcard", "requestData": '{"img_url": "mock://idcard"}'},
            {"action": "storage.getUploadMetadata", "path": "a/b.jpg"},
            {
                "action": "storage.batchGetDownloadUrl",
                "file_list": [{"fileid": "cloud://a.b/c", "max_age": 60}],
            },
            {"action": "storage.batchDeleteFile", "fileid_list": ["cloud://a.b/c"]},
        )
    )
    fields = {**fields, "envName": "env-1", "wxCloudApiToken": "emulator/idcard/wx1/o1/r"}
    if random.random() < 0.6:
        fields[random.choice(list(fields))] = random.choice(_VALUES)
    return json.dumps(fields).encode(), "application/json"


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


_MUTATIONS: tuple[Callable[[bytearray, Random], None], ...] = (_flip, _cut, _insert, _repeat, _swap)


def _send(connection: http.client.HTTPConnection, body: bytes, content_type: str, tally: Tally) -> None:
    started = time.monotonic()
    try:
        connection.request("POST", "/admin", body, {"Content-Type": content_type})
        reply = connection.getresponse()
        content = reply.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        tally.answers["no answer"] += 1
        tally.failures.append(
            f"{type(error).__name__} for a body of {len(body)} bytes that begins {body[:80]!r}"
        )
        return
    tally.slowest = max(tally.slowest, time.monotonic() - started)
    if reply.status >= 500:
        tally.failures.append(f"{reply.status} for a body of {len(body)} bytes that begins {body[:80]!r}")
    tally.answers[_kind(reply, content)] += 1


def _kind(reply: http.client.HTTPResponse, content: bytes) -> str:
    if reply.headers["Content-Type"] == "application/octet-stream":
        return f"{reply.status}, message"
    answer = json.loads(content)
    return f"{reply.status}, {answer.get('code', 'data')}"


def _check_alive(port: int, tally: Tally) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_ANSWER)
    _send(
        connection,
        b'{"action": "storage.batchDeleteFile", "fileid_list": ["cloud://a.b/c"]}',
        "application/json",
        tally,
    )
    connection.close()


@contextmanager
def _emulator() -> Iterator[tuple[int, int]]:
    """Start an emulator in a process of its own; give its port and its process ID."""
    code = (
        "import sys\nfrom cloudbase_ocr.server import Server\nfrom cloudbase_ocr.settings import Settings\n"
        "server = Server(Settings(port=0, recognizer=False, quota_per_day=0))\n"
        "print(server.port, flush=True)\nserver.serve_forever()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _resident_mb(pid: int) -> float:
    """Return a process's resident memory, 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    logging.disable()
    sys.exit(main())
