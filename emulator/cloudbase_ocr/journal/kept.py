"""What the journal keeps of calls so that they can be sent again: bounded, in memory, never on the disk.

Pictures are kept once, by their SHA-256, however often they are sent; a request's body is kept as what stands before
and after its picture. Access tokens are not kept: a call that is sent again gets a fresh one. What else was sent is
kept as it was (an address with a signature in it is of no use without), and so it is only here and never in an entry.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.journal.sent import SentRequest

if TYPE_CHECKING:
    from cloudbase_ocr.journal.entries import Entry

MEGABYTE = 1024 * 1024

_PROBE = 256


@dataclass(frozen=True)
class Request:
    """A request to ``/cv/...`` as it came, without its access token."""

    method: str
    path: str
    query: list[tuple[str, str]]
    content_type: str
    body: bytes


def url_key(entry: Entry) -> str:
    """Return the key under which the address of an OCR call's picture is kept."""
    return entry.id + " url"


class Kept:
    """Bytes by key; the ones that were not used for longest are forgotten first. Thread-safe."""

    def __init__(self, max_bytes: int, max_count: int) -> None:
        """Keep so much at most; 0 of either keeps nothing."""
        self.max_bytes = max_bytes
        self.max_count = max_count
        self._data: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._size

    def __len__(self) -> int:
        """Return how many things are kept."""
        return len(self._data)

    def put(self, key: str, data: bytes) -> bool:
        """Keep `data`; False when it is larger than all that may be kept."""
        if len(data) > self.max_bytes or not self.max_count:
            return False
        with self._lock:
            self._size += len(data) - len(self._data.pop(key, b""))
            self._data[key] = data
            while self._size > self.max_bytes or len(self._data) > self.max_count:
                _, forgotten = self._data.popitem(last=False)
                self._size -= len(forgotten)
        return True

    def get(self, key: str) -> bytes | None:
        """Return what is kept as `key`, or None."""
        with self._lock:
            data = self._data.get(key)
            if data is not None:
                self._data.move_to_end(key)
        return data

    def values(self) -> list[bytes]:
        """Return all that is kept."""
        with self._lock:
            return list(self._data.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._data.clear()
            self._size = 0

    def put_request(self, key: str, request: Request, picture: str) -> SentRequest | None:
        """Keep a request, whose body may hold the picture kept as `picture`; None when it is too large."""
        around = self._around(request.body, picture)
        before, after = around or (request.body, b"")
        head = {**vars(request), "body": len(before)}
        data = json.dumps(head).encode() + b"\n" + before + after
        return SentRequest(key, picture if around else "") if self.put(key, data) else None

    def get_request(self, sent: SentRequest) -> Request | None:
        """Return a request, or None when it or its picture is not kept any more."""
        data, picture = self.get(sent.key), self.get(sent.picture) if sent.picture else b""
        if data is None or picture is None:
            return None
        line, _, around = data.partition(b"\n")
        head = json.loads(line)
        at, query = head["body"], [(name, value) for name, value in head["query"]]
        return Request(**{**head, "query": query, "body": around[:at] + picture + around[at:]})

    def _around(self, body: bytes, picture: str) -> tuple[bytes, bytes] | None:
        """Return what stands in `body` before and after the kept picture; None if it does not hold it unchanged."""
        data = self.get(picture) if picture else None
        if not data:
            return None
        # Looking for a few bytes first: to look for megabytes takes longer than to compare them once.
        at = body.find(data[:_PROBE])
        if at < 0 or not body.startswith(data, at):
            return None
        return body[:at], body[at + len(data) :]
