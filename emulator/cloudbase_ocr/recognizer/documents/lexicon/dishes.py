"""What names of dishes are made of: ways to cook, and what is cooked.

A name that was read with doubt may be another one that is made of known words, when only doubtful characters differ, at
most one in each word. Which of them it is, the pixels tell.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields.spec import DOUBTLESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_WORD = 6
# So many ways to read a name, or the rest of one, as words are followed.
MOST_READINGS = 200


@cache
def words() -> dict[int, frozenset[str]]:
    """The words by their length."""
    text = files(__package__).joinpath("dishes.txt").read_text("utf-8")
    every = [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]
    return {
        length: frozenset(word for word in every if len(word) == length)
        for length in range(1, LONGEST_WORD + 1)
    }


def candidates(name: str, scores: Sequence[float]) -> list[str]:
    """The dishes that this may be with as few other characters as possible; none when it is not made of known words.

    `scores` are the confidences of the characters of `name`.
    """
    readings = _made_of_words(name, scores)
    least = min(readings.values(), default=0)
    return sorted(text for text, changed in readings.items() if changed == least)


def _made_of_words(name: str, scores: Sequence[float]) -> dict[str, int]:
    """Ways to read a name as words, and how many characters are other ones in each; those with the fewest."""
    # From the end on, so that each rest is looked at once, however many ways lead to it.
    rests: list[dict[str, int]] = [{"": 0}]
    for start in reversed(range(len(name))):
        found: dict[str, int] = {}
        for length in range(1, min(LONGEST_WORD, len(rests)) + 1):
            end = start + length
            for word, changed in _alike(name[start:end], scores[start:end]):
                for rest, others in rests[-length].items():
                    text = word + rest
                    found[text] = min(changed + others, found.get(text, len(name)))
        rests.append(dict(sorted(found.items(), key=lambda way: (way[1], way[0]))[:MOST_READINGS]))
    return rests[-1]


def _alike(text: str, scores: Sequence[float]) -> Iterator[tuple[str, int]]:
    """The word itself, or words that differ in one doubtful character."""
    known = words()[len(text)]
    if text in known:
        yield text, 0
        return
    for place, confidence in enumerate(scores):
        if confidence < DOUBTLESS and len(text) > 1:
            for word in known:
                if word[:place] == text[:place] and word[place + 1 :] == text[place + 1 :]:
                    yield word, 1
