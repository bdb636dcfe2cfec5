"""Closing: nothing is read any more, and a process that ends then is not aborted by the engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.recognizer import Recognizer, RecognizerBusy

CARD = Path(__file__).parents[4] / "emulator" / "cloudbase_ocr" / "specimens" / "idcard-front.jpg"

_ENDS_WHILE_READING = """
import sys, threading
from pathlib import Path
from cloudbase_ocr.recognizer import Recognizer, RecognizerBusy

recognizer, picture, reading = Recognizer(), Path(sys.argv[1]).read_bytes(), threading.Barrier(4)
recognizer.warm()

def read():
    reading.wait()
    try:
        recognizer.recognize("idcard", picture)
    except RecognizerBusy:
        pass

for _ in range(3):
    threading.Thread(target=read, daemon=True).start()
reading.wait()
recognizer.close()
"""


def test_a_closed_recognizer_reads_nothing() -> None:
    recognizer = Recognizer()
    recognizer.close()
    recognizer.close()
    with pytest.raises(RecognizerBusy, match="closed"):
        recognizer.recognize("idcard", CARD.read_bytes())


@pytest.mark.check
def test_a_process_may_end_while_pictures_are_being_read() -> None:
    for _ in range(3):
        result = subprocess.run(
            [sys.executable, "-c", _ENDS_WHILE_READING, str(CARD)],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, b"")
