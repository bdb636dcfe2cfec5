"""What the tests of the runtime share: kinds of fixtures, and what came of a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudbase_ocr.runtime import Caller, Invocation, InvocationError, Runtime

Write = Callable[..., Path]
Make = Callable[..., Runtime]

USER = Caller("miniprogram", openid="o-user-1", appid="wx-app-1")


def result_of(invocation: Invocation) -> Any:
    """Return what a function that did not fail has returned."""
    assert invocation.error is None, invocation.log
    assert invocation.result is not None
    return json.loads(invocation.result)


def error_of(runtime: Runtime, name: str, event: object = None) -> InvocationError:
    """Call a function that fails; return how."""
    invocation = runtime.invoke(name, event)
    assert invocation.result is None
    assert invocation.error is not None
    return invocation.error
