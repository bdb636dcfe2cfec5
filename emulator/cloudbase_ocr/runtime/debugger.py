"""What a debugger changes for the processes of a function; as written here, without one, nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudbase_ocr.runtime.function_folders import FunctionInfo
    from cloudbase_ocr.runtime.processes import Starter

NO_LIMIT = 86_400.0
"""Seconds that a function which is debugged is told it has, and that other calls wait for it: people take breaks."""


class Debugger:
    """The debugger of one function, here none at all."""

    start_seconds = 0.0
    """How much longer a process may take to start because of it."""

    @property
    def attached(self) -> bool:
        """Whether one is attached: as long as it is, time and memory have no limit."""
        return False

    @property
    def expected(self) -> bool:
        """Whether one is attached, or will be before the next call runs."""
        return self.attached

    def instances(self, usual: int) -> int:
        """Return how many processes of the function may run at a time."""
        return usual

    def starter(self, usual: Starter) -> Starter:
        """Return what starts them."""
        return usual

    def command(self, command: Sequence[str]) -> tuple[str, ...]:
        """Return the command that starts one."""
        return tuple(command)

    def boot(self) -> Mapping[str, Any]:
        """Return what its bootstrap is told beside the usual."""
        return {}

    def opened(self, port: int, still_wanted: Callable[[], bool]) -> bool:  # noqa: ARG002 - nobody comes
        """Take note that a process awaits debuggers at a port of 127.0.0.1, before it loads the function.

        Wait for a debugger that is expected, as long as `still_wanted` says yes; return whether the process has to wait
        until that one has set its breakpoints.
        """
        return False

    def closed(self) -> None:
        """Take note that the process is gone."""


NOT_DEBUGGED = Debugger()


class Debugging:
    """Which functions of a runtime are debugged, and how; here none is."""

    def prepare(self, functions: Sequence[FunctionInfo]) -> None:
        """Make everything ready before the first call.

        Raises:
            ValueError: what the user asks for cannot be; the message says why and what to do.
        """

    def of(self, info: FunctionInfo) -> Debugger:  # noqa: ARG002 - the same for each
        """Return the debugger of a function."""
        return NOT_DEBUGGED

    def lines(self) -> list[str]:
        """Return where debuggers may attach, a line for each function."""
        return []

    def close(self) -> None:
        """Let go of every debugger. May be called more than once."""
