"""The instances of one function: reused while warm, started when all are busy, up to a limit."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime.errors import FunctionNotRunnable, InstanceExited, TooManyInstances
from cloudbase_ocr.runtime.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Hashable

    from cloudbase_ocr.runtime.instance import InstanceSpec
    from cloudbase_ocr.runtime.processes import Starter


@dataclass(frozen=True)
class PoolState:
    """How many instances are there: waiting for a call (`warm`), working on one, and starting; at most `limit`."""

    warm: int
    busy: int
    starting: int
    limit: int


@dataclass
class Lease:
    """An instance that is reserved for one call; `cold` says that the call has to load it first."""

    instance: Instance
    version: Hashable
    cold: bool


class Pool:
    """Thread-safe; every lease has to come back through :meth:`release`."""

    def __init__(self, name: str, limit: int, starter: Starter) -> None:
        """Hold no instance yet; never more than `limit`."""
        self._name = name
        self._starter = starter
        self._limit = limit
        self._idle: list[Lease] = []
        self._leased: set[Instance] = set()
        self._starting = 0
        self._closed = False
        self._changed = threading.Condition()

    def acquire(self, spec: InstanceSpec, version: Hashable, patience: float) -> Lease:
        """Return a warm instance of `version`, or a new one; wait up to `patience` seconds for a free place.

        Raises:
            TooManyInstances: every instance stayed busy.
            FunctionNotRunnable: the system cannot start a process.
            InstanceExited: the emulator is shutting down.
        """
        lease = self._reserve(version, time.monotonic() + patience)
        if lease is not None:
            return lease
        instance = None
        try:
            instance = Instance(spec, self._starter)
        except (OSError, ValueError) as error:
            if self._closed:
                raise shutting_down() from error
            raise FunctionNotRunnable(f"Function {self._name} cannot run: {error}") from error
        finally:
            with self._changed:
                self._starting -= 1
                closed = self._closed
                if instance is not None and not closed:
                    self._leased.add(instance)
                self._changed.notify()
        if closed:
            instance.kill()
            raise shutting_down()
        return Lease(instance, version, cold=True)

    def release(self, lease: Lease) -> None:
        """Take an instance back; one that cannot go on is ended."""
        usable = lease.instance.usable()
        if not usable:
            lease.instance.kill()
        with self._changed:
            self._leased.discard(lease.instance)
            if usable and not self._closed:
                lease.cold = False
                self._idle.append(lease)
            self._changed.notify()

    def state(self) -> PoolState:
        """Count the instances; one whose process is gone counts no more."""
        with self._changed:
            warm = sum(lease.instance.usable() for lease in self._idle)
            return PoolState(warm, len(self._leased), self._starting, self._limit)

    def empty(self) -> None:
        """End the instances that are idle."""
        with self._changed:
            idle, self._idle = self._idle, []
            self._changed.notify_all()
        for lease in idle:
            lease.instance.kill()

    def close(self) -> None:
        """End every instance, also in mid-call; later calls are refused."""
        with self._changed:
            self._closed = True
            instances = [*self._leased, *(lease.instance for lease in self._idle)]
            self._idle.clear()
            self._changed.notify_all()
        for instance in instances:
            instance.kill()

    def _reserve(self, version: Hashable, deadline: float) -> Lease | None:
        """Return a warm lease, or None when a place for a new instance has been reserved."""
        with self._changed:
            while True:
                if self._closed:
                    raise shutting_down()
                if (lease := self._take_idle(version)) is not None:
                    self._leased.add(lease.instance)
                    return lease
                if len(self._leased) + self._starting < self._limit:
                    self._starting += 1
                    return None
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TooManyInstances(
                        f"Resource limit exceed for function [{self._name}]",
                        hint=f"all {self._limit} instances stayed busy; the limit is --max-instances.",
                    )
                self._changed.wait(left)

    def _take_idle(self, version: Hashable) -> Lease | None:
        while self._idle:
            lease = self._idle.pop()
            if lease.version == version and lease.instance.usable():
                return lease
            lease.instance.kill()
        return None


def shutting_down() -> InstanceExited:
    """Return what calls get that come too late."""
    return InstanceExited("User process exit when running", hint="the emulator is shutting down.")
