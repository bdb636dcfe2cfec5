"""Pictures of the console for the documentation: ``make screenshots`` writes docs/images/console-*.png.

The clock stands at a fixed time, so that the pictures change only when the pages do; what a run measures (times and
memory of processes) is the exception. A page is taken from its top down to a bound, in both languages and colours, on a
desk and on a phone.
"""

from __future__ import annotations

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
WIDTHS = {1280: 1600, 390: 1700}  # and how much of the height is kept
COLOURS = 128
_NO_TOASTS = "for (const toast of document.querySelectorAll('.toast')) toast.remove()"


def name_of(page: Shown, language: str, scheme: str, width: int) -> str:
    """Return the name of a picture's file."""
    return f"console-{page.name}-{language}-{scheme}-{width}.png"


def small(data: bytes, height: int) -> bytes:
    """Return a picture with few colours, cut off below `height`."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, height)))
    reduced = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    output = io.BytesIO()
    reduced.save(output, "PNG", optimize=True)
    return output.getvalue()


def take(browser: Browser, url: str, page: Shown, language: str, scheme: str, width: int) -> bytes:
    """Return a picture of a page as such a reader sees it."""
    browser.cdp("Emulation.setTimezoneOverride", timezoneId="Asia/Shanghai")
    browser.open(url + page.path, language=LANGUAGES[language], scheme=scheme, width=width, height=900)
    page.do(browser)
    browser.run(_NO_TOASTS)
    browser.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)
    return small(browser.screenshot(), WIDTHS[width])


def main() -> int:
    """Take all pictures, or those of the pages that are named."""
    if reason := missing():
        print(f"no pictures: {reason}")
        return 2
    chosen = [page for page in PAGES if page.name in (sys.argv[1:] or [page.name])]
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
            for page, language, scheme, width in itertools.product(chosen, LANGUAGES, SCHEMES, WIDTHS):
                play(server)
                data = take(browser, server.url, page, language, scheme, width)
                (FOLDER / name_of(page, language, scheme, width)).write_bytes(data)
                print(f"{len(data) // 1024:4} KB {name_of(page, language, scheme, width)}", flush=True)
                browser.forget()
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
