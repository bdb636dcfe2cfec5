"""What can go wrong with one picture.

RecognitionError
    NotAnImage          the bytes are not a picture that can be decoded       (WeChat: 101002)
    ImageTooLarge       more pixels, or a longer strip, than is ever decoded  (WeChat: 101002)
    FormatNotInstalled  a file of this machine that needs the extra formats   (never over HTTP)
    DocumentNotFound    a picture, but not of the document that was asked for (WeChat: 101001)
    RecognizerBusy      others hold the engine for longer than the wait       (WeChat: -1)
    TookTooLong         reading took longer than one picture may              (WeChat: -1)
    WorkerLost          the process that read the picture ended               (WeChat: -1)
    EngineUnavailable   the engine or its weights cannot be loaded            (WeChat: -1)
        RecognizerNotInstalled   this installation is without the extra ocr   (WeChat: 101001)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.evidence import Explanation


class RecognitionError(Exception):
    """A picture could not be read; the text says why, for a person.

    `explanation` has what was found until then, without fields; None when the picture was not begun.
    """

    explanation: Explanation | None = None


class NotAnImage(RecognitionError):
    """The bytes are not a picture that can be decoded."""


class FormatNotInstalled(RecognitionError):
    """The picture's format needs the extra ``formats``; the text has the command that adds it."""


class ImageTooLarge(RecognitionError):
    """The picture has more pixels, or a more extreme shape, than is ever decoded."""


class DocumentNotFound(RecognitionError):
    """The picture does not show the document that was asked for."""


class RecognizerBusy(RecognitionError):
    """Other pictures hold the engine for longer than a caller may wait."""


class TookTooLong(RecognitionError):
    """Reading the picture took longer than one picture may."""


class WorkerLost(RecognitionError):
    """The worker process that read the picture crashed, or had to be ended."""


class EngineUnavailable(RecognitionError):
    """The engine or its weights cannot be loaded: something is missing, damaged, or of another version."""


class RecognizerNotInstalled(EngineUnavailable):
    """The engine is not part of this installation; the text has the command that adds it."""
