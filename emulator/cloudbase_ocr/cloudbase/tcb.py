"""Tencent Cloud API for CloudBase (tcb, version 2018-06-08): the one environment, and its functions.

What ``tcb`` (@cloudbase/cli 2.12.10) and @cloudbase/manager-node 5.6.5 ask before and beside they call functions, and
the fields that they read. (Documented: DescribeEnvs and its data types.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.cloudbase.function_facts import logs_of, page_of
from cloudbase_ocr.cloudbase.tencent_request import ApiError, ApiRequest
from cloudbase_ocr.runtime import REGION
from cloudbase_ocr.runtime.context import TENCENTCLOUD_APPID
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.files import bucket_of

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "2018-06-08"
_CHANNEL = "qc_console"


def describe_envs(asked: ApiRequest) -> dict[str, Any]:
    """List the environment, unless another one or another channel is asked for."""
    env_id, channels = asked.text("EnvId"), asked.parameters.get("Channels")
    hidden = isinstance(channels, list) and (_CHANNEL in channels) != _is_true(
        asked.parameters.get("IsVisible")
    )
    shown = [] if hidden or env_id not in ("", current().runtime.env_id) else [_environment()]
    return {"EnvList": shown, "Total": len(shown)}


def describe_env_info(asked: ApiRequest) -> dict[str, Any]:
    """Describe the environment.

    Raises:
        ApiError: another one is asked for.
    """
    env_id, own = asked.text("EnvId", required=True), current().runtime.env_id
    if env_id != own:
        text = f"There is no environment {env_id[:80]!r} here; there is {own!r}, and --env-id names another."
        raise ApiError("ResourceNotFound", text)
    return {"EnvInfo": {"EnvBaseInfo": _environment(), "UserInfo": {"AppId": TENCENTCLOUD_APPID}}}


def list_functions(asked: ApiRequest) -> dict[str, Any]:
    """List the functions, a page of them."""
    return page_of(asked)


def get_function_logs(asked: ApiRequest) -> dict[str, Any]:
    """List the latest calls of a function."""
    calls, _ = logs_of(asked.text("FunctionName", required=True), asked, asked.text("LogRequestId"))
    listed = [call.described() for call in calls]
    names = ("RequestId", "RetCode", "StartTime")
    return {"LogList": [{**{name: call[name] for name in names}, "RetryNum": 0} for call in listed]}


def get_function_log_detail(asked: ApiRequest) -> dict[str, Any]:
    """Give one call with its log. The answer's `RequestId` is that of the call, which ``tcb fn log`` shows.

    Raises:
        ApiError: no call of this ID is kept.
    """
    request_id = asked.text("LogRequestId", required=True)
    name = current().history.function_of(request_id)
    calls = logs_of(name, asked, request_id)[0] if name else []
    if not calls:
        raise ApiError(
            "ResourceNotFound", f"No call {request_id[:80]!r} is kept; there are the latest of each function."
        )
    told = calls[0].described()
    names = ("Duration", "MemUsage", "RetMsg", "StartTime", "RequestId")
    return {"Context": "", "ListOver": True, "LogJson": calls[0].log, **{name: told[name] for name in names}}


ACTIONS: dict[str, Callable[[ApiRequest], dict[str, Any]]] = {
    "DescribeEnvs": describe_envs,
    "DescribeEnvInfo": describe_env_info,
    "ListFunctions": list_functions,
    "GetFunctionLogs": get_function_logs,
    "GetFunctionLogDetail": get_function_log_detail,
}


def _environment() -> dict[str, Any]:
    env_id = current().runtime.env_id
    bucket = bucket_of(env_id)
    return {
        "EnvId": env_id,
        "Alias": env_id,
        "Source": "miniapp",
        "Status": "NORMAL",
        "EnvType": "baas",
        "EnvChannel": _CHANNEL,
        "Region": REGION,
        "PackageId": "",
        "PackageName": "",
        "PackageType": "",
        "PayMode": "postpaid",
        "IsAutoDegrade": False,
        "IsDefault": True,
        "IsDauPackage": False,
        "Tags": [],
        "Functions": [{"Namespace": env_id, "Region": REGION}],
        "Storages": [
            {
                "Region": REGION,
                "Bucket": bucket,
                "CdnDomain": f"{bucket}.tcb.qcloud.la",
                "AppId": TENCENTCLOUD_APPID,
            }
        ],
        "Databases": [],
        "LogServices": [],
        "CustomLogServices": [],
        "StaticStorages": [],
    }


def _is_true(value: Any) -> bool:
    """Read a truth value; the API's older form has it as text."""
    return value is True or value in ("true", "True", "1")
