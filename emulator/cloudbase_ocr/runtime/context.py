"""What a function is given: event and context, as SCF and CloudBase build them.

The keys of `context` are those of SCF's Python sample; the identity and its order are those of a recorded
call from a mini-program (the test data of tcb-admin-node).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cloudbase_ocr.runtime.api_token import ApiToken
from cloudbase_ocr.runtime.errors import EventTooLarge, InvalidEvent

if TYPE_CHECKING:
    from cloudbase_ocr.runtime.function_folders import FunctionInfo

MAX_EVENT_BYTES = 6 * 1024 * 1024
REGION = "ap-shanghai"
TENCENTCLOUD_APPID = "1250000000"
TENCENTCLOUD_UIN = "100000000000"
_IDENTITY = re.compile(r"[A-Za-z0-9_@.:-]{1,128}")
CREDENTIALS = {
    "TENCENTCLOUD_SECRETID": "emulator-secret-id",
    "TENCENTCLOUD_SECRETKEY": "emulator-secret-key",
    "TENCENTCLOUD_SESSIONTOKEN": "emulator-session-token",
}


_SOURCES = {"miniprogram": "wx_client", "http": "wx_http", "timer": "wx_trigger"}
_TIMER_TOKEN = "WX_TRIGGER_API_TOKEN_V0"  # noqa: S105 - a name, which @cloudbase/node-sdk looks for first


@dataclass(frozen=True)
class Caller:
    """Who calls.

    `kind` is ``miniprogram`` (wx.cloud.callFunction), ``http`` (WeChat's HTTP API, which knows the app but no user),
    ``timer`` (a timer trigger, which may make cloud calls, too) or ``api`` (Tencent Cloud API and the HTTP gateway,
    which carry no WeChat identity). `unionid` is there only for mini-programs of an open platform's account. `source`
    is what TCB_SOURCE says.

    Raises:
        ValueError: an identity has other characters than letters, digits and ``_ @ . : -``; a ``;``
            would break out of `context["environ"]`.
    """

    kind: Literal["miniprogram", "http", "timer", "api"] = "api"
    openid: str = ""
    appid: str = ""
    source: str = ""
    client_ip: str = "127.0.0.1"
    unionid: str = ""

    def __post_init__(self) -> None:
        """Refuse identities that the context cannot carry."""
        for key in ("openid", "appid", "source", "client_ip", "unionid"):
            value = getattr(self, key)
            if not isinstance(value, str) or (value and not _IDENTITY.fullmatch(value)):
                raise ValueError(
                    f"{key} may hold letters, digits and _ @ . : - (at most 128), not {str(value)[:80]!r}"
                )


def build_event(data: Any, caller: Caller) -> bytes:
    """Return the event as JSON text: the caller's data and what CloudBase puts beside it.

    Keys of the caller named `userInfo` or `tcbContext` are overwritten.

    Raises:
        InvalidEvent: `data` cannot be JSON, or is no object although it comes from WeChat.
        EventTooLarge: it is larger than 6 MB.
    """
    if caller.kind in ("miniprogram", "http"):
        if not isinstance(data, dict):
            raise InvalidEvent(
                "The request event is not a JSON object.", hint='send an object, such as {"imgUrl": ".."}'
            )
        user = {"appId": caller.appid}
        if caller.kind == "miniprogram":
            union = {"unionId": caller.unionid} if caller.unionid else {}
            data = {**data, "tcbContext": {}, "userInfo": {**user, "openId": caller.openid, **union}}
        else:
            data = {**data, "userInfo": user}
    try:
        # A lone surrogate is legal in JSON text but not in UTF-8: it becomes the escape that JSON has for it.
        event = json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidEvent("The request event is not JSON.", hint=str(error)) from error
    if len(event) > MAX_EVENT_BYTES:
        raise EventTooLarge(
            "The request event exceeds the quota limit of 6 MB.",
            hint=f"the event has {len(event)} bytes. Send pictures as URL or fileID, not inside the event.",
        )
    return event


def build_context(
    info: FunctionInfo, caller: Caller, *, request_id: str, env_id: str, time_limit: float, now: float
) -> dict[str, Any]:
    """Return the context dict of the second argument; `time_limit` is in seconds, `now` in epoch seconds."""
    environment = _identity(info.name, caller, request_id=request_id, env_id=env_id, now=now)
    return {
        "memory_limit_in_mb": info.memory,
        "time_limit_in_ms": int(time_limit * 1000),
        "request_id": request_id,
        "environment": json.dumps(environment, ensure_ascii=False),
        "environ": ";".join(f"{key}={value}" for key, value in environment.items()),
        "function_version": "$LATEST",
        "function_name": info.name,
        "namespace": env_id,
        "tencentcloud_region": REGION,
        "tencentcloud_appid": TENCENTCLOUD_APPID,
        "tencentcloud_uin": TENCENTCLOUD_UIN,
    }


def _identity(function: str, caller: Caller, *, request_id: str, env_id: str, now: float) -> dict[str, str]:
    """Return the pairs of `environment` in the recorded order; without WeChat, only the credentials."""
    pairs: dict[str, str] = {}
    if caller.kind != "api":
        if caller.kind == "miniprogram":
            pairs["WX_CLIENTIP"] = caller.client_ip
            pairs["WX_CLIENTIPV6"] = f"::ffff:{caller.client_ip}"
        pairs["WX_APPID"] = caller.appid
        if caller.kind == "miniprogram":
            pairs["WX_OPENID"] = caller.openid
        token = _TIMER_TOKEN if caller.kind == "timer" else "WX_API_TOKEN"
        pairs[token] = ApiToken(function, caller.appid, caller.openid).text(request_id)
        if caller.unionid:
            pairs["WX_UNIONID"] = caller.unionid
        pairs["WX_CONTEXT_KEYS"] = ",".join(pairs)
        tcb = {
            "TCB_ENV": env_id,
            "TCB_SEQID": f"{int(now * 1000)}-1",
            "TRIGGER_SRC": "timer" if caller.kind == "timer" else "tcb",
            "TCB_SESSIONTOKEN": f"emulator-{request_id}",
            "TCB_SOURCE": caller.source or _SOURCES[caller.kind],
        }
        pairs |= {**tcb, "TCB_CONTEXT_KEYS": ",".join(tcb)}
    return pairs | CREDENTIALS | {"SCF_NAMESPACE": env_id}
