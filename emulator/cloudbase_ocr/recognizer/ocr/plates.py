"""A head for number plates on the recognition network: what that network sees in a plate in, its characters out.

It was trained by `tests/bench/ocr/plate_training` on drawn plates. The recognition network's own last layers were made
for text of any kind; this head knows the squeezed characters of plates, and takes steps of half the width. A letter O
comes back as a zero: in print only its place tells them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.ocr.quantized import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture
    from cloudbase_ocr.recognizer.ocr.ctc import Probabilities
    from cloudbase_ocr.recognizer.ocr.networks import Core, Outputs

HEAD_FILE = "plates.npz"
# What the network takes, in pixels. A plate in two rows comes with its upper row, so wide, to the left of the lower.
HEIGHT, WIDTH, UPPER = 48, 168, 56
# Where the upper row ends and the lower begins, as shares of the height; they overlap, for crops are inexact.
UPPER_END, LOWER_START = 0.42, 0.36
# Contrast is stretched between these hundredths of the pixels, but not where there is next to none.
TAILS, LEAST_RANGE = (2, 98), 12.0
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# The classes; the first is the blank of CTC.
ALPHABET = ("", *PROVINCES, *"使学警港澳挂领试超民航", *"0123456789", *"ABCDEFGHJKLMNPQRSTUVWXYZ")
# Marks between the characters of a plate, as they are read.
SILENT = "·.-—:：、 "


class PlateRecognizer:
    """Reads what the recognition network gives for a plate: by the head, and by that network's own last layer.

    `alphabet` names the classes of the last layer. `model` reads that network for the head; without it
    there is only the last layer.
    """

    def __init__(
        self,
        runtime: ModuleType,
        core: Core,
        config: dict[str, Any],
        alphabet: Sequence[str],
        model: Callable[[], Any] | None,
    ) -> None:
        """Keep what is needed; the head is compiled by the first plate."""
        self._head = None if model is None else PlateHead(runtime, core, config, model)
        # What looks alike on plates counts together; marks between characters say nothing, as the blank.
        alike = {"": ("", *SILENT), "0": ("0", "O"), "1": ("1", "I")}
        places = {name: index for index, name in enumerate(alphabet)}
        self._classes = [
            [places[each] for each in alike.get(name, (name,)) if each in places] for name in ALPHABET
        ]

    def __call__(self, outputs: Outputs) -> list[Probabilities]:
        """The probabilities of `ALPHABET`, the head's first; of what the network gives, its features come last."""
        text = outputs[0][0]
        general = np.stack([text[:, classes].sum(axis=1) for classes in self._classes], axis=1)
        return [*([self._head(outputs[-1])] if self._head is not None else []), general]


class PlateHead:
    """The head, compiled by the first plate."""

    def __init__(
        self, runtime: ModuleType, core: Core, config: dict[str, Any], model: Callable[[], Any]
    ) -> None:
        """Keep what compiles it; `model` reads the recognition network."""
        self._runtime, self._core, self._config, self._model = runtime, core, config, model
        self._request: Any = None

    def __call__(self, features: NDArray[np.float32]) -> Probabilities:
        """The probabilities of `ALPHABET`, step by step, of shape (21, classes), from the features of a plate."""
        if self._request is None:
            compiled = self._core.compile_model(_head(self._runtime, self._model()), "CPU", self._config)
            self._request = compiled.create_infer_request()
        self._request.infer([features])
        return np.array(self._request.get_output_tensor(0).data[0])


def weights() -> dict[str, NDArray[np.float32]]:
    """The head's weights by the names of the network's own, and the fingerprint of the network."""
    return load(HEAD_FILE)


def fitted(crop: Picture, rows: int = 1) -> Picture:
    """A plate as the network takes it, of shape (48, 168, 3)."""
    crop = _stretched(crop)
    if rows == 1:
        return _sized(crop, WIDTH)
    high = crop.shape[0]
    upper, lower = crop[: round(UPPER_END * high)], crop[round(LOWER_START * high) :]
    return np.concatenate([_sized(upper, UPPER), _sized(lower, WIDTH - UPPER)], axis=1)


def _stretched(crop: Picture) -> Picture:
    low, high = np.percentile(crop, TAILS)
    levels = np.clip((np.arange(256) - low) * (255 / max(LEAST_RANGE, float(high - low))), 0, 255)
    return np.asarray(cv2.LUT(crop, levels.astype(np.uint8)), np.uint8)


def _sized(crop: Picture, width: int) -> Picture:
    method = cv2.INTER_AREA if crop.shape[0] > HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (width, HEIGHT), interpolation=method), np.uint8)


def _head(runtime: ModuleType, model: Any) -> Any:
    """The network's last layers alone, with the head's weights."""
    pool = tapped(model)
    given = runtime.opset13.parameter(pool.output(0).get_partial_shape(), np.float32, name="features")
    for user in pool.output(0).get_target_inputs():
        user.replace_source_output(given.output(0))
    constants = {node.get_friendly_name(): node for node in model.get_ops()}
    for name, learnt in weights().items():
        node = constants.get(name)
        if node is not None:
            altered = runtime.opset13.constant(learnt)
            for user in node.output(0).get_target_inputs():
                user.replace_source_output(altered.output(0))
    head = runtime.Model([model.output(0).get_node().input_value(0)], [given], "plates")
    head.validate_nodes_and_infer_types()
    return head


def with_features(runtime: ModuleType, model: Any) -> bool:
    """Let a recognition network give its features, too; False when the head was not trained on this network."""
    try:
        node = tapped(model)
    except LookupError:
        return False
    if not np.allclose(fingerprint(model), weights()["fingerprint"], atol=5e-3):
        return False
    model.add_results([runtime.opset13.result(node.output(0))])
    return True


def tapped(model: Any) -> Any:
    """The node of a recognition network whose features the head reads: where the height is averaged.

    Raises `LookupError` when it is built in another way.
    """
    pools = [node for node in model.get_ordered_ops() if node.get_type_name() == "AvgPool"]
    if not pools:
        raise LookupError("no AvgPool")
    return pools[-1]


def fingerprint(model: Any) -> NDArray[np.float32]:
    """Some numbers of a network's weights: the head fits those that it was trained on."""
    first = next(node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution")
    weights = first.input_value(1).get_node()
    return np.asarray(weights.data, np.float32).reshape(-1)[:64]
