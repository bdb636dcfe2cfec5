"""WeChat's reply as an object: errcode and errmsg in front of the fields. What is random in it is added elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wxcloud.contract import DOCUMENTED, ERRORS, OBSERVED
from wxcloud.errorcodes import MARKET_ERRORS

if TYPE_CHECKING:
    from cloudbase_ocr.core.errors import WeChatError
    from cloudbase_ocr.settings import Settings


@dataclass(frozen=True)
class Envelope:
    """How WeChat wraps a reply: codes as numbers (ruling R1), errmsg as documented or as observed."""

    profile: str = OBSERVED

    @classmethod
    def of(cls, settings: Settings) -> Envelope:
        """Return the envelope that the settings ask for."""
        return cls(settings.profile)

    def success(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the object of a success."""
        return {"errcode": 0, "errmsg": "ok", **fields}

    def failure(self, code: int, errmsg: str) -> dict[str, Any]:
        """Return the object of an error."""
        return {"errcode": code, "errmsg": errmsg}

    def text(self, error: WeChatError) -> str:
        """Return an error's errmsg, without hint and rid."""
        if error.message is not None:
            return error.message
        known = ERRORS.get(error.code) or MARKET_ERRORS[error.code]
        return known.text if self.profile == DOCUMENTED else known.observed
