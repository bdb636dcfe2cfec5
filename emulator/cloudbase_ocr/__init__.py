"""Runs Python cloud functions and WeChat's OCR API on a developer's own machine.

What programs use is here; importing it costs nothing until a name is used::

    from cloudbase_ocr import recognize, start

    recognize("card.jpg", method="idcard").fields["name"]
    with start() as ocr:
        ...  # ocr.url stands for https://api.weixin.qq.com
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cloudbase_ocr.core.version import __version__

if TYPE_CHECKING:
    from cloudbase_ocr.answers.results import FieldEvidence, RecognitionResult
    from cloudbase_ocr.api import PictureOutcome, Recognizer, recognize
    from cloudbase_ocr.live import LiveEmulator, OcrEmulator, OcrEmulatorMixin, start
    from cloudbase_ocr.recognizer.errors import (
        DocumentNotFound,
        EngineUnavailable,
        FormatNotInstalled,
        ImageTooLarge,
        NotAnImage,
        RecognitionError,
        RecognizerBusy,
        RecognizerNotInstalled,
        TookTooLong,
        WorkerLost,
    )
    from cloudbase_ocr.settings import Settings

__all__ = [
    "DocumentNotFound",
    "EngineUnavailable",
    "FieldEvidence",
    "FormatNotInstalled",
    "ImageTooLarge",
    "LiveEmulator",
    "NotAnImage",
    "OcrEmulator",
    "OcrEmulatorMixin",
    "PictureOutcome",
    "RecognitionError",
    "RecognitionResult",
    "Recognizer",
    "RecognizerBusy",
    "RecognizerNotInstalled",
    "Settings",
    "TookTooLong",
    "WorkerLost",
    "__version__",
    "recognize",
    "start",
]

_HOMES = {
    "answers.results": ("FieldEvidence", "RecognitionResult"),
    "api": ("PictureOutcome", "Recognizer", "recognize"),
    "live": ("LiveEmulator", "OcrEmulator", "OcrEmulatorMixin", "start"),
    "settings": ("Settings",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # type checkers would take any name for one that exists

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used: who only asks for the version waits for nothing."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"cloudbase_ocr.{_HOME.get(name, 'recognizer.errors')}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names, before they are imported, too."""
    return sorted({*globals(), *__all__})
