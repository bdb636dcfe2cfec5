"""What every recognizer offers, whether it reads in this process or in others, and what it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.evidence import Explanation

QUEUE = 32
"""Pictures that may wait."""
TIMEOUT = 30.0
"""Seconds that each waits at most."""
LIMIT = 20.0
"""Seconds that reading one may take."""

COLD, LOADING, READY, FAILED = "cold", "loading", "ready", "failed"


@dataclass(frozen=True)
class Status:
    """What a recognizer is doing.

    `state` is cold (nothing loaded yet), loading, ready, or failed, with the reason in `message`. `workers` is 0 when
    pictures are read in this process; `threads` is for each worker. `queue` is how many pictures may wait. `limit` is
    in seconds. `stage` is that of the picture that is being read; None between pictures. `weights` names the networks.
    `pids` are the worker processes that run; `restarts` is how many of them took the place of one that was lost.
    `memory_limit` is in bytes, and None where there is none; `shed` is how many pictures were refused because of it, or
    because the engine was being loaded.
    """

    state: str
    message: str
    workers: int
    threads: int
    reading: int
    waiting: int
    queue: int
    limit: float | None
    stage: str | None
    weights: str
    pids: tuple[int, ...] = ()
    restarts: int = 0
    memory_limit: int | None = None
    shed: int = 0


class Service(Protocol):
    """Reads documents from photos; many threads may call it. See `Recognizer` for what the methods raise."""

    @property
    def methods(self) -> frozenset[str]:
        """Keys of the methods that can be read from pixels."""

    def warm(self) -> None:
        """Load what reading needs, now."""

    def status(self) -> Status:
        """Tell what it is doing."""

    def recognize(self, key: str, image: bytes) -> dict[str, Any]:
        """Read one picture; give WeChat's business fields."""

    def explain(
        self, key: str | None, image: bytes, *, identify: bool = False, account: str = ""
    ) -> Explanation:
        """Read one picture, as the next one of an account; tell what the fields rest on."""

    def close(self) -> None:
        """Read no more."""
