"""The function runtime: a folder of functions, and one way to call them."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.language import _
from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.notes import notes
from cloudbase_ocr.runtime.context import Caller, build_context, build_event
from cloudbase_ocr.runtime.debugger import NO_LIMIT, NOT_DEBUGGED, Debugger
from cloudbase_ocr.runtime.environment import build_environment
from cloudbase_ocr.runtime.errors import FunctionNotRunnable, InvocationError
from cloudbase_ocr.runtime.function_folders import (
    FunctionInfo,
    as_project,
    find_function,
    list_functions,
    take_snapshot,
)
from cloudbase_ocr.runtime.http_functions import HttpFunctions, Start
from cloudbase_ocr.runtime.http_messages import platform_headers
from cloudbase_ocr.runtime.injected import IN_MID_CALL, Injected
from cloudbase_ocr.runtime.instance import InstanceSpec, Outcome
from cloudbase_ocr.runtime.interpreters import Interpreters
from cloudbase_ocr.runtime.invocation import Invocation, UnderWay, summarise
from cloudbase_ocr.runtime.layers import Layers, layers_of
from cloudbase_ocr.runtime.options import RuntimeHooks, RuntimeOptions
from cloudbase_ocr.runtime.pool import Pool, PoolState
from cloudbase_ocr.runtime.pythons import Packages, Pythons, problems, tell_missing_module
from cloudbase_ocr.runtime.starters import make_starter

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping
    from pathlib import Path

    from cloudbase_ocr.project import Project
    from cloudbase_ocr.runtime.http_instance import HttpInstance
    from cloudbase_ocr.runtime.http_messages import HttpAnswer, HttpRequest


class Runtime:
    """Runs the functions under one folder, each in processes of its own."""

    def __init__(
        self,
        functions: Project | Path,
        options: RuntimeOptions | None = None,
        hooks: RuntimeHooks | None = None,
    ) -> None:
        """Start nothing yet; the folder of `functions` holds one for each, and the packages they share.

        Raises:
            ValueError: the machine does not have the Python that `options` name, or functions cannot be debugged as
                they ask for.
        """
        self.project = as_project(functions)
        self.root = self.project.root
        self._options = options or RuntimeOptions()
        self._hooks = hooks or RuntimeHooks()
        self._env = dict(self._options.env)
        self._pythons = Pythons(self._options.python, self._options.python_version, self._options.cache)
        self._interpreters = Interpreters(self._pythons, self._options.node)
        self._working: dict[str, str] = {}  # which call an instance works on
        self._under_way: dict[str, UnderWay] = {}  # by request ID
        self._starter = make_starter()
        self._pools: dict[str, Pool] = {}
        self._servers = HttpFunctions(self._starter, self._options.start_limit)
        self._lock = threading.Lock()
        self._closed = False
        self.debugging = self._options.debugging
        self.debugging.prepare([info for info in self.functions() if not info.is_http])

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
            _ = config.routes
        except ConfigError as error:
            return [str(error)]
        functions = self.functions()
        told = [note for info in functions for note in self._notes_on_layers(info)]
        told += [note for info in functions if info.runnable and (note := self._pythons.note(info))]
        return [*notes(config, {info.name for info in functions}), *told]

    def prepare(self, *names: str) -> list[str]:
        """Install what functions need, all if none is named; return a sentence for each that cannot have it."""
        return problems(self._pythons, [info for info in self.functions() if info.name in names or not names])

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
            if info.is_http:
                raise FunctionNotRunnable(
                    f"Function {name} is an HTTP function: it takes requests by its URL, and no events"
                )
            limit = self._options.time_limit or info.timeout
            debugger = self.debugging.of(info)
            context = build_context(
                info,
                caller,
                request_id=request_id,
                env_id=self._options.env_id,
                time_limit=NO_LIMIT if debugger.expected else limit,
                now=started_at,
            )
            layers = layers_of(info, self.project, self._options.layers)
            spec = self._spec(info, layers, self._packages(info), caller, debugger)
            outcome, init = self._run(
                info, layers, spec, request_id, payload, context, limit, self._hooks.inject(name, caller)
            )
        except InvocationError as error:
            outcome.error = error
        finally:
            self._under_way.pop(request_id, None)
        if info is not None and outcome.error is not None:
            tell_missing_module(outcome.error, info)
        invocation = summarise(name, request_id, info, outcome, init, started_at)
        self._hooks.on_end(invocation)
        return invocation

    def answer(
        self, name: str, request: HttpRequest, caller: Caller | None = None
    ) -> tuple[Invocation, HttpAnswer | None]:
        """Let the HTTP function `name` answer a request; without an answer, `Invocation.error` says why.

        The call is over when the answer's headers are there; what is read of a stream later belongs to no call.
        """
        caller = caller or Caller()
        request_id = self.new_id()
        started_at = self._options.clock()
        outcome, info, init, answer = Outcome(), None, 0.0, None
        seen = {"httpMethod": request.method, "path": request.target.partition("?")[0]}
        self._hooks.on_start(request_id, name, seen, caller)
        self._under_way[request_id] = under_way = UnderWay(request_id, name, started_at)

        def working(server: HttpInstance) -> None:
            under_way.instance = server
            self._working[server.id] = request_id

        try:
            info = self._interpreters.check(find_function(self.project, name))
            if not info.runnable or not info.is_http:
                reason = info.reason or "it takes events, and is no HTTP function"
                raise FunctionNotRunnable(f"Function {name} cannot run: {reason}")
            limit = self._options.time_limit or info.timeout
            answer, outcome, init = self._servers.answer(
                info,
                request,
                platform_headers(info, request_id, env_id=self.env_id, memory=info.memory, limit=limit),
                self._start_of(info, caller),
                limit,
                self._hooks.inject(name, caller),
                working,
            )
            if outcome.error is None and answer is not None:
                outcome.result = json.dumps({"statusCode": answer.status})
        except InvocationError as error:
            outcome.error = error
        finally:
            self._under_way.pop(request_id, None)
            if under_way.instance is not None and self._working.get(under_way.instance.id) == request_id:
                self._working.pop(under_way.instance.id)
        invocation = summarise(name, request_id, info, outcome, init, started_at)
        self._hooks.on_end(invocation)
        return invocation, answer

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
        if pool is None and (state := self._servers.state(name)).warm:
            return state
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
        self._servers.end()

    def close(self) -> None:
        """End every process; calls under way fail, later ones are refused. May be called more than once."""
        with self._lock:
            self._closed = True
            pools = list(self._pools.values())
        self.debugging.close()
        for pool in pools:
            pool.close()
        self._servers.close()
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
        pool = self._pool(info.name, spec.debugger)
        if injected.cold:
            pool.empty()
        lease = pool.acquire(spec, version, patience=NO_LIMIT if spec.debugger.expected else limit)
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
            yield _(
                "{name}: its layer {layer} is not here; put it into {place}, or name it: --layer {layer}=DIR"
            ).format(name=info.name, layer=name, place=place)
        if layers.problem:
            yield _("{name}: its layers are on the search path and not on /opt, because {problem}").format(
                name=info.name, problem=layers.problem
            )

    def _pool(self, name: str, debugger: Debugger) -> Pool:
        with self._lock:
            limit = debugger.instances(self._options.max_instances)
            pool = self._pools.setdefault(name, Pool(name, limit, debugger.starter(self._starter)))
            if self._closed:
                pool.close()
            return pool

    def _start_of(self, info: FunctionInfo, caller: Caller) -> Start:
        layers = layers_of(info, self.project, self._options.layers)
        env = self._spec(info, layers, Packages(), caller, NOT_DEBUGGED).env
        version = (take_snapshot(self.root, info, layers.folders), tuple(sorted(env.items())))
        return Start(env, layers, self._interpreters.for_servers(info), version)

    def _packages(self, info: FunctionInfo) -> Packages:
        try:
            return self._pythons.packages(info)
        except DependencyError as error:
            raise FunctionNotRunnable(f"Function {info.name} cannot run: {error}") from error

    def _spec(
        self, info: FunctionInfo, layers: Layers, packages: Packages, caller: Caller, debugger: Debugger
    ) -> InstanceSpec:
        command = self._interpreters.command(info)
        env = build_environment(
            self.root,
            info,
            env_id=self._options.env_id,
            runtime=self._interpreters.runtime(info),
            interpreter=command[0],
            extra={**self._env, **self._options.account_env(caller.appid)},
            layers=layers.places,
            packages=packages.folders,
        )
        return InstanceSpec(
            command=layers.command(debugger.command(command)),
            cwd=info.path,
            env=env,
            boot={
                "folder": str(info.path),
                "root": str(self.root),
                "packages": packages.folders,
                "shared": packages.shared,
                "layers": layers.search_path,
                "temporary": env["TMPDIR"],
                "handler": info.handler,
                **debugger.boot(),
            },
            memory=info.memory,
            init_limit=self._options.init_limit,
            set_by=info.config.set_by,
            debugger=debugger,
        )
