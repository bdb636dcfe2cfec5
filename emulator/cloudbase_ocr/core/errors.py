"""The one way in which a WeChat call fails inside the emulator."""

from __future__ import annotations


class WeChatError(Exception):
    """A call that WeChat would answer with an errcode.

    `message` replaces the contract's text for the code where WeChat's text carries a value (an IP address).
    `reason` is for people: it goes to the call log, never over the wire, and must hold nothing secret.
    """

    def __init__(self, code: int, message: str | None = None, *, reason: str = "") -> None:
        """Fail with `code`."""
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.reason = reason

    def __str__(self) -> str:
        """Return code and reason, for logs."""
        return f"{self.code} {self.message or ''} {self.reason}".replace("  ", " ").strip()
