"""Weights in a file, at a byte a number or less: an installation without the engine carries these files, too.

A matrix has one scale for each of its rows (of a convolution: for each of its filters), so that the largest number of a
row is 127, or less where less will do: it is compressed, too. Short rows are kept as float16. All numbers of a type are
one member of the file, and a third tells which are whose: hundreds of members would take a fifth more.
"""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

# How the file calls the scales, behind the name of the weights.
SCALE = "|scale"
TOP = 127
# The members of a file: numbers by their type, and JSON of name, type and shape in the order in which they come there.
NUMBERS = ("int8", "float16")
INDEX = "index"
# A scale takes two bytes: a row of so few numbers would gain little and lose precision.
SHORTEST_ROW = 16
_NONE = np.zeros(0, np.int8)


def load(name: str) -> dict[str, NDArray[np.float32]]:
    """The weights of a file of this package by their names, each in its shape."""
    with files(__package__).joinpath(name).open("rb") as file, np.load(file, allow_pickle=False) as members:
        kept = _unpacked(members[INDEX], {type_: members[type_] for type_ in NUMBERS})
    return {
        key: _restored(values, kept.get(key + SCALE))
        for key, values in kept.items()
        if not key.endswith(SCALE)
    }


def save(path: Path, weights: Mapping[str, NDArray[np.floating]], top: int = TOP) -> None:
    """Write a file that `load` gives back, within half a `top`-th of the largest number of each row."""
    found = quantized(weights, top)
    index = [[name, str(values.dtype), list(values.shape)] for name, values in found.items()]
    numbers: dict[str, Any] = {
        type_: np.concatenate([each.ravel() for each in found.values() if each.dtype == type_] or [_NONE])
        for type_ in NUMBERS
    }
    text = json.dumps(index, separators=(",", ":")).encode()
    np.savez_compressed(path, **numbers | {INDEX: np.frombuffer(text, np.uint8)})


def quantized(weights: Mapping[str, NDArray[np.floating]], top: int = TOP) -> dict[str, Any]:
    """The arrays that a file of these weights holds, by name: numbers of a byte, and scales."""
    found: dict[str, Any] = {}
    for name, values in weights.items():
        if values.ndim < 2 or values[0].size < SHORTEST_ROW:
            found[name] = values.astype(np.float16)
            continue
        rows = values.reshape(len(values), -1).astype(np.float32)
        scales = (np.abs(rows).max(axis=1) / top).astype(np.float16)
        divisors = np.where(scales > 0, scales, 1).astype(np.float32)[:, None]
        found[name] = np.rint(rows / divisors).clip(-top, top).astype(np.int8).reshape(values.shape)
        found[name + SCALE] = scales
    return found


def _unpacked(
    index: NDArray[np.uint8], numbers: Mapping[str, NDArray[np.generic]]
) -> dict[str, NDArray[np.generic]]:
    found = {}
    places = dict.fromkeys(numbers, 0)
    for name, type_, shape in json.loads(index.tobytes()):
        start = places[type_]
        places[type_] = end = start + math.prod(shape)
        found[name] = numbers[type_][start:end].reshape(shape)
    return found


def _restored(values: NDArray[np.generic], scales: NDArray[np.generic] | None) -> NDArray[np.float32]:
    if scales is None:
        return values.astype(np.float32)
    return values.astype(np.float32) * scales.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
