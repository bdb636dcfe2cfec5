"""Every page of the console, and everything that the control API shows, whatever the functions folder looks like."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.quick import quick

SECONDS = 30
SMALLEST = "def main(e, c): return 1\n"
ODD_NAMES = ("名字", "a b", "-x", "x" * 70, "<b>&amp;'\"", "%41", "..x", "{{ 7 }}", "Ａ", "new\nline")
ODD_CONFIGS: dict[str, Any] = {
    "no-json": "{",
    "a-list": [],
    "a-number": 3,
    "null": None,
    "permissions-a-list": {"permissions": ["ocr.idcard"]},
    "permissions-null": {"permissions": None},
    "permissions-of-others": {"permissions": {"openapi": ["nobody.knows", "", "<b>", "\ud800"]}},
    "twice-permitted": {"permissions": {"openapi": ["ocr.idcard", "ocr.idcard"]}},
    "timeout-text": {"timeout": "3"},
    "timeout-huge": {"timeout": 10**400},
    "handler-odd": {"handler": "index.<b>"},
    "handler-elsewhere": {"handler": "lib/other.run"},
    "runtime-odd": {"runtime": "Cobol1"},
    "variables-odd": {"envVariables": {"SCF_X": "1"}},
    "nested": {"triggers": [[[[{}]]]], "timeout": 20},
}
ODD_CODE = {
    "empty": "",
    "no-syntax": "def main(:\n",
    "no-main": "x = 1\n",
    "prints": "def main(e, c):\n    print('\\x1b[31m\\0\\ud800'.encode('utf-8', 'replace'), '<b>', e)\n    return e\n",
    "raises": "def main(e, c):\n    raise ValueError('\\ud800 <b>')\n",
    "no-dict": "def main(e, c): return [1, None, '\\ud83d']\n",
    "huge": "def main(e, c): return 1\n" + "# long\n" * 500_000,
}


def write(root: Path, name: str, code: str, config: object = ..., file: str = "index.py") -> None:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / file).write_text(code, encoding="utf-8")
    if config is not ...:
        (folder / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))


def smallest(root: Path) -> None:
    write(root, "hello", SMALLEST)


def odd_names(root: Path) -> None:
    for name in ODD_NAMES:
        write(root, name, SMALLEST)
    if sys.platform == "linux":
        folder = os.fsencode(root) + b"/bytes-\xff-\xed\xa0\x80"
        os.mkdir(folder)  # noqa: PTH102 - a name that is no text
        with open(folder + b"/index.py", "w") as file:  # noqa: PTH123 - as above
            file.write(SMALLEST)


def odd_configs(root: Path) -> None:
    for name, config in ODD_CONFIGS.items():
        write(root, name, SMALLEST, config)
    write(root, "folder", SMALLEST)
    (root / "folder" / "config.json").mkdir()
    write(root, "latin1", SMALLEST)
    (root / "latin1" / "config.json").write_bytes(b'{"a": "\xe9"}')


def odd_code(root: Path) -> None:
    for name, code in ODD_CODE.items():
        write(root, name, code)


def other_languages(root: Path) -> None:
    write(root, "node", "exports.main = async event => event\n", {}, "index.js")
    write(root, "node-broken", "exports.main = (\n", {"runtime": "Nodejs18.15"}, "index.js")
    write(root, "typescript", "", {}, "index.ts")
    write(root, "http", SMALLEST, {}, "scf_bootstrap")
    write(root, "only-config", "{}", file="config.json")
    write(root, "both", SMALLEST)
    (root / "both" / "index.js").write_text("exports.main = () => 1\n")
    write(root, "shared", "", file="__init__.py")
    write(root, "entry-is-a-folder", "", file="package.json")
    (root / "entry-is-a-folder" / "index.py").mkdir()
    (root / "file.py").write_text("")
    (root / "nothing").mkdir()


def very_many(root: Path) -> None:
    for number in range(100):
        write(
            root, f"f{number}", SMALLEST, {"permissions": {"openapi": [f"ocr.x{one}" for one in range(20)]}}
        )


def empty(root: Path) -> None:
    root.mkdir()


def missing(root: Path) -> None:
    """There is no folder."""


KINDS = (smallest, odd_names, odd_configs, odd_code, other_languages, very_many, empty, missing)


@pytest.fixture(params=quick(KINDS, {smallest}), ids=lambda kind: kind.__name__)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Server]:
    # pytest-xdist cannot pass on a log with a name that is no text.
    caplog.set_level(logging.CRITICAL, "cloudbase_ocr")
    root = tmp_path / "functions"
    request.param(root)
    if not root.exists():
        root.parent.mkdir(exist_ok=True)
    with running(Settings(port=0, recognizer=False, functions=root)) as running_server:
        yield running_server


def get(server: Server, path: str) -> requests.Response:
    with requests.get(server.url + path, timeout=SECONDS, stream=True) as reply:
        if reply.headers["Content-Type"].startswith("text/event-stream"):
            return reply
        _ = reply.content
    return reply


def names_of(server: Server) -> list[str]:
    return [function["name"] for function in get(server, "/_emulator/functions").json()["functions"]]


def paths(server: Server) -> Iterator[str]:
    """Every GET of the console and of the control API, for each function where one is named."""
    shown = [*[name for name in names_of(server) if name.isascii()][:15], "nobody"]
    calls = [tree["id"] for tree in get(server, "/_emulator/journal").json()["trees"]][:5]
    # Many functions are about the lists that name them all, and not about each of them.
    named = [*shown, *ODD_NAMES] if len(shown) < 16 else [shown[0], "nobody"]
    fillers = {"name": named, "id": [*calls, "nobody"], "digest": ["0"]}
    for rule in server.app.url_map.iter_rules():
        path = str(rule)
        if "GET" not in (rule.methods or ()) or not (
            path == "/" or path.startswith(("/_emulator/", "/console/"))
        ):
            continue
        found = [path]
        for argument in rule.arguments:
            place = next(part for part in (f"<path:{argument}>", f"<{argument}>") if part in path)
            found = [
                one.replace(place, quote(value, safe="")) for one in found for value in fillers[argument]
            ]
        yield from found
    for name in fillers["name"]:
        yield "/console/functions?lang=en&name=" + quote(name)


def check_everything(server: Server) -> None:
    for path in paths(server):
        reply = get(server, path)
        assert reply.status_code < 500, f"{path}: {reply.status_code} {reply.text[:300]}"
        if path.startswith(("/console/", "/?")) and "static" not in path:
            assert reply.status_code == 200, path
            assert "</html>" in reply.text


def turn_everything(server: Server) -> None:
    """Leave something odd in all that pages show: half a surrogate pair, markup, the ends of the clock."""
    odd = "\ud83d<b>\u2028"
    bodies: dict[str, dict[str, Any]] = {
        "/cgi-bin/stable_token": {"grant_type": "client_credential", "appid": odd, "secret": "s"},
        "/_emulator/scenarios": {"method": "ocr.idcard", "answers": [-1], "name": odd, "appid": odd},
        "/_emulator/faults": {"method": odd, "appid": odd, "type": "errcode", "errcode": -1},
        "/_emulator/quota/set": {"appid": odd, "method": "ocr.idcard", "limit": 1},
        "/_emulator/reply": {"method": "ocr.idcard", "fields": {"name": odd}, "appid": odd},
        "/_emulator/clock/freeze": {},
        "/_emulator/clock/set": {"time": 0},
        "/_emulator/tokens/expire": {},
    }
    for path, body in bodies.items():
        reply = requests.post(server.url + path, json=body, timeout=SECONDS)
        assert reply.status_code < 500, (path, reply.text[:300])
    requests.post(
        server.url + "/" + quote(odd, errors="replace") + "?a=%ff", data=b"\xff\xed\xa0\x80", timeout=SECONDS
    )


def test_every_page_opens(server: Server) -> None:
    check_everything(server)
    for name in names_of(server)[:6] if len(names_of(server)) > 50 else names_of(server):
        for event in ({}, [1, "2"], "text", None, 7, {"imgUrl": 3, "名": "\ud83d"}):
            reply = requests.post(
                server.url + "/_emulator/invoke", json={"name": name, "data": event}, timeout=SECONDS
            )
            assert reply.status_code < 500, (name, event, reply.text[:300])
    turn_everything(server)
    check_everything(server)
