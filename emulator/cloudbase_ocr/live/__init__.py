"""A live emulator inside a program: what :func:`start` gives, and what test frameworks get.

Flask and the rest are imported when the emulator is made, not with this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.live.emulator import AccountQuota, AccountTokens, OcrEmulator
from cloudbase_ocr.live.host import Host
from cloudbase_ocr.live.per_test import EmulatorOfTests, OcrEmulatorMixin

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "AccountQuota",
    "AccountTokens",
    "EmulatorOfTests",
    "Host",
    "LiveEmulator",
    "OcrEmulator",
    "OcrEmulatorMixin",
    "start",
]


class LiveEmulator(OcrEmulator):
    """An emulator that a program has started, seen as the account `appid` of its settings, and how to end it.

    Use it in a ``with`` block, or `close` it.
    """

    def __enter__(self) -> LiveEmulator:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Release the port and end the functions' processes; may be called again. It takes some milliseconds."""
        self._host.close()


def start(**settings: Any) -> LiveEmulator:
    """Start an emulator in this process, and return it when it answers.

    The settings are those of ``cloudbase-ocr serve`` by name (`Settings` lists them), with a free port unless one is
    named: ``start(functions="cloudfunctions", quota_per_day=5)``. A path may be a text, and what may be repeated any
    list. Variables of the environment do not count. Each emulator
    has a state of its own, and several may run at a time. The engine is loaded by the first photo that no
    fixture answers.

    Raises:
        TypeError: there is no such setting, or it takes another type; the message says which.
        ValueError: a setting makes no sense; the message names it.
        OSError: a file that a setting names does not exist, or the address cannot be listened on.
    """
    from cloudbase_ocr.given_settings import settings_of

    chosen = settings_of(port=settings.pop("port", 0), **settings)
    host = Host(chosen)
    try:
        host.listen()
    except BaseException:
        host.close()
        raise
    return LiveEmulator(host, chosen.appid)
