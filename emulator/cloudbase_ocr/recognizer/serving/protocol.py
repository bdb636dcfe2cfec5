"""How a recognizer and its worker processes talk: a JSON object and perhaps bytes, each with its length in front.

Nothing that a worker says is executed: a picture that takes a worker over gains nothing from the emulator's process.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from dataclasses import asdict
from typing import IO, Any

from cloudbase_ocr.recognizer import errors
from cloudbase_ocr.recognizer.evidence import Candidate, Evidence, Explanation, Shown

_LENGTHS = struct.Struct(">II")


def own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take the standard streams for messages; what libraries print goes to the standard error instead."""
    pipe_in, pipe_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    sys.stdout = sys.stderr
    return pipe_in, pipe_out


def send(pipe: IO[bytes], message: dict[str, Any], data: bytes = b"") -> None:
    """Write one message. Raises OSError when nobody reads any more."""
    text = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    pipe.write(_LENGTHS.pack(len(text), len(data)) + text)
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one message; None at the end, also in the middle of a message, and when it is none."""
    head = pipe.read(_LENGTHS.size)
    if len(head) < _LENGTHS.size:
        return None
    length, rest = _LENGTHS.unpack(head)
    text, data = pipe.read(length), pipe.read(rest)
    if len(text) < length or len(data) < rest:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (message, data) if isinstance(message, dict) else None


def packed(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as a JSON object."""
    return asdict(explanation)


def unpacked(value: dict[str, Any]) -> Explanation:
    """Return the explanation that `packed` made a JSON object of."""
    shown = value["picture"]
    return Explanation(
        value["fields"],
        {name: Evidence(**each) for name, each in value["evidence"].items()},
        value["stages"],
        value["seconds"],
        value["key"],
        tuple(Candidate(**each) for each in value["candidates"]),
        None if shown is None else Shown(**shown),
    )


def packed_error(error: Exception) -> dict[str, Any]:
    """Return an error as a JSON object; one that should not happen becomes a `RecognitionError`."""
    expected = isinstance(error, errors.RecognitionError)
    explanation = error.explanation if isinstance(error, errors.RecognitionError) else None
    return {
        "kind": type(error).__name__ if expected else "RecognitionError",
        "text": str(error) if expected else f"the recognizer failed: {type(error).__name__}: {error}",
        "explanation": None if explanation is None else packed(explanation),
    }


def unpacked_error(value: dict[str, Any]) -> errors.RecognitionError:
    """Return the error that `packed_error` made a JSON object of."""
    kind = getattr(errors, value["kind"], errors.RecognitionError)
    error: errors.RecognitionError = kind(value["text"])
    if value["explanation"] is not None:
        error.explanation = unpacked(value["explanation"])
    return error
