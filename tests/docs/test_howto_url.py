"""The how-to about functions behind a URL: its files as a project, its form posted, its web application opened.

A real, headless Chromium does both, too: it looks for ``*.localhost`` on this machine.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from selenium.webdriver.common.by import By

from cloudbase_ocr import specimens
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.bench.ocr.specimens.truths import truth_of
from tests.docs.page_blocks import CHINESE, ROOT, blocks, read
from tests.emulator.console.browser import Browser, browser, chromium

__all__ = ["browser", "chromium"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scf_bootstrap is a shell script")

PAGE = "docs/howto/url.md"
CARD = Path(specimens.__file__).with_name("idcard-front.jpg")
TRUTH = truth_of(CARD.stem)
EXAMPLE = {"img": ("card.jpg", CARD.read_bytes(), "image/jpeg")}
FILES = re.compile(
    r"`(functions/\S+|cloudbaserc\.json)`[^`]*(?:`[^`\n]+`[^`]*)?\n\n```(?:json|bash)\n(.*?)^```",
    re.DOTALL | re.MULTILINE,
)
"""A file that the prose names, before a block with its content."""


def write_project(folder: Path) -> None:
    """Write what the page shows; Flask is where ``pip install --target`` would put it."""
    named = [block.text.split("\n", 1) for block in blocks(PAGE, "python")]
    files = {first.removeprefix("# "): f"{first}\n{rest}" for first, rest in named}
    files |= dict(FILES.findall(read(PAGE)))
    assert sorted(files) == [
        "cloudbaserc.json",
        "functions/scan/config.json",
        "functions/scan/index.py",
        "functions/site/app.py",
        "functions/site/scf_bootstrap",
    ]
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "functions/site/scf_bootstrap").chmod(0o755)
    (folder / "functions/wxcloud").symlink_to(ROOT / "functions/wxcloud")
    packages = folder / "functions/site/env"
    packages.mkdir()
    for name in ("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker"):
        for part in {
            file.parts[0] for file in importlib.metadata.files(name) or () if ".." not in file.parts
        }:
            (packages / part).symlink_to(Path(str(importlib.metadata.distribution(name).locate_file(part))))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    return folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Server]:
    """With the recognizer, as `serve` has it; a request without a picture does not load it."""
    with running(Settings(port=0, functions=project / "functions")) as started:
        yield started


def own_name(server: Server, path: str) -> str:
    return f"http://local-ocr.localhost:{server.port}{path}"


def test_both_languages_show_the_same_files() -> None:
    def shown(page: str) -> list[tuple[str, str]]:
        return [(block.language, block.text) for block in blocks(page)]

    assert shown(PAGE) == shown(CHINESE[PAGE])


def test_the_form_and_its_paths(server: Server) -> None:
    for path in ("/scan", "/cards/new"):
        page = requests.get(server.url + path, timeout=30)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert '<p id="answer"></p>' in page.text
    refused = requests.post(server.url + "/scan", json={}, timeout=30).json()
    assert refused["errCode"] == -601002
    assert "the request holds no form" in refused["errMsg"]


def test_the_web_application(server: Server) -> None:
    assert requests.get(server.url + "/site", timeout=60).text == "<h1>Hello from Flask</h1>"
    size = requests.post(server.url + "/site/size", files=EXAMPLE, timeout=30).json()
    assert size == {"bytes": CARD.stat().st_size}
    assert requests.get(server.url + "/site/nothing", timeout=30).status_code == 404


@needs.engine
@pytest.mark.check
def test_a_browser_posts_a_photo_and_gets_its_fields(server: Server, browser: Browser) -> None:
    browser.expect("favicon")
    assert server.emulator.recognizer is not None
    server.emulator.recognizer.warm()  # as `serve` does
    browser.open(server.url + "/scan")
    assert browser.driver.current_url == own_name(server, "/scan"), "a page has an origin of its own"
    browser.find("input[type=file]").send_keys(str(CARD))
    browser.click("button")
    shown = browser.find("#answer", TRUTH["name"], seconds=60).text
    assert shown == f"{TRUTH['name']}, {TRUTH['id']}"
    assert browser.driver.current_url == own_name(server, "/scan")


@pytest.mark.check
def test_a_browser_opens_the_page_of_flask(server: Server, browser: Browser) -> None:
    browser.open(own_name(server, "/site"))
    assert browser.driver.find_element(By.TAG_NAME, "h1").text == "Hello from Flask"
    browser.expect("favicon")
    # A page of the service is of no use against the console: another origin, which the gate refuses.
    asked = f"fetch('{server.url}/_emulator/health').then((a) => arguments[0](a.status), () => arguments[0]('no'))"
    assert (
        browser.run_async(asked.replace("arguments[0]", "done").join(("const done = arguments[0]; ", "")))
        == "no"
    )
    browser.expect("CORS|ERR_FAILED|403|blocked")
