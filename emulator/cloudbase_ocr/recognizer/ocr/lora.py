"""A LoRA adapter that makes the recognition network one for blurred, noisy and tiny print.

It was trained by `tests/bench/ocr/training` on drawn lines of text. What it adds to the weights is for most of them the
product of two thin matrices, B A, so that the file stays small; a convolution or bias of few numbers has its whole
difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.errors import EngineUnavailable
from cloudbase_ocr.recognizer.ocr.quantized import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

FILE = "lora.npz"
# How the file calls the two thin matrices, behind the name of the weights.
LORA_B, LORA_A = "|up", "|down"


def apply_adapter(runtime: ModuleType, model: Any) -> None:
    """Add the adapter to a recognition network, in place. Raises `EngineUnavailable` when it is another network."""
    constants = {node.get_friendly_name(): node for node in model.get_ops() if _is_weights(node)}
    for name, delta in adapter():
        node = constants.get(name)
        if node is None or node.data.size != delta.size:
            raise EngineUnavailable(f"the reading model has no weights {name} of {delta.size} numbers")
        altered = runtime.opset13.constant(node.data + delta.reshape(node.data.shape))
        for user in node.output(0).get_target_inputs():
            user.replace_source_output(altered.output(0))


def adapter() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Names of weights, and what is to be added to them."""
    kept = load(FILE)
    for name, values in kept.items():
        if name.endswith(LORA_B):
            plain = name.removesuffix(LORA_B)
            yield plain, values @ kept[plain + LORA_A]
        elif not name.endswith(LORA_A):
            yield name, values


def _is_weights(node: Any) -> bool:
    return bool(
        node.get_type_name() == "Constant" and node.get_output_element_type(0).get_type_name() == "f32"
    )
