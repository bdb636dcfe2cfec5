"""Runs what the pages show: every command, program and test, against a live emulator on a free port."""

from __future__ import annotations

import base64
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import entry_points
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.bench.ocr.specimens.truths import truth_of
from tests.docs.page_blocks import ENGLISH, ROOT, Block, blocks, read, shell_lines
from tests.processes import started

Start = Callable[..., Server]

DEFAULT_ADDRESS = "http://127.0.0.1:8787"
COMMAND = [sys.executable, "-m", "cloudbase_ocr"]
CARD = ROOT / "emulator/cloudbase_ocr/specimens/idcard-front.jpg"
TRUTH = truth_of(CARD.stem)

# What each command has to print, by a part of the command; the first that fits counts.
EXPECTED = (
    ("recognize --lang zh --help", "用法"),
    ("completion bash", "complete "),
    ("recognize idcard", '"errcode": 0'),
    ("recognize auto", '"method": "ocr.bankcard"'),
    ("invoke idcard --image", '"errMsg": "openapi.ocr.idcard:ok"'),
    ("invoke printedText", '"text": "腾讯"'),
    ("""invoke idcard '{"imgUrl": "mock://101001"}'""", '"errCode": 101001'),
    ("""invoke idcard '{"imgUrl": "mock://idcard"}'""", '"name": "张三"'),
    ("invoke checkin", '"caller": "o000000000000000000000000000"'),
    ("filename=blurred.jpg", '"errcode":101001'),
    ("-F 'img=@emulator/cloudbase_ocr/specimens/idcard-front.jpg'", '"errcode":0'),
    ("img_url=mock://101003", '"errcode":101003'),
    ("img_url=mock://bankcard/id", '"id":"'),
    ("type=scan", '"name":"sent as scan"'),
    ("img_url=mock://idcard", '"name":"张三"'),
    ("/cgi-bin/token", '"expires_in":7200'),
    ("/cv/ocr/bankcard", '"number":"0000000000000000"'),
    ("/_emulator/invoke", '"errMsg": "cloud.callFunction:ok"'),
    ("/tcb/invokecloudfunction", '"resp_data":"{'),
    ("/v1/functions/idcard", '"errCode": 0'),
    ("env --format dotenv", "TCB_CONTEXT_CNFG="),
    ("X-TC-Action: Invoke", '"InvokeResult": 0'),
    ("ctl clock advance --hours 2", '"frozen": false'),
    ("ctl fault add --method ocr.idcard", '"errcode": -1'),
    ("ctl fault add --type timeout", '"type": "timeout"'),
    ("ctl scenario add", '"after": "normal"'),
    ("ctl reply", '"name": "甲"'),
    ("ctl quota exhaust", '"remain": 0'),
    ("ctl reset", '"reset": "everything"'),
    ("/_emulator/clock/advance", '"frozen": false'),
    ("-X DELETE", '"removed"'),
    ("/_emulator/faults", '"type": "html"'),
    ("ctl journal list", '"total": '),
    ("ctl recognizer read", '"method": "ocr.idcard"'),
    ("ctl recognizer status", '"state": "ready"'),
    ("/_emulator/recognize", '"method": "ocr.menu"'),
)


class Shell:
    """Runs a page's commands in a folder that has what a checkout has; a `serve` stays until the end."""

    def __init__(self, folder: Path, address: str, stack: ExitStack) -> None:
        self.folder = folder
        self.address = address
        self._stack = stack

    def run(self, line: str) -> str:
        words = shlex.split(line)
        if words[0] == "curl":
            return self._curl([word.replace(DEFAULT_ADDRESS, self.address) for word in words[1:]])
        assert words[0] == "cloudbase-ocr", line
        return self._serve(words[1:]) if words[1] == "serve" else self._command(words[1:])

    def _curl(self, arguments: list[str]) -> str:
        curl = shutil.which("curl")
        if curl is None:
            pytest.skip(needs.CURL)
        return self._output([curl, "--silent", "--show-error", "--noproxy", "*", *arguments])

    def _command(self, arguments: list[str]) -> str:
        return self._output([*COMMAND, *arguments])

    def _output(self, words: list[str]) -> str:
        environment = {**os.environ, "PYTHONUTF8": "1"}
        if "--functions" not in words:
            environment["CLOUDBASE_OCR_EMULATOR"] = self.address
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8")

    def _serve(self, arguments: list[str]) -> str:
        words = [*COMMAND, *arguments, "--port", "0"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
        process = self._stack.enter_context(
            started(words, cwd=self.folder, env=environment, stderr=subprocess.DEVNULL)
        )
        first = process.stdout.readline()
        found = re.search(r" at (http://\S+) \(Ctrl-C stops it\)", first)
        assert found, first
        self.address = found[1]
        return first


@pytest.fixture
def shell(tmp_path: Path, emulator: Server) -> Iterator[Shell]:
    shutil.copytree(ROOT / "functions", tmp_path / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    specimens = tmp_path / "emulator/cloudbase_ocr/specimens"
    specimens.mkdir(parents=True)
    for picture in CARD.parent.glob("*.jpg"):
        shutil.copy(picture, specimens)
    with ExitStack() as stack:
        yield Shell(tmp_path, emulator.url, stack)
    requests.post(emulator.url + "/_emulator/reset", json={}, timeout=30).raise_for_status()


def write_files(page: str, folder: Path) -> list[Path]:
    """Write the blocks that begin with ``# <path>``, and the JSON after a function as its config.json."""
    written: list[Path] = []
    for block in blocks(page):
        named = re.match(r"# (\S+\.(?:py|yaml))\n", block.text)
        if named:
            written.append(folder / named[1])
        elif block.language == "json" and written and written[-1].name == "index.py":
            written.append(written[-1].with_name("config.json"))
        else:
            continue
        written[-1].parent.mkdir(parents=True, exist_ok=True)
        written[-1].write_text(block.text, encoding="utf-8")
    return written


def with_registry(page: str) -> set[str]:
    """Return the commands that test_deploy.py runs, with a package registry: `check`, `build`, and a new project."""
    begun = (block.text.splitlines() for block in blocks(page, "sh") if "cloudbase-ocr init" in block.text)
    built = (line for line in shell_lines(page) if re.match(r"cloudbase-ocr (check|build)\b", line))
    return {*chain.from_iterable(begun), *built}


def command_of(line: str) -> str:
    """Return the command itself: without the folder of `make demo`, and without a shell's `eval` around it."""
    return re.sub(r'^eval "\$\((.+)\)"$', r"\1", line).removeprefix(".venv/bin/")


@pytest.mark.check
@pytest.mark.parametrize("page", ENGLISH)
def test_commands_print_what_they_should(page: str, shell: Shell) -> None:
    write_files(page, shell.folder)
    for line in map(command_of, shell_lines(page)):
        if line.startswith(("make ", "uv ")) or line in with_registry(page):
            continue
        expected = next((text for part, text in EXPECTED if part in line), None)
        output = shell.run(line)
        if expected is None:
            assert line.startswith("cloudbase-ocr serve"), f"{page}: nothing is expected of: {line}"
        else:
            assert expected in output, f"{page}: {line}"


def test_make_targets_do_what_the_pages_say() -> None:
    makefile = read("Makefile")
    recipes = dict(re.findall(r"^([\w-]+):[^\n]*\n((?:\t[^\n]*\n)+)", makefile, re.MULTILINE))
    named = {
        line.split()[1]
        for page in (*ENGLISH, "docs/CONTRIBUTING.md")
        for line in shell_lines(page)
        if line.startswith("make ")
    }
    assert {"demo", "test", "check", "lint"} <= named <= recipes.keys()
    assert "/cloudbase-ocr demo" in recipes["demo"]
    assert "-m pytest" in recipes["test"]
    assert "--editable '.[dev]'" in makefile


def test_uv_runs_the_command() -> None:
    lines = [line.split()[2:] for line in shell_lines("README.md") if line.startswith("uv run ")]
    assert lines == [["cloudbase-ocr", "demo"], ["cloudbase-ocr", "serve"]]
    (command,) = entry_points(group="console_scripts", name="cloudbase-ocr")
    assert command.value == "cloudbase_ocr.cli:main"
    groups = re.search(r"^\[dependency-groups\]\n((?:.+\n)*)", read("pyproject.toml"), re.MULTILINE)
    assert groups, "uv installs the group dev by default; pytest has to be in it"
    assert re.search(r'^dev = \["cloudbase-ocr\[dev\]"\]$', groups[1], re.MULTILINE)


@pytest.mark.check
@pytest.mark.parametrize("page", ["README.md", "docs/test-kit.md"])
def test_example_test_passes(page: str, tmp_path: Path) -> None:
    (block,) = [block for block in blocks(page, "python") if "def test_" in block.text]
    path = tmp_path / "test_example.py"
    path.write_text(block.text, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "1 passed" in done.stdout, done.stdout


MINI_PROGRAM = """
import { readFile } from 'node:fs/promises'
const [address, picture] = process.argv.slice(2)
async function ask(path, body) {
  const answer = await (await fetch(address + path, { method: 'POST', body })).json()
  if (answer.error || answer.errCode) throw new Error(JSON.stringify(answer))
  return answer
}
const wx = {
  chooseMedia: async () => ({ tempFiles: [{ tempFilePath: picture }] }),
  cloud: {
    uploadFile: async ({ cloudPath, filePath }) =>
      ask('/_emulator/files?name=' + encodeURIComponent(cloudPath), await readFile(filePath)),
    callFunction: async (options) => ask('/_emulator/invoke', JSON.stringify(options)),
  },
}
"""


def run_node(block: Block, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip(needs.NODE)
    program = folder / "page.mjs"
    program.write_text(MINI_PROGRAM + block.text, encoding="utf-8")
    return subprocess.run(
        [node, str(program), *arguments], capture_output=True, encoding="utf-8", timeout=120
    )


@pytest.mark.check
def test_mini_program_reads_the_card(emulator: Server, tmp_path: Path) -> None:
    (block,) = blocks("docs/functions.md", "js")
    done = run_node(block, tmp_path, emulator.url, str(CARD))
    assert (done.stdout, done.stderr) == (f"{TRUTH['name']} {TRUTH['id']}\n", "")


@pytest.mark.check
def test_mini_program_shows_an_error(emulator: Server, tmp_path: Path) -> None:
    (block,) = blocks("docs/functions.md", "js")
    done = run_node(block, tmp_path, emulator.url, str(ROOT / "README.md"))
    assert done.stdout == ""
    assert done.stderr.startswith("101002 openapi.ocr.idcard:fail decode image failed")


def upload(server: Server, errcode: int = 0) -> dict[str, Any]:
    """Store a photo that is answered with the documented example, or an error; give the event that names it."""
    answers = {"method": "ocr.idcard", "answers": [errcode or "success"], "name": "the-readme"}
    requests.post(server.url + "/_emulator/scenarios", json=answers, timeout=60).raise_for_status()
    stored = requests.post(server.url + "/_emulator/files?name=a.jpg", data=CARD.read_bytes(), timeout=60)
    return {"fileID": stored.json()["fileID"]}


def call(server: Server, name: str, data: dict[str, Any]) -> Any:
    body = {"name": name, "data": data}
    return requests.post(server.url + "/_emulator/invoke", json=body, timeout=60).json()["result"]


@pytest.fixture(scope="module")
def checkin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An emulator whose function is that of the page, deployed as the page says: wxcloud inside its folder."""
    folder = tmp_path_factory.mktemp("deployed")
    write_files("docs/functions.md", folder)
    shutil.copytree(
        ROOT / "functions/wxcloud",
        folder / "functions/checkin/wxcloud",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    with running(Settings(port=0, functions=folder / "functions", recognizer=False)) as server:
        yield server


def test_own_function_with_wxcloud_inside_its_folder(checkin: Server) -> None:
    expected = {"name": "张三", "caller": Settings().openid}
    assert call(checkin, "checkin", upload(checkin)) == expected


def test_what_a_function_does_not_catch_reaches_the_caller(checkin: Server) -> None:
    answer = call(checkin, "checkin", upload(checkin, 101001))
    assert list(answer) == ["errCode", "errMsg"]
    assert answer["errCode"] == 101001


def test_method_that_config_does_not_list_fails(checkin: Server) -> None:
    config = checkin.emulator.runtime.root / "checkin/config.json"
    listed = config.read_text(encoding="utf-8")
    config.write_text(listed.replace("ocr.idcard", "ocr.printedText"), encoding="utf-8")
    try:
        assert call(checkin, "checkin", upload(checkin))["errCode"] == -604101
    finally:
        config.write_text(listed, encoding="utf-8")


PICTURE = CARD.read_bytes()
TEXT = base64.b64encode(PICTURE).decode()


@pytest.mark.parametrize(
    "img",
    [
        pytest.param({"type": "Buffer", "data": list(PICTURE)}, id="ArrayBuffer"),
        pytest.param(TEXT, id="base64"),
        pytest.param("data:image/jpeg;base64," + TEXT, id="data URL"),
        pytest.param({"contentType": "image/jpeg", "value": TEXT}, id="contentType and value"),
    ],
)
def test_functions_take_a_picture_in_every_form(img: Any, start: Start, tmp_path: Path) -> None:
    shutil.copy(CARD, tmp_path / "card.jpg")
    (tmp_path / "card.yaml").write_text(
        "- name: idcard/mine\n  method: idcard\n  provenance: written\n  reference: by its picture\n"
        "  match: {file: card.jpg}\n  reply: {type: Front, name: 李四}\n",
        encoding="utf-8",
    )
    server = start(fixtures=(tmp_path / "card.yaml",))
    assert call(server, "idcard", {"img": img, "type": "photo"})["name"] == "李四"
