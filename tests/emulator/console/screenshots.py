"""Pictures of the console for the documentation: ``make screenshots`` writes docs/images/console-*.png.

Each shows a result and not what is around it: a part of the page, down to a bound. Only those are taken that a page of
the documentation uses, in its language. The clock stands at a fixed time, so that they change only when the pages do;
what a run measures (times and memory of processes) is the exception.
"""

from __future__ import annotations

import base64
import io
import itertools
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from PIL import Image

from tests.emulator.console.browser import Browser, missing
from tests.emulator.console.stage import LANGUAGES, PAGES, SCHEMES, Shown, play, staged

FOLDER = Path(__file__).parents[3] / "docs" / "images"
NOW = 1769824800.0  # 2026-01-31 10:00 in Shanghai
STEP = 0.0037
WIDTH = 1280
MARGIN = 16
COLOURS = 128
HIGHEST = 900
PARTS = {"try": ("#result", ".try-read")}
"""What of each page is taken: from the one element to the other."""
TAKEN = tuple(itertools.product(PARTS, LANGUAGES, SCHEMES))
_PLACE = """
const [first, last] = [...arguments].map((css) => document.querySelector(css).getBoundingClientRect())
return [first.top + scrollY, last.bottom + scrollY]
"""
_NO_TOASTS = "for (const toast of document.querySelectorAll('.toast')) toast.remove()"


def name_of(page: str, language: str, scheme: str) -> str:
    """Return the name of a picture's file."""
    return f"console-{page}-{language}-{scheme}-{WIDTH}.png"


def small(data: bytes) -> bytes:
    """Return a picture with few colours."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    reduced = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    output = io.BytesIO()
    reduced.save(output, "PNG", optimize=True)
    return output.getvalue()


def take(browser: Browser, url: str, page: Shown, language: str, scheme: str) -> bytes:
    """Return a picture of a page's part as such a reader sees it."""
    browser.open(url + page.path, language=LANGUAGES[language], scheme=scheme, width=WIDTH, height=900)
    page.do(browser)
    browser.run(_NO_TOASTS)
    browser.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)
    top, bottom = browser.run(_PLACE, *PARTS[page.name])
    clip = {
        "x": 0,
        "y": top - MARGIN,
        "width": WIDTH,
        "height": min(HIGHEST, bottom - top + 2 * MARGIN),
        "scale": 1,
    }
    taken = browser.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    return small(base64.b64decode(taken["data"]))


def main() -> int:
    """Take all pictures, or those of the pages that are named."""
    if reason := missing():
        print(f"no pictures: {reason}")
        return 2
    pages = {page.name: page for page in PAGES if page.name in (sys.argv[1:] or PARTS)}
    FOLDER.mkdir(exist_ok=True)
    ticks = itertools.count()
    standing = SimpleNamespace(time=lambda: NOW, monotonic=lambda: next(ticks) * STEP, sleep=time.sleep)
    with (
        mock.patch("cloudbase_ocr.core.clock.time", standing),
        staged() as server,
        tempfile.TemporaryDirectory(prefix="console-", ignore_cleanup_errors=True) as folder,
    ):
        browser = Browser(Path(folder))
        try:
            for page, language, scheme in TAKEN:
                if page not in pages:
                    continue
                play(server)
                data = take(browser, server.url, pages[page], language, scheme)
                (FOLDER / name_of(page, language, scheme)).write_bytes(data)
                print(f"{len(data) // 1024:4} KB {name_of(page, language, scheme)}", flush=True)
                browser.forget()
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
