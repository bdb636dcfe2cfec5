"""The faults in force. While there is none, asking costs one look at an attribute."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudbase_ocr.state.faults.http import Hits
from cloudbase_ocr.state.faults.kinds import ENDINGS, FUNCTION, STORAGE, WECHAT
from cloudbase_ocr.state.faults.rule import Fault, Rule, is_storage

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.core.clock import Clock

MAX_FAULTS = 10_000


class Faults:
    """Faults, each with an id. Thread-safe.

    `http` and `functions` are the ones that can still happen, in the order in which they were added; they are
    replaced as a whole, so that calls read them without a lock.
    """

    def __init__(self, clock: Clock, random: Random) -> None:
        """Begin without faults; delays follow `clock`, seeds that nobody named come from `random`."""
        self.http: tuple[Rule, ...] = ()
        self.functions: tuple[Rule, ...] = ()
        self.clock = clock
        self._random = random
        self._rules: dict[str, Rule] = {}
        self._count = 0
        self._lock = threading.Lock()

    @property
    def all(self) -> list[Rule]:
        """Every fault, also those that are spent, in the order in which they were added."""
        with self._lock:
            return list(self._rules.values())

    def add(self, fault: Fault) -> Rule:
        """Put a fault in force.

        Raises:
            FaultError: it makes no sense.
            ValueError: there are too many already.
        """
        fault = fault.checked()
        with self._lock:
            if len(self._rules) >= MAX_FAULTS:
                raise ValueError(f"there are {MAX_FAULTS} faults already; remove some, or reset")
            self._count += 1
            if fault.seed is None:
                fault = replace(fault, seed=self._random.getrandbits(32))
            rule = self._rules[f"f{self._count}"] = Rule(f"f{self._count}", fault)
            self._refresh()
        return rule

    def remove(self, identifier: str) -> Rule | None:
        """Remove a fault and let go whom it holds; None when there is none of this id."""
        with self._lock:
            rule = self._rules.pop(identifier, None)
            self._refresh()
        if rule is not None:
            rule.ended.set()
        return rule

    def reset(self, appid: str | None = None) -> int:
        """Remove all faults, or those that are for one account; return how many."""
        gone = [rule for rule in self.all if appid in (None, rule.fault.appid)]
        for rule in gone:
            self.remove(rule.id)
        return len(gone)

    def http_hits(self, path: str, appid: str) -> Hits | None:
        """Count one HTTP call and return what happens to it, or None when nothing does."""
        surface = STORAGE if is_storage(path) else WECHAT
        rules = self._hits(self.http, surface, path, appid)
        return Hits(rules, self.clock) if rules else None

    def fail_download(self, path: str, appid: str) -> str:
        """Count one download of our own file store that WeChat makes for `img_url`, and delay it.

        Return which faults end it, or "" when it goes well.
        """
        hits = self.http_hits(path, appid) if self.http else None
        return hits.fail_download() if hits is not None else ""

    def spoil_cloud_call(self, path: str, appid: str) -> None:
        """Count one cloud call that stands for an HTTPS call of `path`, and delay it.

        Raises:
            WeChatError: the errcode that a fault asks for; -1 where the answer would not have come whole.
        """
        hits = self.http_hits(path, appid) if self.http else None
        if hits is not None:
            hits.spoil_cloud_call()

    def function_hits(self, name: str, appid: str) -> list[Rule]:
        """Count one call of a function and return what happens to it."""
        if not self.functions:
            return []
        return self._hits(self.functions, FUNCTION, name, appid)

    def close(self) -> None:
        """Let go everybody who is held."""
        self.reset()

    def _hits(self, rules: tuple[Rule, ...], surface: str, target: str, appid: str) -> list[Rule]:
        """Return the rules that hit a call; only one of them may end it, and later ones keep their hits for later."""
        hits: list[Rule] = []
        ended = False
        for rule in rules:
            if not rule.matches(surface, target, appid):
                continue
            ends = rule.fault.type in ENDINGS
            if rule.hit(only_count=ended and ends):
                hits.append(rule)
                ended = ended or ends
        if any(rule.spent for rule in rules):
            with self._lock:
                self._refresh()
        return hits

    def _refresh(self) -> None:
        live = [rule for rule in self._rules.values() if not rule.spent]
        self.http = tuple(rule for rule in live if rule.fault.surface != FUNCTION)
        self.functions = tuple(rule for rule in live if rule.fault.surface == FUNCTION)
