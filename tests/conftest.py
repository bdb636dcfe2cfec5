"""What holds for each run: which tests need more than Python, and every reason for a skip told once."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Generator

import pytest

# Tests know English sentences, whatever language the developer's terminal speaks. Characters stay those of its locale.
for _name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"

_NEED_MORE = {"chromium", "node"}
_LONG_SECONDS = 600


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector, which finds nothing to free but looks at every test again and again.

    What was collected stays until the end: later the collector leaves it out.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a fixture that needs more than Python, before marks decide what runs; give it time."""
    for item in items:
        if not _NEED_MORE.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.check)
        if item.get_closest_marker("check") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_LONG_SECONDS))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line for each reason."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if not reasons:
        return
    terminalreporter.section("skipped")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count}: {reason}")
