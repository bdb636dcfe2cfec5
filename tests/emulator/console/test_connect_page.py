"""The page Connect: what it offers to copy reaches this emulator, as it is printed."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cloudbase_ocr import specimens
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.emulator.console.browser import Browser

CARD = Path(specimens.__file__).with_name("idcard-front.jpg")
BLOCKS = ("variables", "curl", "python", "pytest", "miniprogram")


def page_of(server: Server, language: str = "en") -> str:
    headers = {"Accept-Language": language}
    return requests.get(server.url + "/console/connect", headers=headers, timeout=20).text


def block(server: Server, name: str) -> str:
    found = re.search(rf'<pre class="code" id="{name}"[^>]*>(.*?)</pre>', page_of(server), re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def run(command: list[str], folder: Path, **variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_block_names_this_emulator_in_either_language(server: Server) -> None:
    for language in ("en", "zh"):
        page = page_of(server, language)
        for name in BLOCKS:
            assert f'id="{name}"' in page
            assert f'data-of="{name}"' in page
        assert f'<code id="at-wechat" data-address="{server.url}">{server.url}</code>' in page
        assert "control-token" not in page
    for name in ("variables", "curl", "python", "miniprogram"):
        assert server.url in block(server, name), name
    assert "docs/howto/your-client.zh-CN.md" in page_of(server, "zh")
    for page_named in re.findall(r"docs/[\w/.-]+\.md", page_of(server) + page_of(server, "zh")):
        assert (Path(__file__).parents[3] / page_named).is_file(), page_named


def test_a_control_token_is_asked_for_where_there_is_one() -> None:
    token = "a-token-of-the-tests"
    with running(Settings(port=0, recognizer=False, control_token=token)) as server:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        page = requests.get(server.url + "/console/connect", headers=headers, timeout=20).text
        assert "--control-token TOKEN" in page
        assert token not in page


def test_the_program_prints_the_example(server: Server, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(block(server, "python"), encoding="utf-8")
    assert run([sys.executable, "main.py"], tmp_path, PYTHONUTF8="1") == "张三 123456789012345678\n"


@pytest.mark.check
def test_the_commands_of_curl_are_answered(server: Server, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip(needs.CURL)
    shutil.copy(CARD, tmp_path / "card.jpg")
    first, second = (line for line in block(server, "curl").splitlines() if line)
    assert json.loads(run(["sh", "-c", first], tmp_path))["name"] == "张三"
    assert json.loads(run(["sh", "-c", second], tmp_path))["errcode"] == 101001, "no engine here"


@pytest.mark.check
def test_the_test_passes(server: Server, tmp_path: Path) -> None:
    (tmp_path / "test_card.py").write_text(block(server, "pytest"), encoding="utf-8")
    assert "1 passed" in run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], tmp_path)


@pytest.mark.check
def test_the_variables_reach_it(server: Server, tmp_path: Path) -> None:
    export, every, single = (line for line in block(server, "variables").splitlines() if line)
    program = "import os; print(os.environ['WXCLOUD_API_BASE'])"
    command = f"{sys.executable} -m cloudbase_ocr"
    own = every.replace("cloudbase-ocr", command)
    for line in (export, own):
        assert run(["sh", "-c", f'{line}\n{sys.executable} -c "{program}"'], tmp_path).strip() == server.url
    (tmp_path / "main.py").write_text(program, encoding="utf-8")
    alone = single.replace("cloudbase-ocr", command).replace("-- python", f"-- {sys.executable}")
    assert run(["sh", "-c", alone], tmp_path).strip() == server.url


@pytest.mark.check
def test_the_mini_program_calls_the_function(server: Server, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip(needs.NODE)
    root = Path(__file__).parents[3]
    shutil.copy(root / "docs/miniprogram/cloud.js", tmp_path)
    config, app, page = re.split(r"// [\w/.]+\.js\n", block(server, "miniprogram"))[1:]
    (tmp_path / "config.js").write_text(config)
    wx = """
globalThis.wx = {
  getDeviceInfo: () => ({ platform: 'devtools' }),
  request: ({ url, method, data, header, success, fail }) =>
    fetch(url, { method, body: JSON.stringify(data), headers: header })
      .then(async (reply) => success({ statusCode: reply.status, data: await reply.json() }), fail),
}
"""
    (tmp_path / "app.js").write_text(f"{wx}{app}async function main() {{\n{page}}}\nmain()\n")
    assert run(["node", "app.js"], tmp_path).strip() == "张三"


def test_it_shows_and_copies_the_address_of_the_reader(browser: Browser, server: Server) -> None:
    browser.open(server.url.replace("127.0.0.1", "localhost") + "/console/connect")
    here = server.url.replace("127.0.0.1", "localhost")
    browser.find("#curl", f"{here}/cv/ocr/idcard")
    browser.allow_clipboard()
    browser.click("button[data-of=curl]")
    browser.find("#status", "Copied")
    assert browser.clipboard() == browser.run("return document.getElementById('curl').textContent")
    variables = browser.find("a[href='/_emulator/env']").get_attribute("href")
    assert requests.get(str(variables), timeout=20).json()["WXCLOUD_API_BASE"] == here


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_window(browser: Browser, server: Server, language: str, width: int) -> None:
    browser.open(server.url + "/console/connect", language=language, width=width)
    browser.find("#miniprogram")
    assert browser.run("return document.documentElement.scrollWidth") <= width
