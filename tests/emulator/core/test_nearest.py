"""What was probably meant."""

from __future__ import annotations

import pytest

from cloudbase_ocr.core.nearest import is_meant, nearest

KNOWN = ("idcard", "printedText", "bankcard")


@pytest.mark.parametrize(
    ("word", "near"),
    [("idcrad", "idcard"), ("IDCARD", "idcard"), ("printedtext", "printedText"), ("menu", "")],
)
def test_the_nearest_word_is_found_whatever_the_case(word: str, near: str) -> None:
    assert nearest(word, KNOWN) == near
    assert is_meant(word, KNOWN) == (f"; is {near} meant?" if near else "")
