"""One entry of the journal: what happened, as it is kept, and as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.calls import Trace
from cloudbase_ocr.core.imagefile import kind_of
from cloudbase_ocr.core.redact import cleaned, masked, masked_text, scrubbed

if TYPE_CHECKING:
    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.journal.sent import SentEvent, SentRequest

CALL_FUNCTION = "call_function"
FUNCTION = "function"
WECHAT = "wechat"
STORAGE = "storage"
FETCH = "fetch"
KINDS = (CALL_FUNCTION, FUNCTION, WECHAT, STORAGE, FETCH)

MAX_CHILDREN = 100
"""Children of one entry; a loop in a function must not fill the memory. The rest is counted."""

_MENU = "menu"


@dataclass(eq=False, slots=True)
class Entry:
    """A call, or a part of one. `duration_ms` is None while it runs.

    `request` and `answer` are JSON values without secrets and pictures, and with personal data; `record` masks it.
    `process` is what SCF reports of a function's call. `code` is an errcode, an SCF status code, or a text such as
    INVALID_PARAM; None: there is none. `sent` is what is needed to send it again and never leaves the memory,
    `replay_of` the ID of the entry of which it is a repetition.
    """

    id: str
    kind: str
    name: str
    started: float = 0.0
    began: float = 0.0
    parent: str = ""
    root: str = ""
    appid: str = ""
    duration_ms: float | None = None
    status: int = 0
    code: int | str | None = None
    message: str = ""
    request: Any = None
    answer: Any = None
    process: dict[str, Any] | None = None
    call: Call | None = None
    sent: SentRequest | SentEvent | None = None
    replay_of: str = ""
    children: list[Entry] = field(default_factory=list)
    more: int = 0

    @property
    def trace(self) -> Trace:
        """How an OCR answer was found; empty where the entry is no OCR call."""
        return Trace() if self.call is None else self.call.trace


def record(entry: Entry, *, personal: bool = False) -> dict[str, Any]:
    """Return an entry without its children as a JSON object; personal data is masked unless `personal`."""

    def shown(value: Any) -> Any:
        return value if personal else masked(value)

    def text(sentence: str) -> str:
        return cleaned(sentence) if personal else scrubbed(sentence)

    found: dict[str, Any] = {
        "id": entry.id,
        "parent": entry.parent,
        "root": entry.root,
        "kind": entry.kind,
        "name": text(entry.name),
        "appid": entry.appid,
        "started": entry.started,
        "duration_ms": None if entry.duration_ms is None else round(entry.duration_ms, 3),
        "outcome": _outcome(entry, personal=personal),
        "matched": None,
        "missed": [],
        "fault": "",
        "image": None,
        "reading": None,
        "request": shown(entry.request),
        "answer": shown(entry.answer),
        "notes": [],
        "function": entry.process,
        "replay_of": entry.replay_of,
        "more_children": entry.more,
    }
    call = entry.call
    if call is not None:
        trace = call.trace
        found["matched"], found["fault"] = _matched(call)
        found["missed"] = [text(sentence) for sentence in trace.missed]
        found["image"] = _image(trace)
        found["reading"] = _reading(trace)
        found["notes"] = [text(note) for note in call.notes]
        if trace.fields is not None:
            found["answer"] = shown(trace.fields)
    return found


def tree(entry: Entry, *, personal: bool = False) -> dict[str, Any]:
    """Return an entry with its children, in the order in which they began."""
    children = [tree(child, personal=personal) for child in tuple(entry.children)]
    return {**record(entry, personal=personal), "children": children}


def walk(entry: Entry) -> list[Entry]:
    """Return an entry and everything below it, parents first."""
    found = [entry]
    for child in tuple(entry.children):
        found += walk(child)
    return found


def answer_of(entry: Entry) -> Any:
    """Return what was answered, with personal data: the fields of an OCR answer, else the JSON value."""
    fields = entry.trace.fields
    return entry.answer if fields is None else fields


def media_type(head: bytes) -> str:
    """Return what the first bytes of an upload say that it is, or "" when they say nothing."""
    if head.startswith(b"%PDF"):  # what people send instead of a picture
        return "application/pdf"
    kind = kind_of(head)
    return "" if kind is None else kind.media_type


def _matched(call: Call) -> tuple[dict[str, str] | None, str]:
    """Return what answered, and the faults that hit; the log has both in one text."""
    source, _, fault = call.answered_by.partition("fault ")
    by, _, name = (call.trace.source or source.rstrip(", ")).partition(" ")
    return ({"by": by, "name": name} if by else None), fault


def _outcome(entry: Entry, *, personal: bool) -> dict[str, Any]:
    """Return status, code (None: none), and message; that of a function's caller may quote what the function read."""
    message = cleaned(entry.message)
    if not personal:
        message = masked_text(message) if entry.kind == CALL_FUNCTION else scrubbed(message)
    return {"status": entry.status or None, "code": entry.code, "message": message}


def _image(trace: Trace) -> dict[str, Any] | None:
    if not trace.sha256:
        return None
    return {"sha256": trace.sha256, "bytes": trace.size, "type": media_type(trace.head) or None}


def _reading(trace: Trace) -> dict[str, Any] | None:
    """Return how the recognizer read the picture: its stages, its confidence in each field, and in the worst."""
    told = trace.explanation
    if told is None:
        return None
    confidences = {name: one.confidence for name, one in told.evidence.items()}
    lowest = min(confidences.values(), default=None)
    if told.key == _MENU:  # its evidence is by dish, which is what was read
        confidences = {} if lowest is None else {"content": lowest}
    return {
        "seconds": round(told.seconds, 4),
        "stages": [{"name": name, "seconds": round(seconds, 4)} for name, seconds in told.stages.items()],
        "confidence": lowest,
        "fields": confidences,
    }
