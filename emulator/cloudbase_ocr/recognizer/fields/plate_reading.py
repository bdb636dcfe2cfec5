"""What a number plate says, from crops that may hold it: the likeliest number, if no other is near.

Two networks look at each crop: that for all text, and the head for plates. A number's score is the mean of the
logarithms of its probabilities in both. Crops of one plate vouch for or contradict each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.fields.plate_grammar import numbers, spelt
from cloudbase_ocr.recognizer.image.geometry import bounds, centre, height
from cloudbase_ocr.recognizer.ocr.ctc import log_likelihoods
from cloudbase_ocr.recognizer.ocr.plates import ALPHABET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.image.geometry import Quad
    from cloudbase_ocr.recognizer.ocr.ctc import Probabilities

_CLASS_OF = {name: index for index, name in enumerate(ALPHABET)}


@dataclass(frozen=True)
class PlateReadingParams:
    """When a number is answered; scores are natural logarithms.

    `sure`: a number with this score is answered at once, without looking for text. `enough`: with this one it is
    answered when nothing better was found, and with `vouched` when it is the likeliest in two crops of one plate.
    `margin`: the next number of the same plate must be this much less likely, in the mean over its crops, where no
    score counts for less than `floor`; a crop with no better one missed the plate, and says nothing. `followed`: so
    many numbers of each network are looked at in a crop. `doubling`: twice the height of a plate outweighs so much of
    its score.
    """

    sure: float = -1.5
    enough: float = -3.0
    vouched: float = -6.5
    margin: float = 1.5
    floor: float = -12.0
    followed: int = 4
    doubling: float = 1.0


PLATE_READING = PlateReadingParams()


@dataclass(frozen=True)
class Place:
    """Where a plate may be: the quad of a crop, with one row of characters or two."""

    quad: Quad
    rows: int = 1


@dataclass(frozen=True, eq=False)
class PlateReading:
    """What a crop may say: numbers with their scores, the likeliest first."""

    place: Place
    scores: dict[str, float]

    @property
    def best(self) -> str:
        """The likeliest number."""
        return next(iter(self.scores))

    @property
    def score(self) -> float:
        """The score of the likeliest number."""
        return self.scores[self.best]

    @property
    def share(self) -> float:
        """The likeliest number's share of the probability of all that were looked at."""
        return 1 / sum(math.exp(score - self.score) for score in self.scores.values())

    @property
    def row_height(self) -> float:
        """The height of the plate, for each of its rows."""
        return height(self.place.quad) / self.place.rows


def reading_of(
    place: Place, seen: Sequence[Probabilities], params: PlateReadingParams = PLATE_READING
) -> PlateReading | None:
    """What the plate in a crop may say, from each network's probabilities; None when it is no plate."""
    texts = {text for each in seen for text, _ in numbers(each, ALPHABET)[: params.followed]}
    if not texts:
        return None
    listed = sorted(texts)
    words = [[_CLASS_OF[character] for character in text] for text in listed]
    scores = np.mean([log_likelihoods(each, words) for each in seen], axis=0)
    ranked = sorted(zip(listed, scores.tolist(), strict=True), key=lambda each: -each[1])
    return PlateReading(place, {spelt(text): score for text, score in ranked})


def likeliest(
    readings: Sequence[PlateReading], least: float, params: PlateReadingParams = PLATE_READING
) -> PlateReading | None:
    """The reading of the largest plate that can be told; `least` is the score that its number must have.

    Unless `least` is that of the sure, `params.vouched` is enough for a number that two crops of one plate agree on.
    """
    vouched = params.vouched if least < params.sure else least
    answers = []
    for reading in readings:
        same = [other for other in readings if _overlap(reading, other)]
        agreeing = sum(other.best == reading.best for other in same)
        needed = min(least, vouched) if agreeing > 1 else least
        if reading.score >= needed and _margin(reading.best, same, params) >= params.margin:
            answers.append(reading)
    return max(
        answers, key=lambda each: params.doubling * np.log2(each.row_height) + each.score, default=None
    )


def _margin(text: str, same: Sequence[PlateReading], params: PlateReadingParams) -> float:
    """How much likelier a number is than any other, in the mean over the crops of one plate that show it.

    That of all crops alike, or of each as far as its likeliest number is likely, whichever tells more: a slanting crop
    says little against a clear one, and what a clear one leaves open another may tell.
    """
    same = [reading for reading in same if reading.score > params.floor]
    if not same:
        return 0.0
    texts = [text, *({each for reading in same for each in reading.scores} - {text})]
    scores = np.array([[reading.scores.get(each, params.floor) for each in texts] for reading in same])
    means = [
        np.average(np.maximum(params.floor, scores), axis=0, weights=weights)
        for weights in (None, [math.exp(reading.score) for reading in same])
    ]
    return max(float(mean[0] - mean[1:].max(initial=params.floor)) for mean in means)


def _overlap(first: PlateReading, second: PlateReading) -> bool:
    """Whether two crops show one plate: the middle of one is inside the other."""
    for one, other in ((first, second), (second, first)):
        low, high = bounds(other.place.quad)
        middle = centre(one.place.quad)
        if bool((middle > low).all() and (middle < high).all()):
            return True
    return False
