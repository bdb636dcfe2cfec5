"""The page Functions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import request

from cloudbase_ocr.console.site import PREFIX, Page
from cloudbase_ocr.core.clock import SHANGHAI

if TYPE_CHECKING:
    from cloudbase_ocr.control.facade import Control
    from cloudbase_ocr.control.operations.functions import FunctionState

SHOWN_CALLS = 10
"""Calls with their logs that the page shows."""


def _facts(control: Control) -> dict[str, Any]:
    functions = control.functions.list().functions
    chosen = _chosen(functions)
    calls = control.functions.logs(chosen.name, SHOWN_CALLS).calls if chosen else []
    return {
        "functions": functions,
        "chosen": chosen,
        "calls": calls,
        "caller": control.health(),
        "clock_of": clock_of,
        "event_text": event_text,
        "quoted": quoted,
        "shown_calls": SHOWN_CALLS,
    }


def _chosen(functions: list[FunctionState]) -> FunctionState | None:
    """Return the function that ``?name=`` names, else the first that runs."""
    name = request.args.get("name")
    runnable = [function for function in functions if function.runnable]
    named = [function for function in functions if function.name == name]
    return next(iter([*named, *runnable, *functions]), None)


def clock_of(started: float) -> str:
    """Return the time of day in Shanghai, as the emulator's clock shows it."""
    return datetime.fromtimestamp(started, SHANGHAI).strftime("%H:%M:%S")


def event_text(event: dict[str, Any]) -> str:
    """Return an event as the editor shows it."""
    return json.dumps(event, ensure_ascii=False, indent=2)


def quoted(name: str) -> str:
    """Return a name for a query; a folder's name may hold bytes that are no text, and they become question marks."""
    return quote(name, safe="", errors="replace")


PAGE = Page("functions", PREFIX + "functions", _facts)
