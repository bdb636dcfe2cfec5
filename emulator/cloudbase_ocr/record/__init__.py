"""``cloudbase-ocr record``: a proxy in front of the real service that writes its answers down as fixtures."""

from __future__ import annotations

from cloudbase_ocr.record.keys import KeyRing
from cloudbase_ocr.record.proxy import create_proxy
from cloudbase_ocr.record.recorder import DIFFERENT, EQUAL, MODES, UNKNOWN, Recorder
from cloudbase_ocr.record.recording import Recording
from cloudbase_ocr.record.scrub import scrub
from cloudbase_ocr.record.upstream import Upstream

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
