"""The emulator whose state is turned."""

from __future__ import annotations

from tests.emulator.control.conftest import appid, control, server

__all__ = ["appid", "control", "server"]
