"""Runs Python and Node.js functions as SCF does: in processes of their own, one event at a time, with limits."""

from cloudbase_ocr.runtime.api_token import ApiToken, parse_token
from cloudbase_ocr.runtime.context import CREDENTIALS, REGION, Caller
from cloudbase_ocr.runtime.debug_ports import DebugPorts
from cloudbase_ocr.runtime.debugger import Debugging
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
    ServerNotStarted,
    TooManyInstances,
)
from cloudbase_ocr.runtime.function_folders import FunctionInfo, find_function
from cloudbase_ocr.runtime.http_messages import HttpAnswer, HttpRequest
from cloudbase_ocr.runtime.injected import Injected
from cloudbase_ocr.runtime.invocation import Invocation, UnderWay
from cloudbase_ocr.runtime.options import RuntimeHooks, RuntimeOptions
from cloudbase_ocr.runtime.pool import PoolState
from cloudbase_ocr.runtime.runtime import Runtime
from cloudbase_ocr.runtime.terminal import InTerminal

__all__ = [
    "CREDENTIALS",
    "REGION",
    "ApiToken",
    "Caller",
    "DebugPorts",
    "Debugging",
    "EventTooLarge",
    "FunctionFailed",
    "FunctionInfo",
    "FunctionNotFound",
    "FunctionNotRunnable",
    "FunctionTimedOut",
    "HttpAnswer",
    "HttpRequest",
    "InTerminal",
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
    "ServerNotStarted",
    "TooManyInstances",
    "UnderWay",
    "find_function",
    "parse_token",
]
