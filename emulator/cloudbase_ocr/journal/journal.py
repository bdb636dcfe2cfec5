"""The journal: every call as one tree, in a bounded ring, handed to a file and to listeners entry by entry.

An entry begins and ends in one context (of a thread, as long as nobody copies it), so what begins there meanwhile is
its child. Only a request that a function sends comes in a thread of its own: it names the instance, an instance handles
one event at a time, and so it belongs to the call that runs there.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.redact import without_secrets
from cloudbase_ocr.journal.entries import CALL_FUNCTION, FUNCTION, MAX_CHILDREN, Entry, record, walk
from cloudbase_ocr.journal.kept import Kept, url_key
from cloudbase_ocr.journal.sent import SentEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.journal.files import JournalFile
    from cloudbase_ocr.journal.kept import Request
    from cloudbase_ocr.runtime import Caller

    Listener: TypeAlias = Callable[[Entry | None], None]

MAX_TREES = 1000
MAX_RESULT = 64 * 1024
_ID_BYTES = 12  # who knows an entry's ID may ask for its picture, so nobody must guess one


@dataclass(frozen=True)
class _Here:
    """What is worked on: an entry of `journal`, and the one around its function call."""

    journal: Journal
    entry: Entry | None = None
    outer: Entry | None = None


_HERE: ContextVar[_Here | None] = ContextVar("journal_entry", default=None)


class Journal:
    """Keeps the latest trees. Thread-safe.

    `personal`: show personal data unmasked, in the file too; the control API may ask for it call by call.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        size: int = MAX_TREES,
        personal: bool = False,
        file: JournalFile | None = None,
        kept: Kept | None = None,
        running: Callable[[str], str] = lambda _instance: "",
    ) -> None:
        """Keep `size` trees, and in `kept` what was sent (by default nothing).

        `running` tells which call (its entry's ID) an instance works on, "" if none.
        """
        self.personal = personal
        self.kept = Kept(0, 0) if kept is None else kept
        self.running = running
        self.size = size
        self.closed = False
        self._clock = clock
        self._listeners: tuple[Listener, ...] = ()  # replaced as a whole, never changed
        self._file = file
        self._roots: deque[Entry] = deque()
        self._by_id: dict[str, Entry] = {}
        self._lock = threading.Lock()

    @property
    def current(self) -> Entry | None:
        """The entry that is worked on in this context."""
        return self._here.entry

    @property
    def _here(self) -> _Here:
        here = _HERE.get()
        return here if here is not None and here.journal is self else _Here(self)

    def begin(self, kind: str, name: str, *, instance: str = "", id: str = "") -> Entry:  # noqa: A002 - its name
        """Begin an entry below the current one, else below the call that `instance` works on."""
        clock, parent = self._clock, self.current
        entry = Entry(id or secrets.token_hex(_ID_BYTES), kind, name, clock.now(), clock.monotonic())
        if parent is None and instance:
            parent = self._by_id.get(self.running(instance))
        with self._lock:
            if parent is None:
                entry.root = entry.id
                self._roots.append(entry)
                self._by_id[entry.id] = entry
                if len(self._roots) > self.size:
                    self._forget(self._roots.popleft())
            else:
                self._attach(entry, parent)
        return entry

    def end(self, entry: Entry) -> None:
        """End an entry, and tell the file and the listeners."""
        entry.duration_ms = (self._clock.monotonic() - entry.began) * 1000
        if self._file is not None:
            self._file.write(record(entry, personal=self.personal))
        for listener in self._listeners:
            listener(entry)

    def work_on(self, entry: Entry | None) -> Entry | None:
        """Make `entry` the current one; return the one before it, to go back to."""
        former = self._here
        _HERE.set(replace(former, entry=entry))
        return former.entry

    @contextmanager
    def part(self, kind: str, name: str) -> Iterator[Entry]:
        """Keep an entry of its own for a part of the current call."""
        entry = self.begin(kind, name)
        former = self.work_on(entry)
        try:
            yield entry
        finally:
            self.work_on(former)
            self.end(entry)

    def take_call(self, call: Call) -> None:
        """Put what the call log knows into the current entry; to be a listener of the call log."""
        entry = self.current
        if entry is not None:
            entry.call = call
            entry.appid, entry.code, entry.message = call.appid, call.code, call.errmsg

    def keep_picture(self, sha256: str, picture: bytes, url: str) -> None:
        """Keep the picture of the current entry's OCR call, and the URL that it came from; b"" and "": none."""
        entry = self.current
        if entry is None:
            return
        if picture:
            self.kept.put(sha256, picture)
        if url:
            self.kept.put(url_key(entry), url.encode("utf-8", "replace"))

    def keep_request(self, entry: Entry, request: Request) -> None:
        """Keep what a request has sent."""
        entry.sent = self.kept.put_request(entry.id, request, entry.trace.sha256)

    def begin_function(self, request_id: str, name: str, event: Any, caller: Caller) -> None:
        """Begin the entry of a function's call; its ID is the request ID. :meth:`end_function` has to follow."""
        outer = self.current
        if outer is not None and outer.kind == CALL_FUNCTION:
            outer.name, outer.appid = name, outer.appid or caller.appid
        entry = self.begin(FUNCTION, name, id=request_id)
        entry.appid = caller.appid
        entry.request = without_secrets(event)
        if self.kept.put(request_id, _as_json(event)):
            entry.sent = SentEvent(name, request_id, caller)
        _HERE.set(_Here(self, entry, outer))

    def end_function(self, answer: Any, process: dict[str, Any], *, code: int, message: str = "") -> None:
        """End the entry of the current function call; `answer` is what its caller gets, without secrets."""
        entry, outer = self.current, self._here.outer
        if entry is None or entry.kind != FUNCTION:
            return
        _HERE.set(_Here(self, outer))
        if outer is not None and outer.kind == CALL_FUNCTION:
            outer.code = code
        entry.answer, entry.process, entry.code, entry.message = answer, process, code, message
        self.end(entry)

    def trees(self) -> list[Entry]:
        """Return the roots of all trees, the latest first."""
        with self._lock:
            return [*reversed(self._roots)]

    def find(self, id: str) -> Entry | None:  # noqa: A002 - its name
        """Return the entry with this ID, or None."""
        with self._lock:
            return self._by_id.get(id)

    def root_of(self, id: str) -> Entry | None:  # noqa: A002 - its name
        """Return the root of the tree that holds the entry with this ID, or None."""
        with self._lock:
            entry = self._by_id.get(id)
            return None if entry is None else self._by_id.get(entry.root)

    def clear(self) -> int:
        """Forget all trees and what was sent, and return how many trees there were; the file keeps what it has."""
        with self._lock:
            forgotten = len(self._roots)
            self._roots.clear()
            self._by_id.clear()
        self.kept.clear()
        return forgotten

    def listen(self, listener: Listener, most: int) -> bool:
        """Hand entries to `listener` when they end; False when there are `most` listeners already, or at the end.

        A listener has to return at once. It gets None when the journal is closed.
        """
        with self._lock:
            if self.closed or len(self._listeners) >= most:
                return False
            self._listeners = (*self._listeners, listener)
        return True

    def leave(self, listener: Listener) -> None:
        """Hand nothing more to `listener`."""
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other != listener)

    def end_listeners(self) -> None:
        """Let nobody listen any more; entries are still kept and written."""
        with self._lock:
            self.closed = True
        for listener in self._listeners:
            listener(None)

    def close(self) -> None:
        """End the listeners, and close the file."""
        self.end_listeners()
        if self._file is not None:
            self._file.close()

    def _attach(self, entry: Entry, parent: Entry) -> None:
        entry.parent, entry.root = parent.id, parent.root
        if len(parent.children) >= MAX_CHILDREN:
            parent.more += 1
            return
        parent.children.append(entry)
        if parent.root in self._by_id:
            self._by_id[entry.id] = entry

    def _forget(self, root: Entry) -> None:
        for entry in walk(root):
            self._by_id.pop(entry.id, None)


def _as_json(event: Any) -> bytes:
    try:
        return json.dumps(event).encode()
    except (TypeError, ValueError, RecursionError):
        return b"null"  # such an event never reaches the function


def summary_of(text: str | None) -> Any:
    """Return a JSON text as a value without secrets; a long one as its length."""
    if text is None:
        return None
    if len(text) > MAX_RESULT:
        return f"<{len(text)} characters>"
    try:
        return without_secrets(json.loads(text))
    except (ValueError, RecursionError):
        return f"<{len(text)} characters>"
