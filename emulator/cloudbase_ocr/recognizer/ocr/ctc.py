"""From the probabilities of a CTC network to text: the best path, the likeliest texts, how likely given words are.

Probabilities have the shape (steps, classes); class 0 is the blank between characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Probabilities = NDArray[np.float32]
# A text that a line may hold, and its probability.
Hypothesis = tuple[str, float]


def best_path(probabilities: Probabilities) -> Iterator[tuple[int, float, float]]:
    """The class of each character of the likeliest path, the confidence in it, and its place in steps."""
    best = probabilities.argmax(axis=1)
    confidence = probabilities[np.arange(len(best)), best]
    start = 0
    for step in range(1, len(best) + 1):
        if step < len(best) and best[step] == best[start]:
            continue
        if best[start]:
            yield int(best[start]), float(confidence[start:step].max()), (start + step) / 2
        start = step


def beam(
    probabilities: Probabilities, names: Sequence[str], width: int = 12, negligible: float = 0.02
) -> list[Hypothesis]:
    """CTC prefix search: the likeliest texts and their probabilities; `names[0]` is the blank.

    `width` texts are followed at a time, and no character with a probability up to `negligible`.
    """
    ways: dict[str, tuple[float, float]] = {
        "": (1.0, 0.0)
    }  # text -> ending with a blank, with its last character
    for step in probabilities:
        following: dict[str, tuple[float, float]] = {}
        open_classes = [int(index) for index in np.flatnonzero(step > negligible) if index]
        for text, (blank, last) in ways.items():
            before = following.get(text, (0.0, 0.0))
            repeated = last * float(step[names.index(text[-1])]) if text else 0.0
            following[text] = (before[0] + (blank + last) * float(step[0]), before[1] + repeated)
            for index in open_classes:
                name = names[index]
                reach = blank if text.endswith(name) else blank + last
                longer = following.get(text + name, (0.0, 0.0))
                following[text + name] = (longer[0], longer[1] + reach * float(step[index]))
        ways = dict(sorted(following.items(), key=lambda way: -sum(way[1]))[:width])
    return sorted(((text, sum(way)) for text, way in ways.items()), key=lambda way: -way[1])


def log_likelihoods(probabilities: Probabilities, words: Sequence[Sequence[int]]) -> list[float]:
    """How probable each word (its classes, none of them 0) is, over all paths that give it: natural logarithms.

    This is the forward pass of CTC, for all words side by side; a word with more characters than there are steps has
    minus infinity.
    """
    longest = max(map(len, words), default=0)
    if not longest:
        return [float("-inf")] * len(words)
    # A blank before and behind each character; what is behind a word's end is never reached.
    states = np.zeros((len(words), 2 * longest + 1), np.intp)
    ends = np.array([2 * len(word) for word in words])
    for row, word in zip(states, words, strict=True):
        row[1 : 2 * len(word) : 2] = word
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = (states[:, 2:] > 0) & (states[:, 2:] != states[:, :-2])
    reached = np.zeros(states.shape)
    reached[:, 0] = 1.0
    logs = np.zeros(len(words))
    for first, step in enumerate(probabilities.astype(np.float64)):
        before = reached.copy()
        before[:, 1:] += reached[:, :-1]
        if first:
            before[:, 2:] += np.where(skips[:, 2:], reached[:, :-2], 0.0)
        reached = before * step[states]
        # Kept near 1, or long lines would come down to nothing.
        scale = np.maximum(reached.max(axis=1), 1e-280)
        reached /= scale[:, np.newaxis]
        logs += np.log(scale)
    rows = np.arange(len(words))
    return _logs(reached[rows, ends] + reached[rows, np.maximum(ends - 1, 0)], logs)


def _logs(last: NDArray[Any], logs: NDArray[Any]) -> list[float]:
    with np.errstate(divide="ignore"):
        return [float(each) for each in np.log(last) + logs]
