"""How long one picture takes: the time of each stage, within a limit."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.errors import TookTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Report:
    """Filled while a picture is read. `stages` are seconds by name.

    With `limit`, in seconds, a picture that takes longer is given up between two stages: `TookTooLong`. `tell` gets
    the name of each stage when it begins.
    """

    limit: float | None = None
    clock: Callable[[], float] = time.monotonic
    stages: dict[str, float] = field(default_factory=dict)
    tell: Callable[[str], None] = field(default=lambda _stage: None)

    def __post_init__(self) -> None:
        """Start the time."""
        self._start = self.clock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to the stage `name`. Raises `TookTooLong` when the time is already over."""
        self.check()
        self.tell(name)
        start = self.clock()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + self.clock() - start

    def check(self) -> None:
        """Raise `TookTooLong` when the picture has had its time."""
        if self.limit is not None and self.clock() - self._start > self.limit:
            raise TookTooLong(
                f"the picture takes longer than the limit of {self.limit:g} s; send a smaller one, or raise the limit"
            )

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return self.clock() - self._start
