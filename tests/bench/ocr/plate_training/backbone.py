"""What the recognition network sees in a crop, before it decides on characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cloudbase_ocr.recognizer.ocr.networks import prepared
from cloudbase_ocr.recognizer.ocr.plates import fingerprint, tapped
from cloudbase_ocr.recognizer.ocr.weights import find_weights, load_openvino

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture


class Backbone:
    """The part of the recognition network that the head stands on; it does not learn."""

    def __init__(self) -> None:
        """Load it for one thread."""
        runtime = load_openvino()
        core = runtime.Core()
        model = core.read_model(find_weights().recognition)
        node = tapped(model)
        self.fingerprint = {"fingerprint": fingerprint(model)}
        part = runtime.Model([node.output(0)], model.get_parameters(), "backbone")
        config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        self._request: Any = core.compile_model(prepared(runtime, part), "CPU", config).create_infer_request()

    def __call__(self, crop: Picture) -> NDArray[np.float16]:
        """Features of shape (384, 3, 42)."""
        self._request.infer([crop[np.newaxis]])
        return self._request.get_output_tensor(0).data[0].astype(np.float16)
