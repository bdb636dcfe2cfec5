"""Reads real photos of documents, offline: bytes in, WeChat's business fields out. Imports nothing else of ours."""

from cloudbase_ocr.recognizer.errors import (
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
from cloudbase_ocr.recognizer.evidence import Candidate, Evidence, Explanation, Shown
from cloudbase_ocr.recognizer.serving.in_process import Recognizer
from cloudbase_ocr.recognizer.serving.pool import WorkerRecognizer
from cloudbase_ocr.recognizer.serving.service import Service, Status

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
