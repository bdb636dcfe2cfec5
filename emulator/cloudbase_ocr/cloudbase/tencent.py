"""Tencent Cloud's API (API 3.0) at ``/``: which action of which service a request is for, and the form of answers.

Every answer is HTTP 200 with ``{"Response": {...}}``. It is asked by POST and by GET, in the forms that
``tencent_request.py`` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from cloudbase_ocr.cloudbase import scf, tcb
from cloudbase_ocr.cloudbase.admin import signed_request, signing_keys
from cloudbase_ocr.cloudbase.tencent_request import ApiError, ApiRequest, action_of, read_request
from cloudbase_ocr.cloudbase.tencent_signatures import check_signature
from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.core.tencent_api import READING, is_tencent_api
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat.replies import call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

bp = Blueprint("tencent", __name__)

_MAX_SHOWN = 80


@dataclass(frozen=True)
class Service:
    """One service of the API: its name, which is that of its host and of signatures' scopes, and its actions."""

    name: str
    version: str
    actions: Mapping[str, Callable[[ApiRequest], dict[str, Any]]]


SERVICES = (
    Service("scf", scf.VERSION, scf.ACTIONS),
    Service("tcb", tcb.VERSION, tcb.ACTIONS),
)


def answer_reading() -> Response | None:
    """Answer what asks the API by GET, where the console would answer; to be run before every request."""
    return answer() if request.method in READING and is_tencent_api(request.environ) else None


@bp.route("/", methods=("POST", "PUT", "DELETE", "PATCH"))
def answer() -> Response:
    """Answer one request, and write its line into the log; calls of functions have lines of their own."""
    emulator, entry = current(), call()
    request_id = emulator.runtime.new_id()
    entry.path = _described(action_of(request))
    told = True
    try:
        emulator.guard.check_functions()
        asked = read_request(request)
        entry.path = _described(asked.action)
        service = _service_of(asked)
        _check_signature(asked, service)
        action = service.actions[asked.action]
        body = action(asked)
        told = action is not scf.invoke
    except ApiError as error:
        body = {"Error": {"Code": error.code, "Message": str(error)}}
        entry.code, entry.errmsg = error.code, str(error)
    body.setdefault("RequestId", request_id)
    if told:
        entry.seconds = emulator.clock.monotonic() - entry.started
        emulator.log.record(entry)
    return json_response({"Response": body}, compact=False)


def _described(action: str) -> str:
    return f"/ {action[:_MAX_SHOWN]}".rstrip()


def _service_of(asked: ApiRequest) -> Service:
    having = [service for service in SERVICES if asked.action in service.actions]
    versions = {service.version for service in SERVICES}
    if asked.version and having and asked.version not in versions:
        known = ", ".join(f"{service.version} ({service.name})" for service in SERVICES)
        raise ApiError(
            "NoSuchVersion", f"The version {asked.version[:40]!r} does not exist here; there are {known}."
        )
    host = request.host.partition(".")[0]
    having = [service for service in having if asked.version in ("", service.version)]
    if having:
        return next((service for service in having if service.name == host), having[0])
    known = "; ".join(
        f"{service.name} {service.version}: {', '.join(service.actions)}" for service in SERVICES
    )
    shown = repr(asked.action[:_MAX_SHOWN])
    raise ApiError("InvalidAction", f"The action {shown} does not exist here; there are {known}.")


def _check_signature(asked: ApiRequest, service: Service) -> None:
    emulator = current()
    if emulator.keys:
        signed = signed_request({})
        check_signature(request.method, signed, asked, service.name, signing_keys(), emulator.clock.now())
