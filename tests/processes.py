"""Processes that tests start: Ctrl-C reaches them wherever the suite runs, and none outlives its bound."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any, TypeVar

import requests

SECONDS = 60.0

T = TypeVar("T")


class Process(subprocess.Popen[str]):
    """A process with pipes of text, as :func:`started` makes it."""

    stdout: IO[str]
    stderr: IO[str]


@contextmanager
def started(command: Sequence[str], *, seconds: float = SECONDS, **options: Any) -> Iterator[Process]:
    """Start a process whose output is a pipe of text, unless `options` of Popen say otherwise; it ends with the block.

    After `seconds` it is killed, which ends whatever is read from it or waits for it.
    """
    with _interruptible():
        process = Process(command, **{"stdout": subprocess.PIPE, "encoding": "utf-8", **options})
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.start()
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        watchdog.cancel()


def stop(process: subprocess.Popen[str], by: int = signal.SIGTERM, *, seconds: float = 20) -> str:
    """Ask a process to end, wait until it has, and return the rest of its output; after `seconds` it is killed."""
    process.send_signal(by)
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.start()
    try:
        # Not communicate(): with a time limit it passes over what readline() has buffered.
        rest = process.stdout.read() if process.stdout else ""
        process.wait()
    finally:
        watchdog.cancel()
    return rest


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a process that is started here be interrupted, and told that its terminal has closed.

    One that is started where these signals are ignored, as in ``make test &`` of a script or under ``nohup``, would
    ignore them for ever. A handler is not inherited: the process gets the default.
    """
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


def when_it_listens(ask: Callable[[], T], seconds: float = 20.0) -> T:
    """Return what `ask` gives as soon as somebody takes its connection."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(requests.ConnectionError):
            return ask()
    raise AssertionError("nobody listens")
