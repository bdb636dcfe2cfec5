"""The networks, loaded and ready: `Engine.detect` and `Engine.recognize`.

Weights come from `weights.py`; the runtime is OpenVINO, which runs detection 3.6 times faster than ONNX
Runtime on the same two cores. An `Engine` is not thread-safe: the facade lets one thread at a time use it.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import EngineUnavailable
from cloudbase_ocr.recognizer.image.geometry import box
from cloudbase_ocr.recognizer.installed import REMEDY
from cloudbase_ocr.recognizer.ocr.charset import allowed_classes
from cloudbase_ocr.recognizer.ocr.chosen_weights import alphabet_of
from cloudbase_ocr.recognizer.ocr.cpu import cores
from cloudbase_ocr.recognizer.ocr.detection import DetectionParams, TextDetector
from cloudbase_ocr.recognizer.ocr.lora import apply_adapter
from cloudbase_ocr.recognizer.ocr.malloc import give_back_large_blocks
from cloudbase_ocr.recognizer.ocr.networks import AtNeed, OneAtATime, SideBySide
from cloudbase_ocr.recognizer.ocr.plates import PlateRecognizer, fitted, with_features
from cloudbase_ocr.recognizer.ocr.recognition import RecognitionParams, TextRecognizer
from cloudbase_ocr.recognizer.ocr.scripts import FurtherClasses, Script
from cloudbase_ocr.recognizer.ocr.weights import Weights, find_weights, load_openvino

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture, Quad
    from cloudbase_ocr.recognizer.ocr.ctc import Hypothesis, Probabilities
    from cloudbase_ocr.recognizer.ocr.networks import Core

CARD_SIDE = 960
DETECTION, RECOGNITION = DetectionParams(), RecognitionParams()


class Engine:
    """Detects and recognizes lines of text in one picture at a time.

    `threads` is the number of processor threads the networks may use, by default one for each core that this
    process may use. Loading takes under a second. Raises `EngineUnavailable` when the runtime or the weights are
    missing, or do not fit together.
    """

    def __init__(
        self,
        threads: int | None = None,
        weights: Weights | None = None,
        *,
        detection: DetectionParams = DETECTION,
        recognition: RecognitionParams = RECOGNITION,
    ) -> None:
        """Load and compile both networks."""
        files = weights or find_weights()
        if files.folder is not None:
            # The adapter belongs to the default network; no line is small enough for it.
            recognition = replace(recognition, adapter_max_height=0)
        give_back_large_blocks()
        runtime = load_openvino()
        core: Core = runtime.Core()
        config = {
            "PERFORMANCE_HINT": "LATENCY",
            # Some processors would otherwise compute in bfloat16 and read differently.
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads or cores(),
            # Pinned, the first thread of every process stays on the first core: a pool would have no other one.
            "ENABLE_CPU_PINNING": False,
        }
        try:
            model = core.read_model(files.recognition)
            last = _last_layer(model, files)
            further, alphabet = last.further(), _cut_down(runtime, model, last)
            del last  # the nodes hold the weights that were cut off
            again = (lambda: core.read_model(files.recognition)) if with_features(runtime, model) else None
            self._plates = PlateRecognizer(runtime, core, config, alphabet, again)
            detector = OneAtATime(runtime, core, core.read_model(files.detection), config)
            recognizer = SideBySide(runtime, core, model, config)
        except RuntimeError as error:  # what OpenVINO raises for everything
            why = " ".join(str(error).split())
            raise EngineUnavailable(
                _("OpenVINO {version} cannot load the models ({why}); run: {remedy}").format(
                    version=runtime.get_version(), why=why, remedy=REMEDY
                )
            ) from error
        with_adapter = AtNeed(runtime, core, lambda: _with_adapter(runtime, core, files), config)
        self._networks = (detector, recognizer, with_adapter)
        self._outputs = recognizer
        self._detector = TextDetector(detector, detection)
        self._recognizer = TextRecognizer(recognizer, alphabet, with_adapter, recognition)
        self._in_script = cache(
            lambda script: TextRecognizer(
                recognizer,
                further.names,
                with_adapter,
                recognition if script is Script.SIMPLIFIED else replace(recognition, adapter_below=0.0),
                further.weighed(script),
            )
        )

    def in_script(self, script: Script) -> Engine:
        """The same networks, with the characters of every script, for a page in this one."""
        other = copy(self)
        other._recognizer = self._in_script(script)
        return other

    def warm(self) -> None:
        """Run both networks once on a blank picture: a network's first run takes ten times as long as others."""
        blank = np.full((720, CARD_SIDE, 3), 255, np.uint8)
        self.detect(blank)
        self.recognize(blank, box(0, 0, 320, 48))

    def release_memory(self) -> None:
        """Give up the memory that is needed only while a picture is read; the next one is a little slower."""
        for network in self._networks:
            network.release_memory()

    def detect(self, picture: Picture, long_side: int = CARD_SIDE) -> list[Quad]:
        """Quads of the lines of text, in pixels of `picture`."""
        return self._detector.detect(picture, long_side)

    def recognize(self, picture: Picture, quad: Quad, only: Iterable[str] | None = None) -> Line:
        """What the line inside `quad` says; `only` limits the answer to these characters."""
        return self._recognizer.recognize(picture, [quad], only)[0]

    def recognize_all(self, picture: Picture, quads: Sequence[Quad]) -> list[Line]:
        """What each of the lines says; several are recognized side by side."""
        return self._recognizer.recognize(picture, quads)

    def hypotheses(self, picture: Picture, quad: Quad, only: Iterable[str]) -> list[Hypothesis]:
        """What the line inside `quad` may say in these characters, likeliest first, with probabilities."""
        return self._recognizer.hypotheses(picture, quad, only)

    def steps(
        self, pictures: Iterable[Picture], only: Iterable[str], *, blurred: bool = False
    ) -> list[Probabilities]:
        """How likely the blank and these characters are at each step of pictures that each are a line."""
        return self._recognizer.steps(pictures, only, blurred=blurred)

    def likelihoods(self, picture: Picture, quad: Quad, words: Sequence[str]) -> list[float]:
        """How probable it is that the line inside `quad` says each of these words, as natural logarithms."""
        return self._recognizer.likelihoods(picture, quad, words)

    def plate(self, crop: Picture, rows: int = 1) -> list[Probabilities]:
        """What the number plate that fills `crop` says, as the head for plates and the network for all text see it.

        Each gives probabilities of `plates.ALPHABET`, of shape (steps, classes); the first is missing where the
        recognition network is not the one that the head was trained on.
        """
        ((_, outputs),) = self._outputs([(None, fitted(crop, rows)[np.newaxis])])
        return self._plates(outputs)


def _with_adapter(runtime: ModuleType, core: Core, files: Weights) -> Any:
    """The recognition network with its LoRA adapter, for blurred print."""
    model = core.read_model(files.recognition)
    apply_adapter(runtime, model)
    _cut_down(runtime, model, _last_layer(model, files))
    return model


@dataclass(frozen=True)
class _LastLayer:
    """The nodes of a recognition network's last layer, and what its classes are called."""

    matmul: Any
    kernel: Any
    bias: Any
    alphabet: list[str]

    def further(self) -> FurtherClasses:
        """A copy of what will be cut off."""
        kernel, bias = self.kernel.data, self.bias.data.reshape(-1)
        return FurtherClasses(kernel, bias, self.alphabet, allowed_classes(self.alphabet))


def _last_layer(model: Any, files: Weights) -> _LastLayer:
    try:
        alphabet = alphabet_of(model, files)
        softmax = model.output(0).get_node().input_value(0).get_node()
        bias = _producer(softmax, "Add")
        matmul = _producer(bias, "MatMul")
        return _LastLayer(matmul, _constant(matmul), _constant(bias), alphabet)
    except (RuntimeError, LookupError) as error:
        raise EngineUnavailable(
            _("the reading model is not built as expected ({error}); run: {remedy}").format(
                error=error, remedy=REMEDY
            )
        ) from error


def _cut_down(runtime: ModuleType, model: Any, last: _LastLayer) -> list[str]:
    """Cut the recognition network down to the vocabulary of Simplified Chinese documents.

    The model then gives its last layer's input, too. Gives the names of its remaining classes.
    """
    keep = allowed_classes(last.alphabet)
    model.add_outputs([last.matmul.input_value(0)])
    for node, cut in ((last.kernel, last.kernel.data[:, keep]), (last.bias, last.bias.data[..., keep])):
        smaller = runtime.opset13.constant(np.ascontiguousarray(cut))
        for user in node.output(0).get_target_inputs():
            user.replace_source_output(smaller.output(0))
    model.validate_nodes_and_infer_types()
    return [last.alphabet[index] for index in keep]


def _producer(node: Any, kind: str) -> Any:
    """Walk from `node` towards the input, past steps that change nothing, to the first node of this kind."""
    for source in node.input_values():
        before = source.get_node()
        while before.get_type_name() == "Identity":
            before = before.input_value(0).get_node()
        if before.get_type_name() == kind:
            return before
    raise LookupError(f"no {kind} before {node.get_type_name()}")


def _constant(node: Any) -> Any:
    return _producer(node, "Constant")
