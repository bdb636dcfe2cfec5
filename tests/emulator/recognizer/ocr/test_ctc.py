"""Decoding of CTC probabilities: the best path, and words against the sum over every path that gives them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest

from cloudbase_ocr.recognizer.ocr.ctc import Probabilities, best_path, log_likelihoods

CLASSES = 4


def probabilities(steps: int, seed: int) -> Probabilities:
    drawn = np.random.default_rng(seed).random((steps, CLASSES)).astype(np.float32) ** 3
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True), np.float32)


def by_every_path(table: Probabilities, word: Sequence[int]) -> float:
    """The sum over all paths, each written out."""
    total = 0.0
    for path in itertools.product(range(CLASSES), repeat=len(table)):
        collapsed = [each for each, _ in itertools.groupby(path) if each]
        if collapsed == list(word):
            total += math.prod(float(table[step, each]) for step, each in enumerate(path))
    return total


@pytest.mark.parametrize("seed", range(4))
def test_a_word_has_the_probability_of_all_paths_that_give_it(seed: int) -> None:
    table = probabilities(5, seed)
    words = [[1], [2, 1], [1, 1], [3, 2, 1], [1, 2, 1, 2], [2, 2, 3]]
    found = log_likelihoods(table, words)
    assert [math.exp(each) for each in found] == pytest.approx([by_every_path(table, word) for word in words])


def test_words_of_a_list_are_compared_though_they_differ_in_length() -> None:
    table = probabilities(6, 7)
    together = log_likelihoods(table, [[1], [1, 2, 3]])
    assert together == pytest.approx([*log_likelihoods(table, [[1]]), *log_likelihoods(table, [[1, 2, 3]])])


def test_a_word_with_more_characters_than_steps_cannot_be() -> None:
    assert log_likelihoods(probabilities(2, 1), [[1, 2, 3], [1, 1]]) == [float("-inf")] * 2


def test_long_lines_do_not_vanish() -> None:
    table = np.full((2000, CLASSES), 1e-3, np.float32)
    assert log_likelihoods(table, [[1, 2]])[0] == pytest.approx(
        2000 * math.log(1e-3) + math.log(math.comb(2002, 4)), rel=1e-3
    )


def test_the_best_path_gives_each_character_once_with_its_place() -> None:
    table = np.zeros((6, CLASSES), np.float32)
    for step, (each, sure) in enumerate([(1, 0.7), (1, 0.9), (0, 1.0), (1, 0.5), (2, 0.8), (0, 0.6)]):
        table[step, each] = sure
    found = list(best_path(table))
    assert [(each, place) for each, _, place in found] == [(1, 1.0), (1, 3.5), (2, 4.5)]
    assert [sure for _, sure, _ in found] == pytest.approx([0.9, 0.5, 0.8])
