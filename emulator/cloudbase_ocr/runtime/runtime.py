"""The function runtime: a folder of functions, and one way to call them."""

from __future__ import annotations

import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.notes import notes
from cloudbase_ocr.runtime.context import Caller, build_context, build_event
from cloudbase_ocr.runtime.environment import build_environment
from cloudbase_ocr.runtime.errors import FunctionNotRunnable, InvocationError
from cloudbase_ocr.runtime.function_folders import (
    FunctionInfo,
    as_project,
    find_function,
    list_functions,
    take_snapshot,
)
from cloudbase_ocr.runtime.injected import IN_MID_CALL, NOTHING, Injected
from cloudbase_ocr.runtime.instance import InstanceSpec, Outcome
from cloudbase_ocr.runtime.interpreters import Interpreters
from cloudbase_ocr.runtime.layers import Layers, layers_of
from cloudbase_ocr.runtime.logs import format_log
from cloudbase_ocr.runtime.pool import Pool, PoolState
from cloudbase_ocr.runtime.starters import make_starter

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from pathlib import Path

    from cloudbase_ocr.project import Project
    from cloudbase_ocr.runtime.instance import Instance

INIT_LIMIT = 10.0
"""Seconds that importing a function may take, beside its time limit; a choice, the cloud's is unknown."""

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Invocation:
    """One call and what came of it: `result` (JSON text) or `error`, never both.

    `duration_ms` is the handler's time, `init_ms` what starting a cold instance took before it, `memory_mb`
    the highest memory seen (0 where the system does not say), `memory_limit_mb` what config.json allows (0 when
    there is no such function), `started_at` is in epoch seconds.
    """

    request_id: str
    function: str
    result: str | None
    error: InvocationError | None
    log: str
    duration_ms: float
    init_ms: float
    memory_mb: float
    cold: bool
    started_at: float
    memory_limit_mb: int = 0


@dataclass
class UnderWay:
    """A call that has not ended: `instance` is None while it waits for one."""

    request_id: str
    function: str
    started_at: float
    instance: Instance | None = None

    @property
    def log(self) -> str:
        """What the function has printed so far, without SCF's lines."""
        return "" if self.instance is None else self.instance.printed().decode("utf-8", "replace")


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
        layers: folders of layers by name, before ``layers/<name>/`` of the project.
        python: interpreter that runs the Python functions.
        node: Node.js that runs the JavaScript functions; by default the one on PATH.
        clock: gives epoch seconds.
        new_id: gives request IDs.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    account_env: Callable[[str], Mapping[str, str]] = lambda _appid: {}
    env_id: str = "local"
    max_instances: int = 4
    time_limit: float | None = None
    init_limit: float = INIT_LIMIT
    layers: Mapping[str, Path] = field(default_factory=dict)
    python: str = sys.executable
    node: Path | None = None
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


class Runtime:
    """Runs the functions under one folder, each in processes of its own."""

    def __init__(
        self,
        functions: Project | Path,
        options: RuntimeOptions | None = None,
        hooks: RuntimeHooks | None = None,
    ) -> None:
        """Start nothing yet; the folder of `functions` holds one for each, and the packages they share."""
        self.project = as_project(functions)
        self.root = self.project.root
        self._options = options or RuntimeOptions()
        self._hooks = hooks or RuntimeHooks()
        self._env = dict(self._options.env)
        self._interpreters = Interpreters(self._options.python, self._options.node)
        self._working: dict[str, str] = {}  # which call an instance works on
        self._under_way: dict[str, UnderWay] = {}  # by request ID
        self._starter = make_starter()
        self._pools: dict[str, Pool] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def env_id(self) -> str:
        """The CloudBase environment's ID."""
        return self._options.env_id

    @property
    def env(self) -> Mapping[str, str]:
        """The variables that every function gets; :meth:`set_env` changes them."""
        return self._env

    def set_env(self, **variables: str) -> None:
        """Give every function these variables, too: instances that lack them are replaced before their next call."""
        with self._lock:
            self._env = {**self._env, **variables}

    def new_id(self) -> str:
        """Return an ID for a request."""
        return self._options.new_id()

    def functions(self) -> list[FunctionInfo]:
        """Return every function under the root; those that cannot run say why."""
        return [self._interpreters.check(info) for info in list_functions(self.project)]

    def notes(self) -> list[str]:
        """Return what the project's files ask for and is not done here, a sentence each."""
        try:
            config = self.project.read()
        except ConfigError as error:
            return [str(error)]
        functions = self.functions()
        told = [note for info in functions for note in self._notes_on_layers(info)]
        return [*notes(config, {info.name for info in functions}), *told]

    def invoke(self, name: str, event: Any, caller: Caller | None = None) -> Invocation:
        """Call function `name` with the JSON value `event`.

        Never raises for anything that a caller or a function does: every fault is in `Invocation.error`.
        """
        caller = caller or Caller()
        request_id = self.new_id()
        started_at = self._options.clock()
        outcome, info, init = Outcome(), None, 0.0
        self._hooks.on_start(request_id, name, event, caller)
        self._under_way[request_id] = UnderWay(request_id, name, started_at)
        try:
            payload = build_event(event, caller)
            info = self._interpreters.check(find_function(self.project, name))
            if not info.runnable:
                raise FunctionNotRunnable(f"Function {name} cannot run: {info.reason}")
            limit = self._options.time_limit or info.timeout
            context = build_context(
                info,
                caller,
                request_id=request_id,
                env_id=self._options.env_id,
                time_limit=limit,
                now=started_at,
            )
            layers = layers_of(info, self.project, self._options.layers)
            spec = self._spec(info, layers, caller)
            outcome, init = self._run(
                info, layers, spec, request_id, payload, context, limit, self._hooks.inject(name, caller)
            )
        except InvocationError as error:
            outcome.error = error
        finally:
            self._under_way.pop(request_id, None)
        invocation = _summarise(name, request_id, info, outcome, init, started_at)
        self._hooks.on_end(invocation)
        return invocation

    def working_on(self, instance: str) -> str:
        """Return the request ID of the call that an instance works on, "" when it has none."""
        return self._working.get(instance, "")

    def under_way(self, name: str) -> list[UnderWay]:
        """Return the calls of a function that have not ended, the latest first."""
        return [call for call in reversed(list(self._under_way.values())) if call.function == name]

    def instances(self, name: str) -> PoolState:
        """Count the processes of a function."""
        with self._lock:
            pool = self._pools.get(name)
        return PoolState(0, 0, 0, self._options.max_instances) if pool is None else pool.state()

    def runtime_of(self, info: FunctionInfo) -> str:
        """Return what runs a function, in the cloud's words (``Python3.10``, ``Nodejs18.15``); "" if nothing does."""
        return self._interpreters.runtime(info) if info.runnable else ""

    def empty(self) -> None:
        """End the processes that are idle, so that the next calls start new ones."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.empty()

    def close(self) -> None:
        """End every process; calls under way fail, later ones are refused. May be called more than once."""
        with self._lock:
            self._closed = True
            pools = list(self._pools.values())
        for pool in pools:
            pool.close()
        self._starter.close()

    def __enter__(self) -> Runtime:
        """Use the runtime for the length of a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _run(
        self,
        info: FunctionInfo,
        layers: Layers,
        spec: InstanceSpec,
        request_id: str,
        event: bytes,
        context: Mapping[str, Any],
        limit: float,
        injected: Injected,
    ) -> tuple[Outcome, float]:
        failing = injected.error(info.memory, limit)
        if failing is not None and injected.ending not in IN_MID_CALL:
            raise failing
        version: Hashable = (take_snapshot(self.root, info, layers.folders), tuple(sorted(spec.env.items())))
        pool = self._pool(info.name)
        if injected.cold:
            pool.empty()
        lease = pool.acquire(spec, version, patience=limit)
        self._working[lease.instance.id] = request_id
        self._under_way[request_id].instance = lease.instance
        try:
            started = time.monotonic()
            if lease.cold:
                injected.starting()
                try:
                    lease.instance.load()
                except InvocationError as error:
                    return Outcome(error=error, printed=lease.instance.kill()), time.monotonic() - started
            init = time.monotonic() - started
            outcome = lease.instance.call(request_id, event, context, limit, failing)
            return outcome, init if lease.cold else 0.0
        finally:
            self._working.pop(lease.instance.id, None)
            pool.release(lease)

    def _notes_on_layers(self, info: FunctionInfo) -> Iterator[str]:
        layers = layers_of(info, self.project, self._options.layers)
        for name in layers.missing:
            place = self.project.layer_folder(name)
            yield f"{info.name}: its layer {name} is not here; put it into {place}, or name it: --layer {name}=DIR"
        if layers.problem:
            yield f"{info.name}: its layers are on the search path and not on /opt, because {layers.problem}"

    def _pool(self, name: str) -> Pool:
        with self._lock:
            pool = self._pools.setdefault(name, Pool(name, self._options.max_instances, self._starter))
            if self._closed:
                pool.close()
            return pool

    def _spec(self, info: FunctionInfo, layers: Layers, caller: Caller) -> InstanceSpec:
        command = self._interpreters.command(info)
        env = build_environment(
            self.root,
            info,
            env_id=self._options.env_id,
            runtime=self._interpreters.runtime(info),
            interpreter=command[0],
            extra={**self._env, **self._options.account_env(caller.appid)},
            layers=layers.places,
        )
        return InstanceSpec(
            command=layers.command(command),
            cwd=info.path,
            env=env,
            boot={
                "folder": str(info.path),
                "root": str(self.root),
                "layers": layers.search_path,
                "temporary": env["TMPDIR"],
                "handler": info.handler,
            },
            memory=info.memory,
            init_limit=self._options.init_limit,
            set_by=info.config.set_by,
        )


def _summarise(
    name: str, request_id: str, info: FunctionInfo | None, outcome: Outcome, init: float, started_at: float
) -> Invocation:
    duration_ms, memory_mb = outcome.duration * 1000, outcome.memory / _MEGABYTE
    return Invocation(
        request_id=request_id,
        function=name,
        result=outcome.result if outcome.error is None else None,
        error=outcome.error,
        log=format_log(
            outcome.printed,
            request_id=request_id,
            error=outcome.error,
            duration_ms=duration_ms,
            memory_limit_mb=info.memory if info else 0,
            memory_mb=memory_mb,
        ),
        duration_ms=duration_ms,
        init_ms=init * 1000,
        memory_mb=memory_mb,
        cold=init > 0,
        started_at=started_at,
        memory_limit_mb=info.memory if info else 0,
    )
