"""Reads real photos of documents, offline: bytes in, WeChat's business fields out. Imports nothing else of ours."""

from emulator.recognizer.errors import (
    DocumentNotFound,
    EngineUnavailable,
    ImageTooLarge,
    NotAnImage,
    RecognitionError,
    RecognizerBusy,
    RecognizerNotInstalled,
    TookTooLong,
    WorkerLost,
)
from emulator.recognizer.recognizer import Recognizer
from emulator.recognizer.report import Candidate, Evidence, Explanation, Shown
from emulator.recognizer.service import Service, Status
from emulator.recognizer.workers import WorkerRecognizer

__all__ = [
    "Candidate",
    "DocumentNotFound",
    "EngineUnavailable",
    "Evidence",
    "Explanation",
    "ImageTooLarge",
    "NotAnImage",
    "RecognitionError",
    "Recognizer",
    "RecognizerBusy",
    "RecognizerNotInstalled",
    "Service",
    "Shown",
    "Status",
    "TookTooLong",
    "WorkerLost",
    "WorkerRecognizer",
]
