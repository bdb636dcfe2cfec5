"""``GET /_emulator/journal/stream``: every entry when it ends, as server-sent events."""

from __future__ import annotations

import json
import queue
import threading
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request

from cloudbase_ocr.journal.entries import record
from cloudbase_ocr.state.emulator import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.journal.entries import Entry
    from cloudbase_ocr.journal.journal import Journal

PATH = "/_emulator/journal/stream"
MAX_STREAMS = 16

_WAITING = 1000
_BEAT_SECONDS = 10.0
_SWITCH = {"false": False, "true": True}

bp = Blueprint("journal_stream", __name__)


@bp.get(PATH)
def stream() -> tuple[Response, int] | Response:
    """Send every entry when it ends, as server-sent events: ``event: entry``, children before their parents.

    With ``personal_data=true`` what was read is shown. ``event: lost`` tells how many entries a reader that was too
    slow has missed.
    """
    journal = current().journal
    personal = _SWITCH.get(request.args.get("personal_data", str(journal.personal)).lower())
    if personal is None:
        return jsonify(error="personal_data: must be true or false"), 400
    reader = Reader()
    if not journal.listen(reader.take, MAX_STREAMS):
        return jsonify(error=f"{MAX_STREAMS} readers are connected already; close one"), 503
    reply = Response(
        _events(journal, reader, personal=personal), content_type="text/event-stream; charset=utf-8"
    )
    reply.headers["Cache-Control"] = "no-store"
    # Not in the generator: one that was never begun runs no finally.
    reply.call_on_close(lambda: journal.leave(reader.take))
    return reply


class Reader:
    """Entries on their way to one reader; bounded, so that a reader who stopped reading costs little."""

    def __init__(self) -> None:
        """Wait for entries."""
        self._waiting: queue.Queue[Entry | None] = queue.Queue(_WAITING)
        self._lost = 0
        self._lock = threading.Lock()

    def take(self, entry: Entry | None) -> None:
        """Take an entry, or count it as lost; None wakes the stream up."""
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            with self._lock:
                self._lost += 1

    def next(self, seconds: float) -> Entry | None:
        """Return the next entry, or None when woken up.

        Raises:
            queue.Empty: nothing came for `seconds`.
        """
        return self._waiting.get(timeout=seconds)

    def lost(self) -> int:
        """Return how many entries were lost since the last time."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost


def _events(journal: Journal, reader: Reader, *, personal: bool) -> Iterator[str]:
    # Said at once, so that the reader knows that it misses nothing from here on.
    yield ": the journal\n\n"
    while not journal.closed:
        try:
            entry = reader.next(_BEAT_SECONDS)
        except queue.Empty:
            yield ":\n\n"  # finds out whether the reader is still there
            continue
        if lost := reader.lost():
            yield f"event: lost\ndata: {lost}\n\n"
        if entry is not None:
            data = json.dumps(record(entry, personal=personal), ensure_ascii=False, default=str)
            yield f"event: entry\nid: {entry.id}\ndata: {data.encode('utf-8', 'replace').decode()}\n\n"
