"""What a line says: a picture and quads in, `Line` out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.image.geometry import Line, Picture, Quad, box
from cloudbase_ocr.recognizer.ocr.ctc import Hypothesis, Probabilities, beam, best_path, log_likelihoods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    # From the probabilities of the networks' classes and the last layer's input to the probabilities of all classes.
    Further = Callable[[Probabilities, Probabilities], Probabilities]

HEIGHT = 48  # what the model takes
# Lines are padded to these widths: each that the network has met costs 4 MB, and wider steps cost accuracy. The
# widest holds fifty characters.
WIDTHS = (*range(64, 1025, 64), *range(1152, 1921, 128))
# Half-way between black and white: zero to the model.
GREY = 127


# Marks that exist in two widths.
TWO_WIDTHS = ("(（", ")）", ",，", ":：", ";；", "!！", "?？")


@dataclass(frozen=True)
class RecognitionParams:
    """When the LoRA adapter is asked, and how many texts a line may say.

    `adapter_below`: where the worst letter or digit of a line has less confidence, the network with the adapter reads
    it: on sharp photos one line in ten, on blurred ones most. `adapter_max_height`: the adapter was trained on small
    print; lines higher than this many pixels are left to the other one.

    `beam_width` texts are followed at a time, and no character with a probability up to `negligible`.
    """

    adapter_below: float = 0.98
    adapter_max_height: int = 96
    beam_width: int = 12
    negligible: float = 0.02


class TextRecognizer:
    """Recognizes lines. `infer` maps pictures of shape (1, 48, width, 3), uint8, to probabilities (1, steps, classes)
    and the last layer's input (1, steps, features); both come with what their picture came with.

    `alphabet` names the classes; class 0 is CTC's blank. `with_adapter` maps one such picture to what the network with
    its LoRA adapter gives, which is for blurred print. It takes the place of the other where a line is doubtful: the
    two place their characters on other steps, so that a mean of both would be worse than either.
    """

    def __init__(
        self,
        infer: Any,
        alphabet: Sequence[str],
        with_adapter: Callable[[Picture], Sequence[Probabilities]],
        params: RecognitionParams = RecognitionParams(),
        further: Further | None = None,
    ) -> None:
        """Use these networks and these names of their classes; `further` adds classes to those the networks give."""
        self._infer = infer
        self._alphabet = tuple(alphabet)
        self._with_adapter = with_adapter
        self._params = params
        self._further = further
        # The last limit: sets of thousands of letters take long to look up.
        self._limited: tuple[Iterable[str], NDArray[np.intp]] = ((), np.zeros(1, np.intp))
        self._class_of = {character: index for index, character in enumerate(self._alphabet) if index}

    def recognize(
        self, picture: Picture, quads: Sequence[Quad], only: Iterable[str] | None = None
    ) -> list[Line]:
        """Recognize lines; `only` limits the answers to these characters.

        The scores are the networks' probabilities over their whole vocabulary, also under a limit: a character
        that the pixels do not support keeps a low score.
        """
        crops = (_padded(picture, quad) for quad in quads)
        found = self._infer((crop, crop.pixels) for crop in crops)
        return [self._line(outputs, crop, only) for crop, outputs in found]

    def hypotheses(self, picture: Picture, quad: Quad, only: Iterable[str]) -> list[Hypothesis]:
        """What one line may say in these characters: the likeliest texts with their probabilities.

        The probabilities are means of both networks' over the whole vocabulary: what the pixels do not support
        stays unlikely.
        """
        classes = self._classes(only)
        names = [self._alphabet[index] for index in classes]
        width, negligible = self._params.beam_width, self._params.negligible
        found = [
            dict(beam(each[:, classes], names, width, negligible)) for each in self._every(picture, quad)
        ]
        texts = {
            text: sum(each.get(text, 0.0) for each in found) / len(found) for each in found for text in each
        }
        return sorted(texts.items(), key=lambda each: -each[1])

    def likelihoods(self, picture: Picture, quad: Quad, words: Sequence[str]) -> list[float]:
        """How probable it is that one line says each of these words: logarithms, the mean of both networks'."""
        known = [[self._class_of.get(character, 0) for character in word] for word in words]
        found = [log_likelihoods(self._either_width(each), known) for each in self._every(picture, quad)]
        return [sum(each) / len(found) for each in zip(*found, strict=True)]

    def steps(
        self, pictures: Iterable[Picture], only: Iterable[str], *, blurred: bool = False
    ) -> list[Probabilities]:
        """The probabilities of the blank and of these characters, in their order, at each step of whole pictures.

        Each picture is a line of its own; `blurred` asks the network with the adapter.
        """
        crops = [_padded(picture, box(0, 0, picture.shape[1], picture.shape[0])) for picture in pictures]
        if blurred:
            found = [(crop, self._with_adapter(crop.pixels)) for crop in crops]
        else:
            found = list(self._infer((crop, crop.pixels) for crop in crops))
        classes = np.array([0, *(self._class_of[each] for each in only)])
        return [
            steps[: math.ceil(len(steps) / crop.padding), classes]
            for crop, steps in ((crop, self._probabilities(outputs)) for crop, outputs in found)
        ]

    def _every(self, picture: Picture, quad: Quad) -> list[Probabilities]:
        """Each network's probabilities for one line."""
        crop = _padded(picture, quad)
        found = [self._probabilities(outputs) for _, outputs in self._infer([(crop, crop.pixels)])]
        return (
            [*found, self._probabilities(self._with_adapter(crop.pixels))] if self._is_small(crop) else found
        )

    def _probabilities(self, outputs: Sequence[Probabilities]) -> Probabilities:
        """The probabilities of one line's steps."""
        usual: Probabilities = outputs[0][0]
        return usual if self._further is None else self._further(usual, outputs[1][0])

    def _either_width(self, probabilities: Probabilities) -> Probabilities:
        """The probabilities with marks counted as one, whether they are narrow or wide: they look alike in print."""
        counted: Probabilities = probabilities.copy()
        for pair in TWO_WIDTHS:
            both = [self._class_of[each] for each in pair if each in self._class_of]
            counted[:, both] = probabilities[:, both].sum(axis=1, keepdims=True)
        return counted

    def _line(self, outputs: Sequence[Probabilities], crop: _Crop, only: Iterable[str] | None) -> Line:
        classes = None if only is None else self._classes(only)
        line = self._decoded(self._probabilities(outputs), crop, classes)
        # Small marks are doubtful in sharp print, too.
        letters = [
            confidence for each, confidence in zip(line.text, line.scores, strict=True) if each.isalnum()
        ]
        if not self._is_small(crop) or min(letters, default=1.0) >= self._params.adapter_below:
            return line
        return self._decoded(self._probabilities(self._with_adapter(crop.pixels)), crop, classes)

    def _is_small(self, crop: _Crop) -> bool:
        """Whether a line is print as the adapter was trained for."""
        return crop.height <= self._params.adapter_max_height

    def _decoded(self, probabilities: Probabilities, crop: _Crop, classes: NDArray[np.intp] | None) -> Line:
        limited = probabilities if classes is None else probabilities[:, classes]
        text, scores, centers = [], [], []
        for found, confidence, place in best_path(limited):
            text.append(self._alphabet[found if classes is None else classes[found]])
            scores.append(confidence)
            centers.append(min(1.0, place / len(limited) * crop.padding))
        return _trimmed(text, scores, centers, crop.quad)

    def _classes(self, only: Iterable[str]) -> NDArray[np.intp]:
        """The classes of these characters, and the blank."""
        if self._limited[0] != only:
            known = (self._class_of[each] for each in set(only) if each in self._class_of)
            self._limited = only, np.array([0, *sorted(known)])
        return self._limited[1]


@dataclass(frozen=True, eq=False)
class _Crop:
    """A line as the networks take it.

    `quad` is where it is; `pixels` have the shape (1, 48, width, 3), and are `padding` times as wide as the line, which
    is `height` pixels high in the picture.
    """

    quad: Quad
    pixels: Picture
    padding: float
    height: int


def _padded(picture: Picture, quad: Quad) -> _Crop:
    """A line at the networks' height, padded to one of few widths."""
    crop = straighten(picture, quad)
    width = min(WIDTHS[-1], max(1, math.ceil(HEIGHT * crop.shape[1] / crop.shape[0])))
    shrinking = crop.shape[0] > HEIGHT
    fitted = cv2.resize(
        crop, (width, HEIGHT), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    )
    padded = np.full((1, HEIGHT, next(each for each in WIDTHS if each >= width), 3), GREY, np.uint8)
    padded[0, :, :width] = fitted
    return _Crop(quad, padded, padded.shape[2] / width, crop.shape[0])


def _trimmed(text: list[str], scores: list[float], centers: list[float], quad: Quad) -> Line:
    keep = range(len(text))
    while keep and text[keep[0]] == " ":
        keep = keep[1:]
    while keep and text[keep[-1]] == " ":
        keep = keep[:-1]
    return Line(
        "".join(text[i] for i in keep),
        quad,
        tuple(scores[i] for i in keep),
        tuple(centers[i] for i in keep),
    )
