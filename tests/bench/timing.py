"""How the benchmarks measure: pairs taken in turn, medians, ratios pair by pair."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Two measured series of the same length, taken in turn: A B A B ..."""

    ours: list[float]
    peer: list[float]

    @property
    def our_median(self) -> float:
        """Median of our series."""
        return statistics.median(self.ours)

    @property
    def peer_median(self) -> float:
        """Median of the peer's series."""
        return statistics.median(self.peer)

    @property
    def ratio(self) -> float:
        """Median of ours / peer, pair by pair: steady although the machine's speed drifts."""
        return statistics.median(mine / other for mine, other in zip(self.ours, self.peer, strict=True))


def in_turn(ours: Callable[[], float], peer: Callable[[], float], rounds: int) -> Pair:
    """Measure both, `rounds` times in turn, after one round that does not count."""
    ours(), peer()
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return Pair([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long `action` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run_python(*arguments: str, env: dict[str, str] | None = None) -> None:
    """Run this interpreter, as bare as `arguments` ask for, to its end."""
    subprocess.run([sys.executable, *arguments], check=True, env=env, stdout=subprocess.DEVNULL)


def machine() -> str:
    """Return one line about the machine; it names no host."""
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def milliseconds(seconds: float) -> str:
    """Return a duration for a table."""
    return f"{seconds * 1000:.1f} ms"
