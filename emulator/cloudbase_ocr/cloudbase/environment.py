"""``GET /_emulator/env``: the variables that point a program outside the runtime at this emulator.

They are those that a function finds in the cloud, plus one that redirects the SDKs: ``TCB_CONTEXT_CNFG`` names the URL
of ``/admin`` (wx-server-sdk 2.6.3 and later, @cloudbase/node-sdk 2.9.1 and later; recipe 2 of the protocol notes).
Python functions with wxcloud read ``WXCLOUD_API_BASE``.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from cloudbase_ocr.cloudbase.files import base_url
from cloudbase_ocr.cloudbase.replies import json_reply
from cloudbase_ocr.runtime import CREDENTIALS, REGION, ApiToken, FunctionNotFound, find_function
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.tls import TlsError

bp = Blueprint("environment", __name__)


@bp.get("/_emulator/env")
def env() -> Response:
    """Give the variables; ``?function=NAME`` makes the program count as that function, with its permissions.

    ``?appid=`` makes it belong to another account than the simulated mini-program's. ``?https=1`` adds what leads
    programs with a literal https address here, and lets them trust it.
    """
    name = request.args.get("function", "")
    found = {}
    if request.args.get("https"):
        try:
            found = _https()
        except TlsError as error:
            return json_reply({"error": str(error)}, 409)
    if name:
        try:
            find_function(current().runtime.root, name)
        except FunctionNotFound as error:
            return json_reply({"error": error.hint}, 404)
    return json_reply({**variables(base_url(), name, request.args.get("appid", "")), **found})


def _https() -> dict[str, str]:
    # Here: only few ask for it, and every start would pay.
    from cloudbase_ocr.tls.variables import https_variables

    emulator = current()
    if emulator.authorities is None:
        raise TlsError(
            f"there is no https here: {emulator.settings.why_no_tls}; start the emulator without it"
        )
    return https_variables(emulator.authorities, base_url(), passes=emulator.settings.pass_other_hosts)


def variables(url: str, function: str = "", appid: str = "") -> dict[str, str]:
    """Return the variables, in the order in which they are shown.

    Args:
        url: of the emulator.
        function: whose permissions hold; "" for none.
        appid: the account; "" for the simulated mini-program's.
    """
    emulator = current()
    settings, functions = emulator.settings, emulator.runtime.env
    account = appid or settings.appid
    token = ApiToken(function, account, settings.openid).text("env")
    user = {"WX_APPID": account, "WX_OPENID": settings.openid, "WX_API_TOKEN": token}
    tcb = {
        "TCB_ENV": emulator.runtime.env_id,
        "TCB_SEQID": "0-1",
        "TCB_SESSIONTOKEN": token,
        "TCB_SOURCE": "wx_client",
    }
    return {
        "TCB_CONTEXT_CNFG": json.dumps({"URL": f"{url}/admin"}, separators=(",", ":")),
        "TENCENTCLOUD_RUNENV": "SCF",
        "TENCENTCLOUD_REGION": REGION,
        "SCF_NAMESPACE": emulator.runtime.env_id,
        **({"SCF_FUNCTIONNAME": function} if function else {}),
        **CREDENTIALS,
        **user,
        "WX_CONTEXT_KEYS": ",".join(user),
        **tcb,
        "TCB_CONTEXT_KEYS": ",".join(tcb),
        "WXCLOUD_API_BASE": url,
        "WECHAT_APPID": appid or functions["WECHAT_APPID"],
        "WECHAT_APPSECRET": functions["WECHAT_APPSECRET"],
    }
