"""Runs the commands of the page on deploying, in both languages' one code, as far as they can run without the cloud.

What builds and serves really runs. Of `tcb`, the unmodified tool is asked whether it has each command and option, and
`tcb fn deploy` deploys to a stand-in for Tencent's API.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cloudbase_ocr.build.checks.limits import (
    MAX_MEMORY,
    MAX_TIMEOUT,
    MAX_UNPACKED_BYTES,
    MAX_ZIP_BYTES,
    MIN_MEMORY,
)
from cloudbase_ocr.build.declarations import declarations
from cloudbase_ocr.build.targets import DEFAULT_VERSION, VERSIONS
from cloudbase_ocr.server import Server
from tests import needs
from tests.clients.sdks import version_of
from tests.docs.page_blocks import ROOT, blocks, read, shell_lines
from tests.docs.test_readme import TRUTH, Shell, write_files
from tests.emulator.build.conftest import wheels
from tests.emulator.build.deploy_tool import TencentApi, needs_tool, tcb, tencent_api
from tests.processes import started

__all__ = ["wheels"]

PAGE = "docs/deploy.md"
PAGES = (PAGE, "docs/deploy.zh-CN.md")
NAMES = sorted(path.parent.name for path in (ROOT / "functions").glob("*/config.json"))

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason=needs.CURL)


def block_with(text: str) -> list[str]:
    """Return the lines of the first shell block that has `text`."""
    return next(block.text.splitlines() for block in blocks(PAGE, "sh") if text in block.text)


def lines_of_tool() -> list[str]:
    return [line for line in shell_lines(PAGE) if line.startswith("tcb ")]


@pytest.fixture
def shell(tmp_path: Path, emulator: Server, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A project folder like a checkout; packages come from the wheel cache of the tests."""
    cache = tmp_path / "cache" / "cloudbase-ocr"
    cache.mkdir(parents=True)
    (cache / "wheels").symlink_to(wheels, target_is_directory=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    shutil.copytree(ROOT / "functions", tmp_path / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "emulator").mkdir()
    shutil.copytree(ROOT / "emulator/cloudbase_ocr/specimens", tmp_path / "emulator/cloudbase_ocr/specimens")
    with ExitStack() as stack:
        yield Shell(tmp_path, emulator.url, stack)


def test_every_command_of_the_page_is_run() -> None:
    """The blocks that the tests below run are all there are."""
    begins = [block.text.splitlines()[0].partition(" --")[0] for block in blocks(PAGE, "sh")]
    assert begins == [
        "cloudbase-ocr check",
        "cloudbase-ocr build",
        "cloudbase-ocr build idcard",
        "cloudbase-ocr build idcard",
        "cloudbase-ocr build idcard",
        """cloudbase-ocr invoke idcard '{"imgUrl": "mock://101003"}'""",
        "tcb fn log idcard",
        "cloudbase-ocr types",
    ]


@pytest.mark.check
def test_check_build_serve_invoke(shell: Shell) -> None:
    check, build, serve, invoke = block_with("serve --functions dist")
    assert f"{len(NAMES)} functions, 0 errors, 0 warnings" in shell.run(check)
    assert [line.split()[0] for line in shell.run(build).splitlines()[: len(NAMES)]] == [
        f"dist/{name}.zip" for name in NAMES
    ]
    for path in ("dist/idcard/index.py", "dist/idcard/requests", "dist/cloudbaserc.json"):
        assert (shell.folder / path).exists(), path
    assert all(path.stat().st_size < 1024 * 1024 for path in shell.folder.glob("dist/*.zip"))
    shutil.rmtree(shell.folder / "functions")
    before = shell.address
    shell.run(serve)
    assert shell.address != before
    result = json.loads(shell.run(invoke))["result"]
    assert {name: result[name] for name in ("name", "id", "errCode")} == {
        "name": TRUTH["name"],
        "id": TRUTH["id"],
        "errCode": 0,
    }


@pytest.mark.check
def test_the_page_on_functions_checks_and_builds_its_own(shell: Shell) -> None:
    write_files("docs/functions.md", shell.folder)
    check, build = [
        line
        for line in shell_lines("docs/functions.md")
        if re.match(r"cloudbase-ocr (check|build) checkin\b", line)
    ]
    assert "1 function, 0 errors" in shell.run(check)
    assert "dist/checkin.zip" in shell.run(build)
    assert (shell.folder / "dist/checkin/wxcloud/__init__.py").is_file()


@pytest.mark.check
@pytest.mark.parametrize("page", ["docs/functions.md", "docs/functions.zh-CN.md"])
def test_the_page_on_functions_starts_a_project(page: str, shell: Shell) -> None:
    shutil.rmtree(shell.folder / "functions")
    (block,) = [block.text for block in blocks(page, "sh") if "cloudbase-ocr init" in block.text]
    init, folder, test, new, check, build = block.splitlines()
    assert "wrote shop" in shell.run(init)
    shell.folder /= folder.removeprefix("cd ")
    command = [sys.executable, *shlex.split(test)[1:], "-p", "no:cacheprovider"]
    passed = subprocess.run(command, cwd=shell.folder, capture_output=True, encoding="utf-8", timeout=110)
    assert "3 passed" in passed.stdout
    assert "wrote cloudfunctions" in shell.run(new)
    assert "2 functions, 0 errors, 0 warnings" in shell.run(check)
    assert [line.split()[0] for line in shell.run(build).splitlines()[:2]] == [
        "dist/bankcard.zip",
        "dist/idcard.zip",
    ]


@pytest.mark.check
def test_used_up_quota_and_types(shell: Shell) -> None:
    (invoke,) = block_with("mock://101003")
    assert json.loads(shell.run(invoke))["result"]["errCode"] == 101003
    (types,) = block_with("types --out")
    shell.run(types)
    written = (shell.folder / "wxcloud.d.ts").read_text(encoding="utf-8")
    assert written == declarations()
    (example,) = blocks(PAGE, "ts")
    assert example.text.strip() in written, "the example is the one that the file begins with"


@contextmanager
def http_function(line: str, folder: Path, emulator: str) -> Iterator[int]:
    """Start what the page's line starts, on a free port, with this interpreter and this emulator; give the port."""
    words = shlex.split(line)
    begin = words.index("sh")
    variables = dict(word.split("=", 1) for word in words[:begin])
    assert variables["WXCLOUD_API_BASE"] == "http://127.0.0.1:8787"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    variables |= {"WXCLOUD_API_BASE": emulator, "WXCLOUD_PYTHON": sys.executable, "PORT": str(port)}
    with started(words[begin:], cwd=folder, env={**os.environ, **variables}) as process:
        assert "listens on port" in process.stdout.readline()
        yield port


@pytest.mark.check
@needs_curl
@pytest.mark.skipif(sys.platform == "win32", reason="scf_bootstrap is a shell script")
def test_http_function_on_this_machine(shell: Shell) -> None:
    build, start, call = block_with("--type http")
    shell.run(build)
    (entry,) = json.loads((shell.folder / "dist-http/cloudbaserc.json").read_text(encoding="utf-8"))[
        "functions"
    ]
    assert entry["type"] == "HTTP"
    with http_function(start, shell.folder, shell.address) as port:
        answer = json.loads(shell.run(call.replace("127.0.0.1:9000", f"127.0.0.1:{port}")))
    assert (answer["errCode"], answer["name"]) == (0, "张三")


@pytest.mark.check
def test_container(shell: Shell) -> None:
    shell.run(block_with("--type container")[0])
    text = (shell.folder / "dist-container/idcard/Dockerfile").read_text(encoding="utf-8")
    assert "EXPOSE 80\n" in text
    assert "WXCLOUD_CREDENTIALS=tokenless" in text


@pytest.fixture
def api() -> Iterator[TencentApi]:
    with tencent_api() as server:
        yield server


@pytest.mark.check
@needs_tool
@pytest.mark.parametrize("line", lines_of_tool())
def test_the_tool_has_the_command_and_its_options(line: str, tmp_path: Path) -> None:
    words = shlex.split(line)[1:]
    number = next((at for at, word in enumerate(words) if word.startswith("--")), len(words))
    names = [word for word in words[:number] if word not in NAMES]
    text = tcb([*names, "--help"], tmp_path, tmp_path)
    assert f"Usage: tcb {' '.join(names)} [" in text
    for option in words[number:]:
        if option.startswith("--"):
            assert re.search(rf"{option}\b", text), f"{line}: {option}"


@pytest.mark.check
@needs_tool
def test_the_page_names_the_version_and_options_that_were_tried(tmp_path: Path) -> None:
    for page in PAGES:
        assert version_of("@cloudbase/cli") in read(page)
    assert "--error" in tcb(["fn", "log", "--help"], tmp_path, tmp_path)
    assert "--force" in tcb(["fn", "deploy", "--help"], tmp_path, tmp_path)


@pytest.mark.check
@needs_tool
def test_deploys_as_the_page_says(shell: Shell, api: TencentApi) -> None:
    build, folder, _, one, every, _ = block_with("tcb login")
    shell.run(build)
    dist = shell.folder / folder.removeprefix("cd ")
    tcb(shlex.split(one)[1:], dist, shell.folder / "home", api)
    assert [(request["FunctionName"], request["Namespace"]) for request in api.created] == [
        ("idcard", "env-1")
    ]
    assert "Environment" not in api.created[0], "variables set in the console stay"
    api.created.clear()
    tcb(shlex.split(every)[1:], dist, shell.folder / "home", api)
    assert sorted(request["FunctionName"] for request in api.created) == NAMES
    assert {request["Runtime"] for request in api.created} == {f"Python{DEFAULT_VERSION}"}
    assert {request["Timeout"] for request in api.created} == {20}


@pytest.mark.check
@needs_tool
def test_variables_come_from_the_file(shell: Shell, api: TencentApi) -> None:
    build, folder, deploy = block_with("--env WECHAT_APPID")
    (file,) = blocks(PAGE, "ini")
    shell.run(build)
    dist = shell.folder / folder.removeprefix("cd ")
    (dist / ".env.local").write_text(file.text, encoding="utf-8")
    tcb(shlex.split(deploy)[1:], dist, shell.folder / "home", api)
    (dist / ".env.local").write_text(file.text.splitlines()[0], encoding="utf-8")
    tcb(shlex.split(deploy)[1:], dist, shell.folder / "home", api)
    full, partial = [
        {each["Key"]: each["Value"] for each in request["Environment"]["Variables"]}
        for request in api.created
    ]
    assert full == dict(line.split("=", 1) for line in file.text.splitlines())
    assert partial == {**full, "WECHAT_APPSECRET": ""}, "what the file lacks becomes empty"


@pytest.mark.parametrize("page", PAGES)
def test_numbers_are_those_of_the_check(page: str) -> None:
    text = read(page)
    mebibytes = [size // 1024 // 1024 for size in (MAX_ZIP_BYTES, MAX_UNPACKED_BYTES)]
    numbers = {"cloudbaserc.json": (MIN_MEMORY, MAX_MEMORY, MAX_TIMEOUT), "zip": mebibytes}
    for word, wanted in numbers.items():
        lines = "\n".join(line for line in text.splitlines() if line.startswith("| ") and word in line)
        for number in wanted:
            assert re.search(rf"\b{number} ", lines), f"{page}: {number}"
    listed = re.search(r"^`--python`.*", text, re.MULTILINE)
    assert listed
    assert re.findall(r"\d\.\d+", listed[0])[: len(VERSIONS)] == list(VERSIONS)


def test_repository_has_what_the_page_says_of_time_limits() -> None:
    for name in NAMES:
        config = json.loads((ROOT / "functions" / name / "config.json").read_text(encoding="utf-8"))
        assert config["timeout"] == 20, name
