"""Weights of the user's choice: networks of the PP-OCR family in ONNX, found in a folder and looked at first.

The folder, or folders in it, hold one file with ``det`` in its name or its folder's name (text detection) and one with
``rec`` (text recognition). The characters that the latter tells apart are in its metadata under ``character``, as
RapidOCR and PaddleOCR write it, or in one text file beside them with ``dict`` or ``keys`` in its name, a character a
line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import EngineUnavailable
from cloudbase_ocr.recognizer.ocr.weights import Weights, load_openvino

if TYPE_CHECKING:
    from pathlib import Path

_DICTIONARIES = ("dict", "keys")


@dataclass(frozen=True)
class _Network:
    """What a network has to look like. -1: any size, else that many, where the model fixes it at all."""

    what: str
    mark: str
    takes: tuple[int, ...]
    gives: tuple[int, ...]


_DETECTION = _Network("text detection", "det", (-1, 3, -1, -1), (-1, 1, -1, -1))
_RECOGNITION = _Network("text recognition", "rec", (-1, 3, 48, -1), (-1, -1, -1))


def weights_in(folder: Path) -> Weights:
    """Find the files of both networks. Raises `EngineUnavailable` where there is not exactly one of each."""
    if not folder.is_dir():
        raise EngineUnavailable(
            _("{folder} is no folder; name one with two networks in ONNX").format(folder=folder)
        )
    files = sorted(folder.rglob("*.onnx"))
    detection, recognition = (_only(folder, files, network) for network in (_DETECTION, _RECOGNITION))
    texts = [
        file for file in sorted(folder.rglob("*.txt")) if any(word in file.stem for word in _DICTIONARIES)
    ]
    if len(texts) > 1:
        listed = ", ".join(_names(folder, texts))
        raise EngineUnavailable(
            _("{folder} has several lists of characters, {listed}; leave the one that belongs to it").format(
                folder=folder, listed=listed
            )
        )
    return Weights(detection, recognition, texts[0] if texts else None, folder)


def checked(folder: Path) -> Weights:
    """Find both networks and look at them, without running them.

    Raises `EngineUnavailable`: a file is missing or no ONNX, a network takes or gives something else, or its characters
    are not known.
    """
    weights = weights_in(folder)
    core = load_openvino().Core()
    for file, network in ((weights.detection, _DETECTION), (weights.recognition, _RECOGNITION)):
        try:
            model = core.read_model(file)
        except RuntimeError as error:  # what OpenVINO raises for everything
            raise EngineUnavailable(
                _("{file} is no ONNX network that can be read").format(file=file)
            ) from error
        _check_shape(file, "takes", model.inputs, network.takes, network.what)
        _check_shape(file, "gives", model.outputs, network.gives, network.what)
    alphabet_of(model, weights)
    return weights


def alphabet_of(model: Any, weights: Weights) -> list[str]:
    """The names of a recognition network's classes: CTC's blank first, as an empty text.

    Raises `EngineUnavailable` when they are not known, or are not as many as the network has.
    """
    listed = _listed(model, weights)
    last = model.output(0).get_partial_shape()[-1]
    classes = last.get_length() if last.is_static else 0
    # The blank is in no list; the space is in some.
    for names in (["", *listed], ["", *listed, " "]):
        if len(names) == classes:
            return names
    raise EngineUnavailable(
        _(
            "{recognition} tells {classes} characters apart, and {listed} are listed; with the blank "
            "and the space there should be 2 less. The list belongs to another network"
        ).format(recognition=weights.recognition, classes=classes, listed=len(listed))
    )


def _listed(model: Any, weights: Weights) -> list[str]:
    try:
        text = str(model.get_rt_info(["framework", "character"]).value)
    except RuntimeError as error:  # there is no such metadata
        if weights.dictionary is None:
            raise EngineUnavailable(
                _(
                    "{recognition} does not say which characters it knows: its metadata has no 'character', "
                    "and no file *dict*.txt or *keys*.txt lies beside it"
                ).format(recognition=weights.recognition)
            ) from error
        text = weights.dictionary.read_text("utf-8")
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    return lines[1:] if lines[0] == "blank" else lines  # some lists begin with the name of the blank


def _only(folder: Path, files: list[Path], network: _Network) -> Path:
    """The only file of a network: its name has the mark, or else its folder's name."""
    found = [file for file in files if network.mark in file.stem.lower()]
    found = found or [
        file for file in files if file.parent != folder and network.mark in file.parent.name.lower()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise EngineUnavailable(
            _("{folder} has several networks for {what}, {files}; leave one").format(
                folder=folder, what=network.what, files=", ".join(_names(folder, found))
            )
        )
    there = (
        _("there is {folder}").format(folder=", ".join(_names(folder, files)))
        if files
        else _("there is no *.onnx at all")
    )
    raise EngineUnavailable(
        _("{folder} has no file *{mark}*.onnx for {what}; {there}").format(
            folder=folder, mark=network.mark, what=network.what, there=there
        )
    )


def _names(folder: Path, files: list[Path]) -> list[str]:
    return [file.relative_to(folder).as_posix() for file in files]


def _check_shape(file: Path, verb: str, ports: list[Any], wanted: tuple[int, ...], what: str) -> None:
    """Compare the first input or output with what the engine gives or needs."""
    shape = ports[0].get_partial_shape() if ports else None
    sizes = [] if shape is None or shape.rank.is_dynamic else list(shape)
    fits = len(sizes) == len(wanted) and all(
        size.is_dynamic or want in (-1, size.get_length()) for size, want in zip(sizes, wanted, strict=True)
    )
    if not fits:
        form = ", ".join("any" if size == -1 else str(size) for size in wanted)
        raise EngineUnavailable(
            _("{file} {verb} {shape}; a network for {what} of the PP-OCR family {verb} ({form})").format(
                file=file, verb=verb, shape=shape, what=what, form=form
            )
        )
