"""Runs Python and Node.js functions as SCF does: in processes of their own, one event at a time, with limits."""

from cloudbase_ocr.runtime.api_token import ApiToken, parse_token
from cloudbase_ocr.runtime.context import CREDENTIALS, REGION, Caller
from cloudbase_ocr.runtime.errors import (
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
from cloudbase_ocr.runtime.function_folders import FunctionInfo, find_function
from cloudbase_ocr.runtime.injected import Injected
from cloudbase_ocr.runtime.pool import PoolState
from cloudbase_ocr.runtime.runtime import Invocation, Runtime, RuntimeHooks, RuntimeOptions, UnderWay

__all__ = [
    "CREDENTIALS",
    "REGION",
    "ApiToken",
    "Caller",
    "EventTooLarge",
    "FunctionFailed",
    "FunctionInfo",
    "FunctionNotFound",
    "FunctionNotRunnable",
    "FunctionTimedOut",
    "Injected",
    "InstanceExited",
    "InvalidEvent",
    "Invocation",
    "InvocationError",
    "LoadFailed",
    "LoadTimedOut",
    "MemoryExceeded",
    "PoolState",
    "ResultTooLarge",
    "Runtime",
    "RuntimeHooks",
    "RuntimeOptions",
    "TooManyInstances",
    "UnderWay",
    "find_function",
    "parse_token",
]
