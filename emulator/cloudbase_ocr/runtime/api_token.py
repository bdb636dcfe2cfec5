"""WX_API_TOKEN as this emulator gives it out: it says who was called by whom, and protects nothing.

The platform puts an opaque token into the environment of each call; a cloud call carries it back, and so the platform
knows which function calls. Here the token is readable, ``emulator/<function>/<appid>/<openid>/<request>``, so that it
needs no memory and stays valid across restarts. A ``-`` stands for nothing; function ``-`` is a program outside the
runtime.
"""

from __future__ import annotations

from dataclasses import dataclass

_PREFIX = "emulator"
_NOTHING = "-"
_MAX_CHARACTERS = 600


@dataclass(frozen=True)
class ApiToken:
    """Which function was called ("": none, a program outside the runtime), and for whom."""

    function: str = ""
    appid: str = ""
    openid: str = ""

    def text(self, request_id: str) -> str:
        """Return the token of one call."""
        fields = (self.function, self.appid, self.openid, request_id)
        return "/".join((_PREFIX, *(field or _NOTHING for field in fields)))


def parse_token(text: str) -> ApiToken | None:
    """Return what a token says, or None when it is not one of this emulator's."""
    parts = text.split("/") if len(text) <= _MAX_CHARACTERS else []
    if len(parts) != 5 or parts[0] != _PREFIX or not all(parts) or not text.isascii():
        return None
    function, appid, openid = ("" if part == _NOTHING else part for part in parts[1:4])
    return ApiToken(function, appid, openid)
