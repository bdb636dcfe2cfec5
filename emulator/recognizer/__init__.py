"""Reads real photos of documents, offline: bytes in, WeChat's business fields out. Imports nothing else of ours."""

from emulator.recognizer.errors import (
    DocumentNotFound,
    EngineUnavailable,
    ImageTooLarge,
    NotAnImage,
    RecognitionError,
    RecognizerBusy,
    TookTooLong,
)
from emulator.recognizer.recognizer import Recognizer
from emulator.recognizer.report import Evidence, Explanation

__all__ = [
    "DocumentNotFound",
    "EngineUnavailable",
    "Evidence",
    "Explanation",
    "ImageTooLarge",
    "NotAnImage",
    "RecognitionError",
    "Recognizer",
    "RecognizerBusy",
    "TookTooLong",
]
