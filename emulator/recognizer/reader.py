"""What a line says: a picture and quads in, `Line` out (cropping and CTC decoding)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from emulator.recognizer.lines import Line, Picture, Quad

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

HEIGHT = 48  # what the model takes
# Lines are padded to these widths: each that the network has met costs 4 MB, and wider steps cost accuracy. The
# widest holds fifty characters.
WIDTHS = (*range(64, 1025, 64), *range(1152, 1921, 128))
# Half-way between black and white: zero to the model.
GREY = 127
# Quads this much taller than wide hold text set from top to bottom.
UPRIGHT_RATIO = 1.5


# A text that a line may hold, and its probability.
Hypothesis = tuple[str, float]
# Texts that are followed at a time, and the probability under which a character is not followed.
BEAM = 12
NEGLIGIBLE = 0.02


class Reader:
    """Reads lines. `infer` maps pictures of shape (1, 48, width, 3), uint8, to probabilities (1, steps, classes),
    in the same order; each result is used before the next is asked for.

    `alphabet` names the classes; class 0 is CTC's blank.
    """

    def __init__(self, infer: Any, alphabet: Sequence[str]) -> None:
        """Use this network and these names of its classes."""
        self._infer = infer
        self._alphabet = tuple(alphabet)
        self._class_of = {character: index for index, character in enumerate(self._alphabet) if index}

    def read(self, picture: Picture, quads: Sequence[Quad], only: Iterable[str] | None = None) -> list[Line]:
        """Read lines; `only` limits the answers to these characters.

        The scores are the model's probabilities over its whole vocabulary, also under a limit: a character
        that the pixels do not support keeps a low score.
        """
        paddings: list[float] = []
        outputs = self._infer(self._padded(picture, quads, paddings))
        return [
            self._decode(output[0], quad, paddings[index], only)
            for index, (output, quad) in enumerate(zip(outputs, quads, strict=True))
        ]

    def hypotheses(self, picture: Picture, quad: Quad, only: Iterable[str]) -> list[Hypothesis]:
        """What one line may say in these characters: the likeliest texts with their probabilities.

        The probabilities are those over the whole vocabulary: what the pixels do not support stays unlikely.
        """
        classes = np.array([0, *sorted(self._class_of[c] for c in set(only) if c in self._class_of)])
        names = [self._alphabet[index] for index in classes]
        return [
            each
            for output in self._infer(self._padded(picture, [quad], []))
            for each in beam(output[0][:, classes], names)
        ]

    def _padded(self, picture: Picture, quads: Sequence[Quad], paddings: list[float]) -> Iterator[Picture]:
        """Crops of one height, padded to few widths; `paddings` takes how much wider than its line each is."""
        for quad in quads:
            crop = straighten(picture, quad)
            width = min(WIDTHS[-1], max(1, math.ceil(HEIGHT * crop.shape[1] / crop.shape[0])))
            shrinking = crop.shape[0] > HEIGHT
            fitted = cv2.resize(
                crop, (width, HEIGHT), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
            )
            padded = np.full((1, HEIGHT, next(each for each in WIDTHS if each >= width), 3), GREY, np.uint8)
            padded[0, :, :width] = fitted
            paddings.append(padded.shape[2] / width)
            yield padded

    def _decode(
        self, probabilities: NDArray[np.float32], quad: Quad, padding: float, only: Iterable[str] | None
    ) -> Line:
        classes: NDArray[np.intp] | None = None
        if only is not None:
            classes = np.array([0, *sorted(self._class_of[c] for c in set(only) if c in self._class_of)])
            probabilities = probabilities[:, classes]
        best = probabilities.argmax(axis=1)
        sure = probabilities[np.arange(len(best)), best]
        text, scores, centers = [], [], []
        start = 0
        for step in range(1, len(best) + 1):
            if step < len(best) and best[step] == best[start]:
                continue
            if best[start]:
                index = int(best[start]) if classes is None else int(classes[best[start]])
                text.append(self._alphabet[index])
                scores.append(float(sure[start:step].max()))
                centers.append(min(1.0, (start + step) / 2 / len(best) * padding))
            start = step
        return _trimmed(text, scores, centers, quad)


def beam(probabilities: NDArray[np.float32], names: Sequence[str]) -> list[Hypothesis]:
    """CTC prefix search: the `BEAM` likeliest texts and their probabilities; `names[0]` is the blank."""
    ways: dict[str, tuple[float, float]] = {
        "": (1.0, 0.0)
    }  # text -> ending with a blank, with its last character
    for step in probabilities:
        following: dict[str, tuple[float, float]] = {}
        open_classes = [int(index) for index in np.flatnonzero(step > NEGLIGIBLE) if index]
        for text, (blank, last) in ways.items():
            before = following.get(text, (0.0, 0.0))
            repeated = last * float(step[names.index(text[-1])]) if text else 0.0
            following[text] = (before[0] + (blank + last) * float(step[0]), before[1] + repeated)
            for index in open_classes:
                name = names[index]
                reach = blank if text.endswith(name) else blank + last
                longer = following.get(text + name, (0.0, 0.0))
                following[text + name] = (longer[0], longer[1] + reach * float(step[index]))
        ways = dict(sorted(following.items(), key=lambda way: -sum(way[1]))[:BEAM])
    return sorted(((text, sum(way)) for text, way in ways.items()), key=lambda way: -way[1])


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


def straighten(picture: Picture, quad: Quad) -> Picture:
    """The quad's content as an upright rectangle, at its own resolution."""
    width = max(1, round(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))))
    height = max(1, round(max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    crop = cv2.warpPerspective(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if height >= UPRIGHT_RATIO * width:
        crop = cv2.rotate(crop, cv2.ROTATE_90_COUNTERCLOCKWISE)
    return crop  # type: ignore[return-value]  # of the same kind
