"""What can go wrong with a call of a function, in the words of SCF.

    InvocationError
    +-- InvalidEvent          400  the event is not JSON
    +-- ServerNotStarted      405  the web server of an HTTP function does not come up
    +-- EventTooLarge         406  the event is larger than 6 MB
    +-- ResultTooLarge        407  the return value is larger than 6 MB
    +-- FunctionFailed        430  the handler raised, or returned what is not JSON
    +-- TooManyInstances      432  every instance is busy and stayed so
    +-- FunctionTimedOut      433  the time limit was reached
    +-- MemoryExceeded        434  the memory limit was reached
    +-- FunctionNotFound      435  there is no such function
    +-- FunctionNotRunnable   438  the function is there but cannot run (another language, broken config.json)
    +-- InstanceExited        439  the process ended before it answered
    +-- LoadFailed            443  the entry file could not be loaded, or has no such handler
    +-- LoadTimedOut          450  the entry file took too long to load

Codes and names are those of SCF's table of function status codes (document 583/42611). The texts and the two
values of ``errorCode`` (1: the user's code, -1: the platform) are as seen in public logs of 2021 to 2025;
SCF's own sample still shows -1 for 430. No log was found for 406, 407, 438 and 450: their texts follow the
table.
"""

from __future__ import annotations

from typing import Any


class InvocationError(Exception):
    """A call that gave no result; `hint` and `advice` tell the developer what to do.

    Of a function that raised, `hint` is what its exception says, and callers of some ways get it; `advice` never
    leaves the log.
    """

    status_code = 500
    error_code = -1

    def __init__(self, message: str, *, stack: str | None = None, hint: str = "") -> None:
        """Keep SCF's `message`, the function's traceback and a hint for the log."""
        super().__init__(message)
        self.message = message
        self.stack = stack
        self.hint = hint
        self.advice = ""

    @property
    def trace(self) -> str:
        """The traceback of the function's code; empty where the fault has none."""
        return self.stack or ""

    def to_dict(self, request_id: str) -> dict[str, Any]:
        """Return the object that SCF gives in place of a result, keys in its order."""
        body: dict[str, Any] = {
            "errorCode": self.error_code,
            "errorMessage": self.message,
            "requestId": request_id,
        }
        if self.stack is not None:
            body["stackTrace"] = self.stack
        body["statusCode"] = self.status_code
        return body


class InvalidEvent(InvocationError):
    """The event is not JSON."""

    status_code = 400


class ServerNotStarted(InvocationError):
    """The web server of an HTTP function ended, or listens nowhere."""

    status_code = 405


class EventTooLarge(InvocationError):
    """The event is larger than 6 MB."""

    status_code = 406


class ResultTooLarge(InvocationError):
    """The return value is larger than 6 MB."""

    status_code = 407


class FunctionFailed(InvocationError):
    """The handler raised an exception, or returned something that JSON cannot carry."""

    status_code = 430
    error_code = 1


class TooManyInstances(InvocationError):
    """Every instance of the function stayed busy for as long as the call was ready to wait."""

    status_code = 432
    error_code = 1


class FunctionTimedOut(InvocationError):
    """The handler reached its time limit, and its process was killed."""

    status_code = 433


class MemoryExceeded(InvocationError):
    """The process used more memory than config.json allows, and was killed."""

    status_code = 434


class FunctionNotFound(InvocationError):
    """There is no function of this name."""

    status_code = 435


class FunctionNotRunnable(InvocationError):
    """The function exists, but the emulator cannot run it; the message says why."""

    status_code = 438


class InstanceExited(InvocationError):
    """The process ended, or lost its connection, before it answered."""

    status_code = 439


class LoadFailed(InvocationError):
    """The handler's module could not be imported, or has no such handler; the message is the traceback."""

    status_code = 443
    error_code = 1

    @property
    def trace(self) -> str:
        """The traceback of the import."""
        return self.message


class LoadTimedOut(InvocationError):
    """The module of the handler took longer to import than the emulator allows."""

    status_code = 450
