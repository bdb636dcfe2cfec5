"""The demonstration: a photo goes through a Python cloud function, and every step of its way is printed."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.language import _, shown
from cloudbase_ocr.recognizer.installed import require_installed
from cloudbase_ocr.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.recognizer import Service
    from cloudbase_ocr.runtime import Invocation
    from cloudbase_ocr.state.emulator import Emulator

SPECIMEN = Path(__file__).parents[1] / "specimens" / "idcard-front.jpg"


def run_demo(name: str, picture: bytes, say: Callable[[str], None]) -> dict[str, Any]:
    """Send a picture, uploaded as `name`, through the function idcard; return what the mini-program gets.

    Raises:
        RecognizerNotInstalled: nothing could read the picture.
        EngineUnavailable: the engine cannot be loaded.
    """
    require_installed()
    from cloudbase_ocr.server import running

    with running(Settings(port=0, functions=included_functions())) as server:
        steps = _Steps(server.emulator)
        say(_("emulator   {url}").format(url=server.url))
        _load_engine(server.emulator.recognizer, say)
        client = EmulatorClient(server.url)
        stored = client.upload(name, picture)
        photo = _("photo      {name}, {size:,} bytes, uploaded as {file_id}")
        say(photo.format(name=name, size=len(picture), file_id=stored["fileID"]))
        say("")
        say('wx.cloud.callFunction({name: "idcard", data: {fileID}})')
        answer = client.call_function("idcard", {"fileID": stored["fileID"]})
        steps.print(say)
    say("")
    say(json.dumps(answer, ensure_ascii=False, indent=2))
    return answer


def _load_engine(recognizer: Service | None, say: Callable[[str], None]) -> None:
    if recognizer is None:
        return
    start = time.monotonic()
    recognizer.warm()
    say(_("OCR engine loaded in {seconds:.1f} s").format(seconds=time.monotonic() - start))


class _Steps:
    """Collects what passes through the emulator, and prints it in the order in which it began."""

    def __init__(self, emulator: Emulator) -> None:
        self._lines: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        emulator.log.listeners.append(self._add_call)
        emulator.invocations.others.append(self._add_invocation)

    def print(self, say: Callable[[str], None]) -> None:
        for _started, line in sorted(self._lines):
            say(line)

    def _add_call(self, call: Call) -> None:
        outcome = f"errcode {call.code}" if call.code is not None else f"HTTP {call.status}"
        source = _("answered by {source}").format(source=call.answered_by) if call.answered_by else ""
        self._add(call.started, f"    {call.method} {call.path}", outcome, call.seconds, source)

    def _add_invocation(self, invocation: Invocation) -> None:
        outcome = _("failed") if invocation.error else _("returned")
        seconds = (invocation.duration_ms + invocation.init_ms) / 1000
        process = _("a process of its own, started for this call") if invocation.cold else ""
        name = shown(_("function {name}").format(name=invocation.function))
        self._add(0.0, f"  {name}", shown(outcome), seconds, process)

    def _add(self, started: float, what: str, outcome: str, seconds: float, remark: str) -> None:
        line = f"{_column(what, 36)} {_column(outcome, 10)} {seconds * 1000:6.0f} ms   {shown(remark)}"
        with self._lock:
            self._lines.append((started, line.rstrip()))


def _column(text: str, width: int) -> str:
    """Fill a text up to as many columns of a terminal, of which a Chinese character takes two."""
    wide = sum(east_asian_width(character) in "WF" for character in text)
    return text + " " * (width - len(text) - wide)
