"""Which texts are numbers of plates, and the likeliest of them in a network's probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cloudbase_ocr.recognizer.fields.plate_grammar import numbers, plate
from cloudbase_ocr.recognizer.ocr.plates import ALPHABET


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("宁Z·0123A", "宁Z0123A"),
        ("宁Z·D01234", "宁ZD01234"),
        ("宁Z·01234D", "宁Z01234D"),
        ("宁Z·0123警", "宁Z0123警"),
        ("粤Z·0123港", "粤Z0123港"),
        ("粤Z·O123I", "粤Z01231"),
        ("粤O·A9999", "粤OA9999"),
        ("使014·578", "使014578"),
        ("224578使", "224578使"),
        ("WJ京·0123X", "WJ京0123X"),
        ("民航·A0123", "民航A0123"),
        ("使01457", ""),
        ("北Z01234", ""),
        ("宁Z0123", ""),
        ("宁00123A", ""),
        ("宁ZABCDEF", ""),
        ("", ""),
    ],
)
def test_forms_of_numbers(text: str, number: str) -> None:
    assert plate(text) == number


def probabilities(*steps: dict[str, float]) -> NDArray[np.float32]:
    """Each step with a blank behind it; what is left over belongs to the blank."""
    found = np.zeros((2 * len(steps), len(ALPHABET)), np.float32)
    for place, step in enumerate(steps):
        for character, chance in step.items():
            found[2 * place, ALPHABET.index(character)] = chance
        found[2 * place, 0] = 1 - sum(step.values())
        found[2 * place + 1, 0] = 1
    return found


def test_the_likeliest_number_is_one_of_the_grammar() -> None:
    # Alone, the first character is an 8, and the second a zero.
    seen = probabilities({"8": 0.6, "鲁": 0.3, "青": 0.1}, {"0": 1.0}, *[{each: 0.9} for each in "A8123"])
    (best, chance), (second, less) = numbers(seen, ALPHABET)[:2]
    assert (best, second) == ("鲁0A8123", "青0A8123")
    assert chance == pytest.approx(0.3 * 0.9**5, rel=1e-3)
    assert less == pytest.approx(chance / 3, rel=1e-3)


def test_what_is_no_number_gives_none() -> None:
    assert numbers(probabilities(*[{each: 0.9} for each in "0123"]), ALPHABET) == []
