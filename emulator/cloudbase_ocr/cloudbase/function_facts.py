"""What Tencent Cloud's API tells of functions and of their calls: fields by the API's names.

(Documented: data types of scf 2018-04-16.) Times are those of Shanghai. Logs and results are masked as in the journal.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.cloudbase.tencent_request import ApiError
from cloudbase_ocr.control.operations.functions import FunctionsControl
from cloudbase_ocr.core.clock import SHANGHAI
from cloudbase_ocr.journal.entries import record
from cloudbase_ocr.runtime import FunctionNotFound, find_function
from cloudbase_ocr.runtime.function_folders import take_snapshot
from cloudbase_ocr.state.emulator import current

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudbase_ocr.cloudbase.tencent_request import ApiRequest
    from cloudbase_ocr.control.operations.functions import CallState
    from cloudbase_ocr.runtime import FunctionInfo

MAX_SHOWN_CODE = 1024 * 1024
"""Bytes of the entry file that `CodeInfo` shows; of larger ones the API shows none."""
MAX_PAGE = 100
MAX_LOGS = 10_000

_TIME = "%Y-%m-%d %H:%M:%S"
_MEGABYTE = 1024 * 1024
_ORDERS: dict[str, Callable[[CallState], float]] = {
    "duration": lambda call: call.duration_ms,
    "mem_usage": lambda call: call.memory_mb,
    "start_time": lambda call: call.started,
}


@dataclass(frozen=True)
class PastCall:
    """A call that is over, as the control side tells it, with its log and its result."""

    state: CallState
    result: str

    @property
    def log(self) -> str:
        """What was printed, between SCF's lines."""
        return self.state.log

    def described(self) -> dict[str, Any]:
        """Return the fields but the log; `MemUsage` is in bytes, durations in milliseconds."""
        return {
            "RetMsg": self.result,
            "RequestId": self.state.request_id,
            "StartTime": time_text(self.state.started),
            "RetCode": self.state.code,
            "InvokeFinished": 1,
            "Duration": self.state.duration_ms,
            "BillDuration": self.state.billed_ms,
            "MemUsage": int(self.state.memory_mb * _MEGABYTE),
        }


def time_text(moment: float) -> str:
    """Return epoch seconds as the API writes times."""
    return datetime.fromtimestamp(moment, SHANGHAI).strftime(_TIME)


def page_of(asked: ApiRequest) -> dict[str, Any]:
    """Return a page of the functions whose names contain `SearchKey`, and how many there are.

    Raises:
        ApiError: a parameter is wrong.
    """
    wanted = asked.text("SearchKey")
    found = [info for info in current().runtime.functions() if wanted in info.name]
    offset, limit = asked.number("Offset", 0, MAX_LOGS), asked.number("Limit", 20, MAX_PAGE)
    return {
        "Functions": [_summary(info) for info in found[offset : offset + limit]],
        "TotalCount": len(found),
    }


def detail_of(name: str) -> dict[str, Any]:
    """Return everything about a function.

    Raises:
        ApiError: there is none of this name.
    """
    _check_name(name)
    info = next(info for info in current().runtime.functions() if info.name == name)
    config = info.config
    return {
        **_summary(info),
        "Handler": config.handler or "index.main",
        "CodeSize": sum(size for _, _, size in _files(info)),
        "CodeInfo": _code(info),
        "CodeResult": "success",
        "CodeError": "",
        "ErrNo": 0,
        "MemorySize": config.memory,
        "Timeout": config.timeout,
        "FunctionVersion": "$LATEST",
        "Environment": {
            "Variables": [{"Key": key, "Value": value} for key, value in config.environment.items()]
        },
        "InstallDependency": "TRUE" if config.install_dependency else "FALSE",
        "Layers": [{"LayerName": layer.name, "LayerVersion": layer.version} for layer in config.layers],
        "Triggers": [
            {
                "TriggerName": trigger.name,
                "TriggerDesc": json.dumps({"cron": trigger.config}),
                "Type": trigger.kind,
                "Enable": 1,
            }
            for trigger in config.triggers
        ],
        "VpcConfig": {"VpcId": "", "SubnetId": ""},
        "Role": "",
        "UseGpu": "FALSE",
        "Tags": [],
    }


def logs_of(name: str, asked: ApiRequest, request_id: str) -> tuple[list[PastCall], int]:
    """Return a page of the latest calls of a function that are over, and how many there are.

    `request_id` names one of them; `StartTime`, `EndTime`, `Filter`, `Order`, `OrderBy`, `Offset` and `Limit` come with
    the request.

    Raises:
        ApiError: there is no such function, or a parameter is wrong.
    """
    _check_name(name)  # calls of a name that no function has are kept, too
    calls = FunctionsControl(current()).logs(name, request_id=request_id or None).calls
    given = asked.parameters.get("Filter")
    code = given.get("RetCode") if isinstance(given, dict) else None
    within = _within(asked)
    chosen = [
        call
        for call in calls
        if not call.running and within(call.started) and (code is None or (code == "is0") == (call.code == 0))
    ]
    chosen.sort(
        key=_ORDERS.get(asked.text("OrderBy"), _ORDERS["start_time"]),
        reverse=asked.text("Order").lower() != "asc",
    )
    offset, limit = asked.number("Offset", 0, MAX_LOGS), asked.number("Limit", 20, MAX_LOGS)
    return [PastCall(call, _result(call)) for call in chosen[offset : offset + limit]], len(chosen)


def _check_name(name: str) -> None:
    try:
        find_function(current().runtime.project, name)
    except FunctionNotFound as error:
        raise ApiError("ResourceNotFound.FunctionName", f"{error.message} {error.hint}") from error


def _within(asked: ApiRequest) -> Callable[[float], bool]:
    """Return whether a call began in the interval.

    The cloud reads both times as Shanghai's, and tcb sends those of its machine's zone: either will do, so that logs
    are found outside China.
    """
    start, end = _moments(asked, "StartTime"), _moments(asked, "EndTime")
    return lambda moment: any(
        (low is None or low <= int(moment)) and (high is None or int(moment) <= high)
        for low, high in zip(start, end, strict=True)
    )


def _moments(asked: ApiRequest, name: str) -> tuple[float | None, float | None]:
    text = asked.text(name)
    if not text:
        return None, None
    try:
        time = datetime.strptime(text, _TIME)  # noqa: DTZ007 - both zones follow
        return time.replace(tzinfo=SHANGHAI).timestamp(), time.timestamp()
    except (ValueError, OverflowError, OSError) as error:
        text = f"{name} must be a time such as 2026-05-16 20:00:00, and not {text[:40]!r}."
        raise ApiError(f"InvalidParameterValue.{name}", text) from error


def _result(call: CallState) -> str:
    """Return what a call answered as the journal shows it, "" where the journal does not have it any more."""
    if call.code:
        return json.dumps({"errorMessage": call.message, "statusCode": call.code}, ensure_ascii=False)
    journal = current().journal
    entry = journal.find(call.request_id)
    if entry is None:
        return ""
    return json.dumps(record(entry, personal=journal.personal)["answer"], ensure_ascii=False)


def _summary(info: FunctionInfo) -> dict[str, Any]:
    emulator = current()
    times = [modified for _, modified, _ in _files(info)] or [0]
    return {
        "FunctionId": "lam-" + hashlib.sha256(info.name.encode("utf-8", "replace")).hexdigest()[:8],
        "FunctionName": info.name,
        "Namespace": emulator.runtime.env_id,
        "Runtime": emulator.runtime.runtime_of(info),
        "Type": info.config.kind,
        "Status": "Active" if info.runnable else "CreateFailed",
        "StatusDesc": info.reason,
        "StatusReasons": [],
        "Description": info.note,
        "AddTime": time_text(min(times) / 1e9),
        "ModTime": time_text(max(times) / 1e9),
    }


def _files(info: FunctionInfo) -> list[tuple[str, int, int]]:
    """Return name, modification time in nanoseconds and size of the files in a function's folder."""
    own = str(info.path)
    return [file for file in take_snapshot(current().runtime.root, info) if file[0].startswith(own)]


def _code(info: FunctionInfo) -> str:
    stem = (info.handler or "index.main").rpartition(".")[0]
    path: Path = info.path / f"{stem}{info.language.suffixes[0]}"
    try:
        code = path.read_bytes()
    except OSError:
        return ""
    return code.decode("utf-8", "replace") if len(code) <= MAX_SHOWN_CODE else ""
