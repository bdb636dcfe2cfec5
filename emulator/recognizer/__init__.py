"""Reads real photos of documents, offline: bytes in, WeChat's business fields out. Imports nothing else of ours."""

from emulator.recognizer.errors import (
    DocumentNotFound,
    EngineUnavailable,
    ImageTooLarge,
    NotAnImage,
    RecognitionError,
    RecognizerBusy,
)
from emulator.recognizer.recognizer import Recognizer

__all__ = [
    "DocumentNotFound",
    "EngineUnavailable",
    "ImageTooLarge",
    "NotAnImage",
    "RecognitionError",
    "Recognizer",
    "RecognizerBusy",
]
