"""Which lengths a card number can have, by its first digits."""

from __future__ import annotations

import pytest

from cloudbase_ocr.recognizer.fields.card_numbers import is_issued, is_possible, usualness


@pytest.mark.parametrize(
    ("start", "lengths"),
    [
        ("34", {15}),
        ("37", {15}),
        ("4", {16, 19}),
        ("51", {16}),
        ("2221", {16}),
        ("2720", {16}),
        ("35", {16, 19}),
        ("62", {16, 17, 18, 19}),
        ("9", {16, 17, 18, 19}),
        ("2220", set()),
        ("2721", set()),
        ("0", set()),
        ("1", set()),
        ("89", set()),
    ],
)
def test_lengths_by_issuer(start: str, lengths: set[int]) -> None:
    assert {length for length in range(12, 22) if is_issued(start.ljust(length, "0"))} == lengths


def test_fifteen_digits_are_of_one_issuer_only() -> None:
    assert is_possible("37" + "0" * 13)
    assert not is_possible("62" + "0" * 13)
    assert not is_possible("62" + "0" * 18)


def test_usual_numbers_come_first() -> None:
    assert usualness("62" + "0" * 17) == 1
    assert 0 < usualness("62" + "0" * 15) < 1
    assert 0 < usualness("0" * 16) < 1
    assert usualness("62" + "0" * 10) == 0
