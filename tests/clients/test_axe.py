"""axe-core, unmodified, on every page of the console: no violation in either language and either colours."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cloudbase_ocr.server import Server
from tests import needs
from tests.clients.sdks import MODULES
from tests.emulator.console.browser import Browser, browser, chromium
from tests.emulator.console.stage import LANGUAGES, PAGES, SCHEMES, Shown, staged

__all__ = ["browser", "chromium"]

AXE = MODULES / "axe-core" / "axe.min.js"
# What axe knows of WCAG 2.2 up to level AA, and its own best practices.
RUN = """
const done = arguments[arguments.length - 1]
axe.run(document, { resultTypes: ['violations'] }).then(
  ({ violations, passes }) => done(JSON.stringify({ violations, passes: passes.length })),
  (error) => done(JSON.stringify({ error: String(error) })))
"""

pytestmark = [pytest.mark.check, pytest.mark.skipif(not AXE.is_file(), reason=needs.SDKS)]


@pytest.fixture(scope="module")
def stage() -> Iterator[Server]:
    with staged() as server:
        yield server


def violations(browser: Browser) -> list[str]:
    """Return what axe finds on the page, a line for each element; it has to have looked at something."""
    browser.run(AXE.read_text(encoding="utf-8"))
    found = json.loads(browser.run_async(RUN))
    assert "error" not in found, found
    assert found["passes"] > 10
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_violation(
    browser: Browser, stage: Server, page: Shown, language: str, scheme: str, width: int
) -> None:
    browser.open(stage.url + page.path, language=LANGUAGES[language], scheme=scheme, width=width)
    page.do(browser)
    assert violations(browser) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_violation_in_dialogs_and_forms(browser: Browser, stage: Server, scheme: str) -> None:
    browser.open(stage.url + "/console/journal", scheme=scheme)
    browser.click("#calls a[data-name='ocr.bankcard']")
    browser.click(".actions button", "Save as fixture")
    browser.find("#export-text", "bankcard")
    assert violations(browser) == []
    browser.open(stage.url + "/console/control", scheme=scheme)
    for css in ("#any-fault summary", "#any-scenario summary"):
        browser.click(css)
    assert violations(browser) == []
    browser.click("#reset")
    assert violations(browser) == []


def test_axe_would_tell(browser: Browser, stage: Server) -> None:
    browser.open(stage.url + "/console/control")
    browser.run("document.body.append(document.createElement('img')); document.querySelector('h1').remove()")
    assert {line.split(" ")[0] for line in violations(browser)} >= {"image-alt"}
