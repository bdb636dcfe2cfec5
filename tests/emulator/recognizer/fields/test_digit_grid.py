"""A number is put together from views of which none shows all of it, and not told where they leave it open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cloudbase_ocr.recognizer.fields.card_numbers import usualness
from cloudbase_ocr.recognizer.fields.checksums import luhn_digit, luhn_ok
from cloudbase_ocr.recognizer.fields.digit_grid import Grid, Steps, grid_of, number_of

BODY = "999902468135792"
NUMBER = BODY + luhn_digit(BODY)
CELL = 4
"""Steps of the network for one digit."""


def view(text: str, sure: float = 0.98) -> Steps:
    """What a view shows whose digits stand at one pitch: a blank for each space, and between digits."""
    steps = np.full((CELL * len(text), 11), 0.001, np.float32)
    steps[:, 0] = 0.99
    for place, character in enumerate(text):
        if character != " ":
            at = CELL * place + 1
            steps[at] = (1 - sure) / 10
            steps[at, 1 + int(character)] = sure
    return steps


def grid(texts: Sequence[str], sure: float = 0.98) -> Grid:
    """The grid of views with so many cells, each 0.6 heights wide."""
    found = grid_of([view(text, sure) for text in texts], 0.6 * len(texts[0]))
    assert found is not None
    return found


def told(texts: Sequence[str], margin: float = 2.5, read: Sequence[str] = ()) -> str:
    found = number_of(grid(texts), usualness, margin, read)
    return found.number if found else ""


def fours(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def with_digit(number: str, place: int, digit: str) -> str:
    return number[:place] + digit + number[place + 1 :]


def test_the_places_are_where_the_digits_are() -> None:
    found = grid([fours(NUMBER)] * 2)
    assert len(found.places) == 16
    assert abs(found.pitch - 0.6) < 0.05
    assert all(place.support == 1 for place in found.places)


def test_a_row_without_digits_has_no_grid() -> None:
    assert grid_of([view("        ")], 5) is None


def test_groups_that_only_single_views_show_are_joined() -> None:
    gone = [NUMBER[:4] + "    " + NUMBER[8:], NUMBER[:8] + "    " + NUMBER[12:], NUMBER[:12] + "    "]
    assert told([fours(NUMBER), *(fours(each) for each in gone)]) == NUMBER


def test_the_luhn_digit_chooses_where_views_differ() -> None:
    other = str((int(NUMBER[6]) + 1) % 10)
    assert told([NUMBER, with_digit(NUMBER, 6, other)]) == NUMBER


def test_nothing_is_told_where_several_numbers_are_as_likely() -> None:
    """Two digits that no view shows: each value of one has its value of the other."""
    blurred = [view(NUMBER) for _ in range(4)]
    for steps in blurred:
        steps[CELL * 5 + 1, 1:] = 0.1
        steps[CELL * 9 + 1, 1:] = 0.1
    found = grid_of(blurred, 0.6 * len(NUMBER))
    assert found is not None
    assert number_of(found, usualness, 2.5) is None


def test_a_number_that_was_read_as_a_whole_needs_less() -> None:
    found = grid([NUMBER, with_digit(NUMBER, 3, "4")])
    plain = number_of(found, usualness, 0.0)
    read = number_of(found, usualness, 0.0, [NUMBER])
    assert plain is not None
    assert read is not None
    assert read.margin > plain.margin + 2


def test_a_number_that_every_view_shows_is_told_with_a_wrong_luhn_digit() -> None:
    wrong = with_digit(NUMBER, 15, str((int(NUMBER[15]) + 5) % 10))
    assert not luhn_ok(wrong)
    assert told([wrong] * 3) == wrong
    assert told([wrong, wrong, with_digit(wrong, 3, "4")]) != wrong, "not where one digit is doubted"


def test_a_line_across_a_digit_does_not_make_another_number() -> None:
    """Most views see 8 where a line crosses 0: then one with a right Luhn digit, or none."""
    misled = with_digit(NUMBER, 4, str((int(NUMBER[4]) + 3) % 10))
    found = number_of(grid([NUMBER, *[misled] * 11]), usualness, 2.5)
    assert found is None or found.number == NUMBER


def test_what_stands_between_groups_in_few_views_is_no_digit() -> None:
    junk = fours(NUMBER)
    junk = junk[:9] + "7" + junk[10:]
    assert told([fours(NUMBER), fours(NUMBER), junk]) == NUMBER


def test_a_number_that_lacks_a_digit_is_not_told() -> None:
    """15 digits with a right Luhn digit are no number but of one issuer."""
    body = NUMBER[:14]
    assert told([body + luhn_digit(body)] * 3) == ""
    issued = "37" + body[2:]
    assert told([issued + luhn_digit(issued)] * 3) == issued + luhn_digit(issued)
