"""How much each page of the console weighs, and how soon it is seen and can be used, in a real Chromium, cache off.

``python -m tests.bench.console`` prints a table. `seen` is the browser's first paint, `usable` the moment when all
scripts have run; both count from the request, at a server that has answered before. The median of several runs, none of
which asserts anything: a busy machine shows in the numbers.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests.bench.timing import machine
from tests.emulator.console.browser import Browser, missing
from tests.emulator.console.stage import PAGES, Shown, play

RUNS = 9
# Of the page itself and all that it loads; pictures of specimens apart, as they are no part of the page.
TIMES = """
const [page] = performance.getEntriesByType('navigation')
const files = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/console/static/'))
const parts = [page, ...files]
const paint = performance.getEntriesByName('first-contentful-paint')[0]
return page.loadEventEnd && paint && {
  answered: page.responseStart - page.requestStart,
  seen: paint.startTime,
  usable: page.domContentLoadedEventEnd,
  bytes: parts.reduce((sum, part) => sum + part.encodedBodySize, 0),
  requests: parts.length,
}
"""


@dataclass(frozen=True)
class Measured:
    """Of one page: milliseconds from the request, bytes and requests without pictures."""

    answered: float
    seen: float
    usable: float
    bytes: int
    requests: int


def measure(browser: Browser, url: str, page: Shown) -> Measured:
    """Open a page several times, the first one not counted, and return the medians."""
    found: list[dict[str, Any]] = []
    for _ in range(RUNS + 1):
        browser.cdp("Network.setCacheDisabled", cacheDisabled=True)
        browser.open(url + page.path)
        found.append(browser.wait(lambda: browser.run(TIMES), "the page's times"))
    middle = {key: statistics.median(run[key] for run in found[1:]) for key in found[0]}
    return Measured(**{**middle, "bytes": int(middle["bytes"]), "requests": int(middle["requests"])})


def main() -> int:
    """Measure every page and print a table."""
    if reason := missing():
        print(f"the console is not measured: {reason}")
        return 0
    print(
        f"The console's pages, measured on {machine()} in headless Chromium, cache off, medians of {RUNS}.\n"
    )
    print("| page | first byte | first paint | usable | weight without pictures | requests |")
    print("| --- | --- | --- | --- | --- | --- |")
    with (
        running(Settings(port=0, seed=7, recognizer=False)) as server,
        tempfile.TemporaryDirectory(prefix="console-", ignore_cleanup_errors=True) as folder,
    ):
        play(server)
        browser = Browser(Path(folder))
        try:
            for page in PAGES:
                found = measure(browser, server.url, page)
                print(
                    f"| {page.name} | {found.answered:.0f} ms | {found.seen:.0f} ms | {found.usable:.0f} ms "
                    f"| {found.bytes / 1000:.1f} kB | {found.requests} |",
                    flush=True,
                )
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
