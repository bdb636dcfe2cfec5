"""The call log: one line for each call without anything secret in it, and lines that teach under it.

Werkzeug's own access log prints query strings, and with them tokens and secrets; this log never sees them.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.core.redact import cleaned

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudbase_ocr.recognizer import Explanation

LOGGER_NAME = "cloudbase_ocr.calls"
CALL = "call"
"""Attribute of a log record that holds the call which it is about."""

_FAILURES_KEPT = 1000


@dataclass
class Trace:
    """How an OCR answer was found: the picture's hash, size and first bytes, what answered, and why nothing closer did.

    `source` is set for errors, too. `fields` are the business fields that were answered: personal data, for the
    journal only. `method` is the key of the OCR method. `explanation` is what the recognizer tells of its reading, of
    a failed one, too; `waited` is how many seconds the picture waited for its turn, None where nothing reads it.
    `unmatched` says why no fixture fits, where only fixtures may answer.
    """

    method: str = ""
    sha256: str = ""
    size: int = 0
    head: bytes = b""
    source: str = ""
    missed: list[str] = field(default_factory=list)
    fields: dict[str, Any] | None = None
    explanation: Explanation | None = None
    waited: float | None = None
    unmatched: str = ""


@dataclass
class Call:
    """One call as the log tells it.

    `path` is without its query; `code` is the errcode of the reply (None: the reply has none); `answered_by`
    says where an OCR answer came from ("fixture idcard/front", "recognizer", "magic"); `notes` are sentences
    for the developer. `remote` is the address that sent the request, `client` the one that a proxy names, `request_id`
    what the proxy calls the request, else a number of our own; `tokenless`: it came without a token, as from inside
    a container. No field ever holds a token, a secret or image bytes; what was read from a picture stands in `trace`
    only, which is never logged.
    """

    method: str
    path: str
    started: float
    appid: str = ""
    code: int | str | None = None
    status: int = 200
    seconds: float = 0.0
    answered_by: str = ""
    rid: str = ""
    remote: str = ""
    client: str = ""
    request_id: str = ""
    errmsg: str = ""
    tokenless: bool = False
    notes: list[str] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace, repr=False)

    def note(self, sentence: str) -> None:
        """Add a sentence for the developer, once, without secrets."""
        sentence = cleaned(sentence)
        if sentence and sentence not in self.notes:
            self.notes.append(sentence)


class CallLog:
    """Writes calls to a logger, keeps the latest failures, and hands every call to `listeners` in their order."""

    def __init__(self, *listeners: Callable[[Call], None]) -> None:
        """Write to the logger named ``cloudbase_ocr.calls``."""
        self.listeners = list(listeners)
        self._logger = logging.getLogger(LOGGER_NAME)
        self._failures: OrderedDict[str, Call] = OrderedDict()
        self._lock = threading.Lock()

    def record(self, call: Call) -> None:
        """Write one finished call."""
        if call.rid:
            with self._lock:
                self._failures[call.rid] = call
                while len(self._failures) > _FAILURES_KEPT:
                    self._failures.popitem(last=False)
        if self._logger.isEnabledFor(logging.INFO):
            self._logger.info("%s", describe(call), extra={CALL: call})
        for note in call.notes:
            self._logger.warning("  hint: %s", printable(note), extra={CALL: call})
        for listener in self.listeners:
            listener(call)

    def failure(self, rid: str) -> Call | None:
        """Return the failed call whose errmsg ended in this rid, if it is among the latest thousand."""
        with self._lock:
            return self._failures.get(rid)

    def reset(self) -> None:
        """Forget the failures."""
        with self._lock:
            self._failures.clear()


def describe(call: Call) -> str:
    """Return a call as one line of printable text."""
    parts = [call.method, call.path]
    if call.appid:
        parts.append("appid=" + call.appid)
    parts.append(str(call.status) if call.code is None else f"errcode={call.code}")
    parts.append(f"{call.seconds * 1000:.1f} ms")
    if call.answered_by:
        parts.append(f"({call.answered_by})")
    return printable(" ".join(parts))


def printable(text: str, limit: int = 500) -> str:
    """Return `text` without line breaks and control characters, so that no caller can forge a log line."""
    clean = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
    return clean if len(clean) <= limit else clean[:limit] + "..."
