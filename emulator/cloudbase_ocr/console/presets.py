"""Faults and scenarios that people turn on most, ready made. Each is one call of the control API, shown as a switch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.jsonable import as_json
from cloudbase_ocr.state.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudbase_ocr.state.faults import FaultState

COMPARED = tuple(field.name for field in fields(Fault) if field.name != "seed")
"""The parameters by which a fault in force is known as that of a switch; the seed is drawn."""

_OCR = "/cv/ocr/*"


@dataclass(frozen=True)
class FaultPreset:
    """A fault by name: `body` is what ``fault.add`` takes; its texts are ``fault_<key>`` and ``why_<key>``."""

    key: str
    body: Mapping[str, Any]

    @property
    def rule(self) -> dict[str, Any]:
        """The fault as ``fault.list`` shows it, with its defaults, and without what only a fault in force has."""
        return _bare(Fault(**self.body).checked())

    def found(self, faults: Iterable[FaultState]) -> str:
        """Return the ID of this very fault among those in force, "" when it is off."""
        return next((fault.id for fault in faults if _bare(fault) == self.rule), "")


@dataclass(frozen=True)
class ScenarioPreset:
    """A scenario by name; `answers` and `after` are what ``scenario.add`` takes. The method is the reader's choice."""

    key: str
    answers: list[Any] = field(default_factory=list)
    after: str = "normal"

    def name(self, method: str) -> str:
        """Return what the scenario of a method is called."""
        return f"{self.key.replace('_', '-')} {method}"

    def body(self, method: str) -> str:
        """Return the call's body as JSON."""
        return json.dumps(
            {"name": self.name(method), "method": method, "answers": self.answers, "after": self.after}
        )


FAULTS = (
    FaultPreset("busy", {"type": "errcode", "errcode": -1, "method": _OCR}),
    FaultPreset("flaky", {"type": "errcode", "errcode": -1, "method": _OCR, "probability": 0.3}),
    FaultPreset("slow", {"type": "latency", "ms": 3000.0, "method": _OCR}),
    FaultPreset("expired", {"type": "errcode", "errcode": 42001, "method": _OCR}),
    FaultPreset("used_up", {"type": "errcode", "errcode": 101003, "method": _OCR}),
    FaultPreset("gateway", {"type": "html", "status": 502, "method": _OCR}),
    FaultPreset("silent", {"type": "timeout", "method": _OCR}),
    FaultPreset("cut_off", {"type": "reset", "method": _OCR}),
    FaultPreset("half", {"type": "truncated", "method": _OCR}),
    FaultPreset("storage", {"type": "cos_error", "surface": "storage"}),
    FaultPreset("crash", {"type": "crash", "function": "*"}),
    FaultPreset("cold", {"type": "cold_start", "ms": 2000.0, "function": "*"}),
)
"""In the order of the page: what WeChat does, what the network does, then the store and the functions."""

SCENARIOS = (
    ScenarioPreset("fails_twice", [-1, -1, "success"]),
    ScenarioPreset("token_once", [42001, "success"]),
    ScenarioPreset("every_other", [-1, "normal"], "repeat"),
    ScenarioPreset("unreadable", [101001], "last"),
    ScenarioPreset("always_example", ["success"], "last"),
)


def _bare(fault: Fault) -> dict[str, Any]:
    return {name: value for name, value in as_json(fault).items() if name in COMPARED}
