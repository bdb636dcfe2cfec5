"""How functions are run, and who is told of it."""

from __future__ import annotations

import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.runtime.debugger import Debugging
from cloudbase_ocr.runtime.http_functions import START_LIMIT
from cloudbase_ocr.runtime.injected import NOTHING, Injected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cloudbase_ocr.runtime.context import Caller
    from cloudbase_ocr.runtime.invocation import Invocation

INIT_LIMIT = 10.0
"""Seconds that importing a function may take, beside its time limit; a choice, the cloud's is unknown."""


@dataclass(frozen=True)
class RuntimeOptions:
    """How functions are run.

    Attributes:
        env: variables that every function gets, such as WXCLOUD_API_BASE; INSTANCE in one stands for the
            instance's ID.
        account_env: what takes the place of some of them when the account of this appid calls: each account
            has its own deployment in the cloud. Accounts that take turns cost a start each time.
        env_id: the CloudBase environment's ID.
        max_instances: processes of one function at the same time.
        time_limit: seconds for every function, instead of what its config.json says.
        init_limit: seconds for importing a function.
        start_limit: seconds until the server of an HTTP function listens.
        layers: folders of layers by name, before ``layers/<name>/`` of the project.
        python: interpreter that runs the Python functions.
        python_version: version that runs all of them ("3.10"), instead of `python` and of what their runtime says.
        cache: where installed packages are kept; by default the user's cache folder.
        node: Node.js that runs the JavaScript functions; by default the one on PATH.
        debugging: which functions are debugged, and how.
        clock: gives epoch seconds.
        new_id: gives request IDs.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    account_env: Callable[[str], Mapping[str, str]] = lambda _appid: {}
    env_id: str = "local"
    max_instances: int = 4
    time_limit: float | None = None
    init_limit: float = INIT_LIMIT
    start_limit: float = START_LIMIT
    layers: Mapping[str, Path] = field(default_factory=dict)
    python: str = sys.executable
    python_version: str | None = None
    cache: Path | None = None
    node: Path | None = None
    debugging: Debugging = field(default_factory=Debugging)
    clock: Callable[[], float] = time.time
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())


@dataclass(frozen=True)
class RuntimeHooks:
    """Who is told of calls, in the thread of the call, and what a test lets go wrong with them.

    Attributes:
        on_start: told request ID, function, event and caller of every call when it begins.
        on_end: told about every call when it is over.
        inject: says what goes wrong with a call of the function named; may take its time.
    """

    on_start: Callable[[str, str, Any, Caller], None] = lambda *_call: None
    on_end: Callable[[Invocation], None] = lambda _invocation: None
    inject: Callable[[str, Caller], Injected] = lambda _name, _caller: NOTHING
