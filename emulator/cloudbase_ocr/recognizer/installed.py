"""Whether the engine is part of this installation: the one place that decides it. Nothing heavy is imported."""

from __future__ import annotations

import importlib.util
import sys

from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import RecognizerNotInstalled

PACKAGES = ("cv2", "numpy", "openvino", "PIL", "rapidocr")
"""What the extra ``ocr`` brings, by the names that are imported."""

REMEDY = "pip install 'cloudbase-ocr[ocr]'"


def not_installed() -> RecognizerNotInstalled | None:
    """Return why the engine is not part of this installation, in one sentence with the command that adds it.

    None when all of it is there; whether it works shows when it is loaded.
    """
    # One that another thread is just importing may have no spec yet.
    missing = [
        name for name in PACKAGES if sys.modules.get(name) is None and importlib.util.find_spec(name) is None
    ]
    if not missing:
        return None
    # Who has a part of it wants to know which part is not there.
    part = "" if len(missing) == len(PACKAGES) else f" ({', '.join(missing)} missing)"
    return RecognizerNotInstalled(
        _("the engine that reads photos is not installed{part}; run: {remedy}").format(
            part=part, remedy=REMEDY
        )
    )


def require_installed() -> None:
    """Raise `RecognizerNotInstalled` unless the engine is part of this installation."""
    if error := not_installed():
        raise error
