"""Who sends a request to ``/admin``: which function, for which user; and what that function may call.

A function of the runtime sends back the token that its context carried (WX_API_TOKEN), and the token names it. A
program outside the runtime has another token, or none. CloudBase refuses both ("missing wxCloudApiToken", "Invalid
wxCloudApiToken": documented in its list of common errors, and seen in public logs); this emulator accepts them, so
that scripts and tests work without any set-up, and leaves a note; ``--strict`` refuses them as CloudBase does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.cloudbase.bodies import text_field
from cloudbase_ocr.cloudbase.replies import TcbError
from cloudbase_ocr.core.errors import StateAwayError, WeChatError
from cloudbase_ocr.runtime import Caller, FunctionInfo, FunctionNotFound, find_function, parse_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.state.emulator import Emulator

_MISSING = (
    "the request carries no wxCloudApiToken: it comes from outside a call that began in a mini-program. "
    "CloudBase refuses it (-501007 missing wxCloudApiToken), --strict does as well"
)
_UNKNOWN = (
    "the wxCloudApiToken is none of this emulator's. CloudBase refuses such a one (-501007 Invalid wxCloudApiToken), "
    "--strict does as well; `cloudbase-ocr env` prints one that is valid"
)
_OUTSIDE = (
    "the call comes from a program outside the runtime, so no config.json decides what it may call; "
    "`cloudbase-ocr env --function NAME` names a function, --strict refuses it with -604101"
)


@dataclass(frozen=True)
class Source:
    """Where a request comes from.

    `function` is None for a program outside the runtime; `appid` and `openid` are those of the user whom the
    function serves; `from_wechat` says that the chain of calls began in a mini-program.
    """

    appid: str
    openid: str = ""
    function: FunctionInfo | None = None
    container: bool = False
    from_wechat: bool = False

    def as_caller(self) -> Caller:
        """Return who calls, when this source calls a function: the same user, if there is one."""
        if self.from_wechat and self.openid:
            return Caller("miniprogram", openid=self.openid, appid=self.appid)
        return Caller("http", appid=self.appid) if self.from_wechat else Caller("api")


def find_source(emulator: Emulator, fields: dict[str, Any]) -> Source:
    """Return where a request comes from, by the token that it carries; one without a valid token is a stranger."""
    settings = emulator.settings
    token = parse_token(text_field(fields, "wxCloudApiToken"))
    if token is None:
        container = bool(text_field(fields, "wxCloudbaseAccesstoken"))
        return Source(settings.appid, container=container)
    function = None
    if token.function:
        try:
            function = find_function(emulator.runtime.root, token.function)
        except FunctionNotFound:
            # No path of its own: pathlib keeps every name it has ever seen.
            function = FunctionInfo(token.function, emulator.runtime.root)
    return Source(token.appid or settings.appid, token.openid, function, from_wechat=True)


def check_token(emulator: Emulator, fields: dict[str, Any], note: Callable[[str], None]) -> None:
    """Check that a cloud call carries a token.

    Raises:
        TcbError: INVALID_PARAM in strict mode, without a token or with one of somebody else's.
    """
    text, container = (text_field(fields, name) for name in ("wxCloudApiToken", "wxCloudbaseAccesstoken"))
    if text:
        if parse_token(text) is None:
            _refuse(emulator, "Invalid wxCloudApiToken", _UNKNOWN, note)
    elif container:
        try:
            emulator.tokens.owner(container, container=True)
        except StateAwayError:
            raise
        except WeChatError:
            _refuse(emulator, "Invalid wxCloudbaseAccesstoken", _UNKNOWN, note)
    else:
        _refuse(emulator, "missing wxCloudApiToken", _MISSING, note)


def may_call(emulator: Emulator, source: Source, api: str, note: Callable[[str], None]) -> bool:
    """Tell whether the source's config.json lists `api` (``ocr.idcard``) under permissions.openapi.

    config.json is read anew for each call; for wx-server-sdk, the cloud keeps the old list for about ten minutes.
    """
    if source.container:
        return True  # a container has no config.json; its permissions are set in the console
    if source.function is None:
        if source.from_wechat:
            note(_OUTSIDE)
        return not emulator.settings.strict
    if api in source.function.permissions:
        return True
    note(
        f'function {source.function.name} may not call {api} (-604101): add "{api}" to permissions.openapi in its '
        "config.json"
    )
    return False


def _refuse(emulator: Emulator, message: str, hint: str, note: Callable[[str], None]) -> None:
    if emulator.settings.strict:
        raise TcbError("INVALID_PARAM", message, hint)
    note(hint)
