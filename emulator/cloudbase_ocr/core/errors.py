"""Errors that several rooms know: how a WeChat call fails inside the emulator, and why one cannot start."""

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


class OverloadError(WeChatError):
    """A call that would be answered a moment later, or elsewhere; with ``--overload 503`` proxies are told."""

    def __init__(self, reason: str = "") -> None:
        """Fail with -1."""
        super().__init__(-1, reason=reason)


class StateAwayError(OverloadError):
    """What instances share is not reached, or refuses. One line in the log has told of it, so a call has no reason."""


class AddressInUseError(OSError):
    """The address cannot be listened on; the message says what to do."""
