"""What happens to one call of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.runtime import Injected
from cloudbase_ocr.state.faults.kinds import FUNCTION_CODES

if TYPE_CHECKING:
    from cloudbase_ocr.runtime import Caller
    from cloudbase_ocr.runtime.injected import Ending
    from cloudbase_ocr.state.faults.rule import Fault
    from cloudbase_ocr.state.faults.store import Faults

_BY_CODE: dict[int | None, Ending] = dict(
    zip(FUNCTION_CODES, ("not_found", "failed", "timed_out"), strict=True)
)
_BY_TYPE: dict[str, Ending] = {"crash": "crashed", "memory": "memory"}
_NOTHING = Injected()


def inject(faults: Faults, name: str, caller: Caller) -> Injected:
    """Count one call of a function, delay it, and return what goes wrong with it."""
    hits = faults.function_hits(name, caller.appid) if faults.functions else []
    if not hits:
        return _NOTHING
    for rule in hits:
        if rule.fault.type == "latency":
            faults.clock.sleep(rule.delay())
    cold = [rule for rule in hits if rule.fault.type == "cold_start"]

    def start() -> None:
        for rule in cold:
            faults.clock.sleep(rule.delay())

    names = ", ".join(f"{rule.id} {rule.fault.type}" for rule in hits)
    ending = next((ending for rule in hits if (ending := _ending(rule.fault)) is not None), None)
    return Injected(ending, bool(cold), start, f"fault {names} asks for it")


def _ending(fault: Fault) -> Ending | None:
    return _BY_CODE[fault.errcode] if fault.type == "errcode" else _BY_TYPE.get(fault.type)
