"""Runs Python functions as SCF does: each in processes of its own, one event at a time, under its limits."""

from .context import Caller
from .errors import (
    EventTooLarge,
    FunctionFailed,
    FunctionNotFound,
    FunctionNotRunnable,
    FunctionTimedOut,
    InstanceExited,
    InvalidEvent,
    InvocationError,
    LoadFailed,
    LoadTimedOut,
    MemoryExceeded,
    ResultTooLarge,
    TooManyInstances,
)
from .functions import FunctionInfo
from .runtime import Invocation, Runtime

__all__ = [
    "Caller",
    "EventTooLarge",
    "FunctionFailed",
    "FunctionInfo",
    "FunctionNotFound",
    "FunctionNotRunnable",
    "FunctionTimedOut",
    "InstanceExited",
    "InvalidEvent",
    "Invocation",
    "InvocationError",
    "LoadFailed",
    "LoadTimedOut",
    "MemoryExceeded",
    "ResultTooLarge",
    "Runtime",
    "TooManyInstances",
]
