"""What is printed on the specimens."""

from __future__ import annotations

from tests.emulator.recognizer.conftest import truth

__all__ = ["truth"]
