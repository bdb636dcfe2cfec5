"""A real, headless Chromium for the console's tests: one for each process of pytest, started when first asked for.

Nothing is downloaded: the browser and its driver are Debian's (``apt install chromium chromium-driver``), or those that
CHROMIUM and CHROMEDRIVER name. Every host name leads to this machine, so that no page reaches anything else, and so
that a test can open the emulator under a name that is not its own.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.clients import sdks

SECONDS = 20.0
_STEP = 0.02

Found = TypeVar("Found")

FLAGS = (
    "--headless=new",
    # No sandbox: containers and root users have none, and the pages are the tests' own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--renderer-process-limit=2",
    "--hide-scrollbars",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--host-resolver-rules=MAP * 127.0.0.1",
)

_DROP = """
const [target, name, type, data] = arguments
const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
const transfer = new DataTransfer()
transfer.items.add(new File([bytes], name, { type }))
for (const event of ['dragenter', 'dragover', 'drop']) {
  target.dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }))
}
"""
_PASTE = """
const [target, name, type, data] = arguments
const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
const transfer = new DataTransfer()
transfer.items.add(new File([bytes], name, { type }))
target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
"""


def missing() -> str:
    """Return why there can be no browser, "" when there can."""
    if sdks.chromium() is None or _driver() is None:
        return needs.BROWSER
    return ""


def _driver() -> str | None:
    return shutil.which(os.environ.get("CHROMEDRIVER", "") or "chromedriver")


class Browser:
    """A browser with one page open. What is looked for is waited for: `find`, `wait` and their siblings never sleep.

    Errors of the page (exceptions, refused content, failed requests) are collected; the fixture `browser` fails the
    test for those that it did not :meth:`expect`.
    """

    def __init__(self, folder: Path) -> None:
        """Start Chromium with a new, empty profile; everything that it writes is below `folder`."""
        options = ChromeOptions()
        options.binary_location = sdks.chromium() or ""
        for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # With a driver named, selenium never starts its manager, which would download one.
        service = ChromeService(_driver(), env={**os.environ, "TMPDIR": str(folder)})
        self.driver = Chrome(options=options, service=service)
        self._agent: str = self.run("return navigator.userAgent")
        self._expected: list[str] = []
        self._origins: set[str] = set()
        self._problems: list[str] = []

    def open(
        self,
        url: str,
        *,
        language: str = "en",
        scheme: str = "light",
        width: int = 1280,
        height: int = 800,
        reduced_motion: bool = True,
    ) -> Browser:
        """Open a page in a window of this size, for a person of this language (BCP 47) who likes light or dark."""
        self.resize(width, height)
        self.prefer(scheme, reduced_motion=reduced_motion)
        self.cdp("Network.setUserAgentOverride", userAgent=self._agent, acceptLanguage=language)
        self.driver.get(url)
        self._origins.add(self.run("return location.origin"))
        return self

    def resize(self, width: int, height: int = 800) -> None:
        """Give the page a size in CSS pixels; phones are narrower than a window of Chromium can be."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str, *, reduced_motion: bool = True) -> None:
        """Prefer the colour scheme ``light`` or ``dark``, and by default no movement."""
        motion = "reduce" if reduced_motion else "no-preference"
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self.cdp("Emulation.setEmulatedMedia", features=features)

    def cdp(self, command: str, **arguments: Any) -> Any:
        """Send a command of the Chrome DevTools Protocol."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page (its CSP does not apply) and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def run_async(self, script: str, *arguments: Any) -> Any:
        """Run a script that ends by calling its last argument, and return what it gave."""
        self.driver.set_script_timeout(SECONDS)
        return self.driver.execute_async_script(script, *arguments)

    def wait(self, condition: Callable[[], Found | None], what: str = "", seconds: float = SECONDS) -> Found:
        """Return what `condition` returns as soon as it is true; an element that was replaced meanwhile is no harm.

        Raises:
            AssertionError: it never was; the message says `what` was waited for, and what the page shows.
        """
        waiting = WebDriverWait(
            self.driver, seconds, poll_frequency=_STEP, ignored_exceptions=[StaleElementReferenceException]
        )
        try:
            return waiting.until(lambda _: condition() or False)
        except TimeoutException:
            shown = self.run("return document.body ? document.body.innerText : ''")
            found = f"{what or 'the condition'} did not come within {seconds} s at {self.driver.current_url}"
            raise AssertionError(f"{found}; {self.problems()}; the page shows:\n{shown[:3000]}") from None

    def all(self, css: str) -> list[WebElement]:
        """Return the elements that match now, seen or not."""
        return list(self.driver.find_elements(By.CSS_SELECTOR, css))

    def find(self, css: str, text: str = "", seconds: float = SECONDS) -> WebElement:
        """Wait for an element that can be seen, with `text` somewhere in it, and return the first."""

        def look() -> WebElement | None:
            for element in self.all(css):
                if element.is_displayed() and text in element.text:
                    return element
            return None

        return self.wait(look, f"{css}" + (f" with {text!r}" if text else ""), seconds)

    def gone(self, css: str, text: str = "", seconds: float = SECONDS) -> None:
        """Wait until no element that can be seen matches."""

        def absent() -> bool:
            return not any(one.is_displayed() and text in one.text for one in self.all(css))

        self.wait(absent, f"the end of {css} {text!r}", seconds)

    def text(self, css: str) -> str:
        """Return the text of an element that can be seen."""
        return str(self.find(css).text)

    def click(self, css: str, text: str = "") -> None:
        """Click an element when it can be seen and used; one that the page draws anew meanwhile is looked for again."""

        def clicked() -> bool:
            element = self.find(css, text)
            if not element.is_enabled():
                return False
            self.run("arguments[0].scrollIntoView({ block: 'center' })", element)
            element.click()
            return True

        self.wait(clicked, f"{css} to be enabled")

    def fill(self, css: str, value: str) -> None:
        """Replace the text of a field by typing; one that the page draws anew meanwhile is looked for again."""

        def filled() -> bool:
            field = self.find(css)
            field.clear()
            field.send_keys(value)
            return True

        self.wait(filled, f"{css} to be filled")

    def choose(self, css: str, value: str) -> None:
        """Choose the option with this value in a select."""
        self.find(css).find_element(By.CSS_SELECTOR, f"option[value={_quoted(value)}]").click()

    def press(self, *keys: str) -> None:
        """Type keys where the focus is; see ``selenium.webdriver.common.keys.Keys``."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def focused(self) -> WebElement:
        """Return the element that has the focus."""
        return self.driver.switch_to.active_element

    def drop(self, css: str, path: Path, type_: str = "image/jpeg") -> None:
        """Drop a file onto an element."""
        self.run(_DROP, self.find(css), path.name, type_, base64.b64encode(path.read_bytes()).decode())

    def paste(self, css: str, path: Path, type_: str = "image/jpeg") -> None:
        """Paste a picture into an element."""
        self.run(_PASTE, self.find(css), path.name, type_, base64.b64encode(path.read_bytes()).decode())

    def clipboard(self) -> str:
        """Return the text in the clipboard; to be allowed with :meth:`allow_clipboard` before."""
        reading = "const done = arguments[0]; navigator.clipboard.readText().then(done, (e) => done('' + e))"
        return str(self.run_async(reading))

    def allow_clipboard(self) -> None:
        """Let the page at hand write and read the clipboard without being asked, and give it the focus."""
        self.cdp(
            "Browser.grantPermissions",
            origin=self.run("return location.origin"),
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        self.cdp("Emulation.setFocusEmulationEnabled", enabled=True)

    def screenshot(self, *, whole: bool = True) -> bytes:
        """Return the page as PNG, by default all of it and not only what fits into the window."""
        if not whole:
            return bytes(self.driver.get_screenshot_as_png())
        found = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(found["data"])

    def expect(self, pattern: str) -> None:
        """Accept errors of the page in this test that contain this regular expression, such as ``status of 400``."""
        self._expected.append(pattern)

    def problems(self) -> list[str]:
        """Return the errors of the page up to now that were not expected."""
        self._problems += [
            f"{line['level']} {line['message']}"
            for line in self.driver.get_log("browser")  # type: ignore[no-untyped-call]  # selenium has none here
            if line["level"] in ("SEVERE", "WARNING")
        ]
        return [
            problem
            for problem in self._problems
            if not any(re.search(pattern, problem) for pattern in self._expected)
        ]

    def forget(self) -> None:
        """Leave the page, and forget cookies, storage and errors."""
        self.driver.get("about:blank")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Browser.resetPermissions")
        for origin in self._origins:
            if origin.startswith("http"):
                self.cdp("Storage.clearDataForOrigin", origin=origin, storageTypes="all")
        self._origins.clear()
        self.problems()
        self._problems.clear()
        self._expected.clear()

    def close(self) -> None:
        """End browser and driver."""
        self.driver.quit()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this process; tests use `browser`, which begins anew in it."""
    if reason := missing():
        pytest.skip(reason)
    # A short path: Chromium's sockets are below it.
    with tempfile.TemporaryDirectory(prefix="console-", ignore_cleanup_errors=True) as folder:
        started = Browser(Path(folder))
        try:
            yield started
        finally:
            started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """A browser without cookies, storage and errors; the page's own errors fail the test when it is over."""
    chromium.forget()
    yield chromium
    problems = chromium.problems()
    chromium.forget()
    assert not problems, "the page had errors:\n" + "\n".join(problems)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """An emulator with the functions and fixtures that come with it, and no recognizer, for the tests of a module."""
    with running(Settings(port=0, seed=1, recognizer=False)) as started:
        yield started


@pytest.fixture
def fresh(server: Server) -> Server:
    """The emulator of the module as after its start."""
    from cloudbase_ocr.control.facade import Control

    Control(server.emulator).reset()
    return server
