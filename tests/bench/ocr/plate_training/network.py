"""The head for plates in PyTorch: the recognition network's own last layers, which learn plates from there."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from cloudbase_ocr.recognizer.ocr.plates import ALPHABET
from cloudbase_ocr.recognizer.ocr.weights import find_weights
from tests.bench.ocr.training.network import OPERATIONS, attributes


class PlateHead(torch.nn.Module):
    """Features of shape (n, 384, 1, 21), the mean over the height, to logits of shape (n, 21, classes)."""

    def __init__(self) -> None:
        """Begin with the weights of the recognition network."""
        super().__init__()
        model = onnx.load(str(find_weights().recognition))
        listed = next(each.value for each in model.metadata_props if each.key == "character")
        names = ["", *listed.split("\n"), " "]
        keep = [names.index(name) for name in ALPHABET]
        nodes = list(model.graph.node)
        pool = max(place for place, node in enumerate(nodes) if node.op_type == "AveragePool")
        last = max(place for place, node in enumerate(nodes) if node.op_type == "Softmax")
        self._input = nodes[pool].output[0]
        self._steps = [(node, attributes(node)) for node in nodes[pool + 1 : last]]
        self._output = nodes[last].input[0]
        used = {name for node, _ in self._steps for name in node.input}
        self._constants: dict[str, torch.Tensor] = {}
        self._places: dict[str, str] = {}
        self.learnt = torch.nn.ParameterDict()
        for constant in model.graph.initializer:
            if constant.name not in used:
                continue
            values = np.array(numpy_helper.to_array(constant))
            if (
                values.dtype != np.float32
                or values.size == 1
                or ("batch_norm" in constant.name and _is_statistic(constant.name))
            ):
                self._constants[constant.name] = torch.from_numpy(values)
            else:
                cut = values[..., keep] if values.shape[-1] == len(names) else values
                key = f"p{len(self._places)}"
                self._places[constant.name] = key
                self.learnt[key] = torch.nn.Parameter(torch.from_numpy(np.ascontiguousarray(cut)))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give logits, step by step."""
        values = dict(self._constants) | {name: self.learnt[key] for name, key in self._places.items()}
        values[self._input] = features
        for node, of_node in self._steps:
            inputs = [values[name] for name in node.input if name]
            values[node.output[0]] = OPERATIONS[node.op_type](inputs, of_node)
        return values[self._output]

    def weights(self) -> dict[str, Any]:
        """What was learnt, under the names of the recognition network, as half floats."""
        return {
            name: self.learnt[key].detach().numpy().astype(np.float16) for name, key in self._places.items()
        }


def _is_statistic(name: str) -> bool:
    """Mean and variance of a normalisation do not learn."""
    return name.endswith(("w_1", "w_2"))
