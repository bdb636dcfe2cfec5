"""Timer triggers: the event that one sends (documented: SCF's trigger event messages, 583/31927)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from cloudbase_ocr.runtime.function_folders import FunctionInfo

TIMER = "timer"


def timer_event(info: FunctionInfo, name: str, now: float) -> dict[str, Any]:
    """Return the event of the timer `name` of a function at `now`, in epoch seconds.

    CloudBase's files have no place for a message, so it is empty.

    Raises:
        ValueError: the function has no such timer.
    """
    timers = [trigger.name for trigger in info.config.triggers if trigger.kind == TIMER]
    if name not in timers:
        listed = ", ".join(timers) or "none"
        raise ValueError(
            _(
                "function {name} has no timer {timer!r}; there are {listed}. Write it as triggers in "
                "cloudbaserc.json or config.json"
            ).format(name=info.name, timer=name[:80], listed=listed)
        )
    time = datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"Type": "Timer", "TriggerName": name, "Time": time, "Message": ""}
