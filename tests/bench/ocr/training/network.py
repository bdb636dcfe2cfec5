"""The reading network in PyTorch, built from its ONNX file, with thin matrices that learn beside its weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch.nn import functional

from cloudbase_ocr.recognizer.ocr.charset import allowed_classes
from cloudbase_ocr.recognizer.ocr.lora import LORA_A, LORA_B
from cloudbase_ocr.recognizer.ocr.weights import find_weights

RANK = 16
# Weights with at least so many numbers learn through thin matrices; the others as they are.
LARGE = 15_000


class Network(torch.nn.Module):
    """Maps pictures (n, 3, 48, width) to logits (n, steps, classes); `alphabet` names the classes."""

    def __init__(self) -> None:
        """Read the ONNX file, and cut the last layer down as the recognizer does."""
        super().__init__()
        model = onnx.load(str(find_weights().recognition))
        listed = next(each.value for each in model.metadata_props if each.key == "character")
        names = ["", *listed.split("\n"), " "]
        keep = allowed_classes(names)
        self.alphabet = [names[index] for index in keep]
        self._input, self._output = model.graph.input[0].name, model.graph.output[0].name
        self._steps = [(node, attributes(node)) for node in model.graph.node]
        self._last = max(place for place, (node, _) in enumerate(self._steps) if node.op_type == "Softmax")
        self._constants: dict[str, torch.Tensor] = {}
        self.weights, self.up, self.down = (torch.nn.ParameterDict() for _ in range(3))
        for constant in model.graph.initializer:
            self._keep(constant.name, numpy_helper.to_array(constant), keep, len(names))
        self._first = {key: value.detach().clone() for key, value in self.weights.items()}

    def _keep(self, name: str, values: NDArray[Any], keep: list[int], classes: int) -> None:
        tensor = torch.from_numpy(np.array(values))
        if values.dtype != np.float32 or values.size == 1:
            self._constants[name] = tensor
        elif values.shape[-1] == classes:
            self._constants[name] = tensor[..., keep]
        else:
            key = _key(name)
            grouped = values.ndim == 4 and values.shape[1] == 1
            thin = values.size >= LARGE and values.ndim > 1 and not grouped
            self.weights[key] = torch.nn.Parameter(tensor, requires_grad=not thin)
            if thin:
                rows, columns = values.shape[0], values.size // values.shape[0]
                self.down[key] = torch.nn.Parameter(torch.randn(RANK, columns) / math.sqrt(columns))
                self.up[key] = torch.nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """The logits, before the last softmax."""
        values = dict(self._constants)
        for key, weights in self.weights.items():
            change = (self.up[key] @ self.down[key]).view_as(weights) if key in self.up else 0.0
            values[_name(key)] = weights + change
        values[self._input] = pictures
        for place, (node, attributes) in enumerate(self._steps):
            inputs = [values[name] for name in node.input if name]
            logits = place == self._last
            values[node.output[0]] = inputs[0] if logits else OPERATIONS[node.op_type](inputs, attributes)
        return values[self._output]

    def changes(self) -> dict[str, Any]:
        """What was learnt, as `lora.npz` holds it."""
        found = {}
        for key, weights in self.weights.items():
            if key in self.up:
                found[_name(key) + LORA_B], found[_name(key) + LORA_A] = self.up[key], self.down[key]
            elif not torch.equal(weights, self._first[key]):
                found[_name(key)] = weights - self._first[key]
        return {name: value.detach().numpy().astype(np.float16) for name, value in found.items()}


def _key(name: str) -> str:
    """PyTorch's names of parameters have no dots."""
    return name.replace(".", "\u00b7")


def _name(key: str) -> str:
    return key.replace("\u00b7", ".")


def attributes(node: Any) -> dict[str, Any]:
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def _reshaped(inputs: list[torch.Tensor], _: dict[str, Any]) -> torch.Tensor:
    shape = [int(side) or inputs[0].shape[place] for place, side in enumerate(inputs[1])]
    return inputs[0].reshape(shape)


def _squeezed(inputs: list[torch.Tensor], attributes: dict[str, Any]) -> torch.Tensor:
    found = inputs[0]
    for axis in sorted(attributes["axes"], reverse=True):
        found = found.squeeze(axis)
    return found


def _unsqueezed(inputs: list[torch.Tensor], attributes: dict[str, Any]) -> torch.Tensor:
    found = inputs[0]
    for axis in sorted(attributes["axes"]):
        found = found.unsqueeze(axis)
    return found


def _sliced(inputs: list[torch.Tensor], _: dict[str, Any]) -> torch.Tensor:
    starts, ends, axes = (each.tolist() for each in inputs[1:4])
    cuts = [slice(None)] * inputs[0].ndim
    for start, end, axis in zip(starts, ends, axes, strict=True):
        cuts[axis] = slice(start, min(end, inputs[0].shape[axis]))
    return inputs[0][tuple(cuts)]


def _normalised(inputs: list[torch.Tensor], attributes: dict[str, Any]) -> torch.Tensor:
    values, scale, shift, mean, variance = inputs
    return functional.batch_norm(
        values, mean.detach(), variance.detach(), scale, shift, eps=attributes.get("epsilon", 1e-5)
    )


def _padded(values: torch.Tensor, attributes: dict[str, Any], fill: float) -> torch.Tensor:
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    if attributes.get("auto_pad") == b"SAME_UPPER":
        missing = [
            max((math.ceil(side / step) - 1) * step + kernel - side, 0)
            for side, step, kernel in zip(
                values.shape[-2:], attributes["strides"], attributes["kernel_shape"], strict=True
            )
        ]
        (top, left), (bottom, right) = [each // 2 for each in missing], [each - each // 2 for each in missing]
    return functional.pad(values, (left, right, top, bottom), value=fill)


def _convolved(inputs: list[torch.Tensor], attributes: dict[str, Any]) -> torch.Tensor:
    return functional.conv2d(
        _padded(inputs[0], attributes, 0.0),
        inputs[1],
        inputs[2] if len(inputs) > 2 else None,
        attributes.get("strides", (1, 1)),
        dilation=attributes.get("dilations", (1, 1)),
        groups=attributes.get("group", 1),
    )


OPERATIONS = {
    "Identity": lambda i, _: i[0],
    "Add": lambda i, _: i[0] + i[1],
    "Sub": lambda i, _: i[0] - i[1],
    "Mul": lambda i, _: i[0] * i[1],
    "Div": lambda i, _: i[0] / i[1],
    "Pow": lambda i, _: i[0] ** i[1],
    "MatMul": lambda i, _: i[0] @ i[1],
    "Sqrt": lambda i, _: i[0].sqrt(),
    "Erf": lambda i, _: i[0].erf(),
    "Relu": lambda i, _: i[0].relu(),
    "Sigmoid": lambda i, _: i[0].sigmoid(),
    "HardSigmoid": lambda i, a: (i[0] * a.get("alpha", 0.2) + a.get("beta", 0.5)).clamp(0, 1),
    "Softmax": lambda i, a: i[0].softmax(a.get("axis", -1)),
    "ReduceMean": lambda i, a: i[0].mean(dim=list(a["axes"]), keepdim=bool(a.get("keepdims", 1))),
    "Transpose": lambda i, a: i[0].permute(*a["perm"]),
    "Shape": lambda i, _: torch.tensor(i[0].shape),
    "Concat": lambda i, a: torch.cat(i, dim=a["axis"]),
    "Reshape": _reshaped,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Slice": _sliced,
    "BatchNormalization": _normalised,
    "Conv": _convolved,
    "MaxPool": lambda i, a: functional.max_pool2d(
        _padded(i[0], a, float("-inf")), a["kernel_shape"], a["strides"]
    ),
    "AveragePool": lambda i, a: functional.avg_pool2d(_padded(i[0], a, 0.0), a["kernel_shape"], a["strides"]),
}
