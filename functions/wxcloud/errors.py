"""The error tree: what failed, and so what a caller can do about it.

::

    CloudSDKError            errCode, errMsg; to_dict() is what a function hands to its caller
    ├── ArgumentError        the call is written wrong: read the message, change the code
    ├── PictureError         no document, not a picture, too large, not fetchable: another picture
    ├── QuotaError           the day's calls are used up: wait or buy; never retry
    ├── CredentialError      appid, secret, token or IP allow-list: change the configuration
    ├── NotPermittedError    config.json, account or permission set does not allow the call
    └── ServiceError         busy, unreachable, too slow or unintelligible: try again later

Every class has the same two public fields as the error of wx-server-sdk (observation: 4.0.2, executed), so
code that only looks at `errCode` never needs the tree.
"""

from __future__ import annotations

import re
from typing import Any

_QUOTA_TEXT = "not enough market quota"
_RID = re.compile(r"rid: ([0-9a-f]+(?:-[0-9a-f]+)*)")


class CloudSDKError(Exception):
    """A cloud call that failed, with the code and the text that wx-server-sdk would give.

    `hints` are remarks of this package about the arguments (never part of `errMsg`).
    """

    def __init__(self, errCode: int, errMsg: str, hints: tuple[str, ...] = ()) -> None:
        """Keep code, text and hints."""
        super().__init__(errCode, errMsg, hints)
        self.errCode = errCode
        self.errMsg = errMsg
        self.hints = hints

    def __str__(self) -> str:
        """Return the SDK's message form: code, the SDK's own word for it if it has one, errMsg."""
        return f"errCode: {self.errCode} {_sdk_text(self.errCode)} | errMsg: {self.errMsg}"

    def to_dict(self) -> dict[str, Any]:
        """Return ``{errCode, errMsg}``, the JSON form of the SDK's error."""
        return {"errCode": self.errCode, "errMsg": self.errMsg}

    @property
    def rid(self) -> str:
        """WeChat's request ID, for a look-up in its console; empty when the reply had none (ruling R10)."""
        found = _RID.search(self.errMsg)
        return found.group(1) if found else ""

    @property
    def advice(self) -> str:
        """What a developer does about this code; empty when the code is not known."""
        from .errorcodes import CLOUD_ERRORS, ERRORS, MARKET_ERRORS

        code = 101003 if isinstance(self, QuotaError) and self.errCode == 101002 else self.errCode
        entry = CLOUD_ERRORS.get(code) or ERRORS.get(code) or MARKET_ERRORS.get(code)
        return entry.action if entry else ""


class ArgumentError(CloudSDKError):
    """The call is written wrong."""


class PictureError(CloudSDKError):
    """The picture is missing, too large, not a picture, not fetchable, or shows no document."""


class QuotaError(CloudSDKError):
    """The calls of the day are used up, or the pack was never claimed."""


class CredentialError(CloudSDKError):
    """Appid, secret, token or the server's address were not accepted."""


class NotPermittedError(CloudSDKError):
    """The function, the account or the third-party platform may not call this API."""


class ServiceError(CloudSDKError):
    """WeChat did not answer, answered too late, or answered something unintelligible."""


class Failure(Exception):
    """A failed step of a call, before the name of the API is put in front of its text.

    `retry`: no answer had come, so that sending again may help. `answered`: the text is WeChat's own.
    """

    def __init__(
        self,
        code: int,
        text: str,
        hints: tuple[str, ...] = (),
        *,
        retry: bool = False,
        answered: bool = False,
    ) -> None:
        """Keep code, text, hints and where they come from."""
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.hints = hints
        self.retry = retry
        self.answered = answered

    def again(self, *hints: str) -> Failure:
        """Return the same failure anew, for another thread or with more hints."""
        return Failure(self.code, self.text, (*self.hints, *hints), answered=self.answered)


_KINDS: dict[int, type[CloudSDKError]] = {
    **dict.fromkeys((-601002, 9301001, 9301006, 9301007, 9301008, 9301013), ArgumentError),
    **dict.fromkeys((41005, 101000, 101001, 101002, 9311003, -503003), PictureError),
    **dict.fromkeys((101003, 45009, 45011, 9301010, 9301011), QuotaError),
    **dict.fromkeys(
        (40001, 40002, 40013, 40014, 40125, 40164, 40243, 41001, 41002, 41004, 42001, 50004, 61004),
        CredentialError,
    ),
    **dict.fromkeys((-604100, -604101, 48001, 50002, 61007), NotPermittedError),
    **dict.fromkeys((-1, 9301002, 9301003, 9301012, -501001, -501002, -601001), ServiceError),
}


def wrong_argument(text: str) -> Failure:
    """Return the failure of a call that is written wrong."""
    return Failure(-601002, f"system args error: {text}")


def api_name(path: str) -> str:
    """Return an API's name as errors and logs have it: ``openapi.ocr.idcard``."""
    return f"openapi.{path}"


def api_error(api: str, failure: Failure) -> CloudSDKError:
    """Return the error of a call of `api`: ``openapi.ocr.idcard:fail <text>``."""
    kind = _KINDS.get(failure.code, CloudSDKError)
    if failure.code == 101002 and failure.text.startswith(_QUOTA_TEXT):  # ruling R9
        kind = QuotaError
    return kind(failure.code, f"{api}:fail {failure.text}", failure.hints)


def system_error(code: int, *hints: str) -> CloudSDKError:
    """Return an error of the platform itself, which carries no API name: -604100, -604101."""
    return _KINDS.get(code, CloudSDKError)(code, f"system error: error code: {code}", hints)


def _sdk_text(code: int) -> str:
    if code == -1:
        return "unknown error"
    from .contract import CLOUD_ERRORS

    entry = CLOUD_ERRORS.get(code)
    return entry.text if entry and entry.official else ""
