"""The page Control."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from flask import request

from cloudbase_ocr.console.presets import COMPARED, FAULTS, SCENARIOS
from cloudbase_ocr.console.site import PREFIX, Page
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.core.jsonable import as_json
from cloudbase_ocr.state.faults import Fault
from cloudbase_ocr.state.faults.kinds import SURFACES
from cloudbase_ocr.state.faults.rule import OPTIONS
from cloudbase_ocr.state.quotas import PLATFORM_LIMITS
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from cloudbase_ocr.control.facade import Control
    from cloudbase_ocr.control.operations.clock import ClockState
    from cloudbase_ocr.control.operations.faults import FaultParameter, FaultType, FaultTypes
    from cloudbase_ocr.control.operations.scenarios import ScenarioState

_NO_JITTER = ("jitter_ms", 0)
OWN = tuple(field.name for field in fields(Fault) if field.name in OPTIONS)
"""What a fault in force is shown with first: the parameters of its type."""
MORE = ("appid", "nth", "times")
"""... and after its place; the script has both from the page."""


def _facts(control: Control) -> dict[str, Any]:
    own = control.health().appid
    tokens = control.tokens.list().tokens
    accounts = sorted({own, *(token.appid for token in tokens)})
    # One that is known, so that nothing of the request gets into the page; the script takes any.
    account = next((appid for appid in accounts if appid == request.args.get("appid")), own)
    methods = (None, *PLATFORM_LIMITS)  # every OCR method, then the interfaces of the platform
    quotas = [quota for method in methods for quota in control.quota.get(account, method).quotas]
    faults = control.faults.list().faults
    scenarios = control.scenarios.list().scenarios
    types = control.faults.types()
    method = METHODS[0].permission
    return {
        "clock": _clock(control),
        "tokens": tokens,
        "account": account,
        "accounts": accounts,
        "quotas": quotas,
        "faults": faults,
        "fault_presets": [(preset, preset.found(faults)) for preset in FAULTS],
        "compared": COMPARED,
        "own": OWN,
        "more": MORE,
        "surfaces": SURFACES,
        "fault_types": types.types,
        "fault_parameters": _parameters(types),
        "scenarios": scenarios,
        "scenario_presets": [
            (preset, any(one.name == preset.name(method) for one in scenarios)) for preset in SCENARIOS
        ],
        "methods": [permission for known in METHODS for permission in known.permissions],
        "method": method,
        "is_over": _is_over,
        "described": described,
        "defaults": _defaults,
        "as_json": lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True),
    }


def _clock(control: Control) -> ClockState | None:
    """Return what the clock shows; None when it is somebody's own, which nobody can turn here."""
    try:
        return control.clock.get()
    except ControlError:
        return None


def _parameters(types: FaultTypes) -> list[FaultParameter]:
    """Return every parameter of any fault once: those of single types first, then what all take."""
    own = [parameter for each in types.types for parameter in each.parameters]
    return list({parameter.name: parameter for parameter in (*own, *types.parameters)}.values())


def _defaults(kind: FaultType) -> dict[str, Any]:
    """Return what a type of fault takes where nothing is given."""
    return {one.name: one.default for one in kind.parameters if one.default is not None}


def _is_over(scenario: ScenarioState) -> bool:
    return scenario.after == "normal" and scenario.answered >= len(scenario.answers)


def described(fault: Fault) -> str:
    """Return what a fault does and whom it meets, as its parameters: ``errcode -1 · /cv/ocr/*``."""
    given = as_json(fault)
    own = [
        f"{name} {_plain(given[name])}" for name in OWN if name in given and (name, given[name]) != _NO_JITTER
    ]
    where = f"{fault.surface} {fault.method or fault.function or '*'}"
    more = [f"{name} {_plain(given[name])}" for name in MORE if name in given]
    chance = [f"probability {fault.probability:g}"] if fault.probability != 1 else []
    return " · ".join((*own, where, *more, *chance))


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


PAGE = Page("control", PREFIX + "control", _facts)
