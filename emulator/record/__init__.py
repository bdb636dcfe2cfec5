"""``cloudbase-ocr record``: a proxy in front of the real service that writes its answers down as fixtures."""

from __future__ import annotations

from emulator.record.keys import KeyRing
from emulator.record.proxy import create_proxy
from emulator.record.recorder import DIFFERENT, EQUAL, MODES, UNKNOWN, Recorder
from emulator.record.recording import Recording
from emulator.record.scrub import scrub
from emulator.record.upstream import Upstream

__all__ = [
    "DIFFERENT",
    "EQUAL",
    "MODES",
    "UNKNOWN",
    "KeyRing",
    "Recorder",
    "Recording",
    "Upstream",
    "create_proxy",
    "scrub",
]
