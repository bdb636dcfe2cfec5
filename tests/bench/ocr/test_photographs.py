"""What an index of photographs tells about an answer, with values that are invented here."""

from __future__ import annotations

import json

from tests.bench.ocr.photographs import hashed, judged


def test_fields_are_compared_by_hash() -> None:
    """Blanks and widths do not count; any answer for a field that is blank is wrong; unknown fields are left out."""
    truth = {"name": hashed("青禾（海棠）"), "number": [hashed("A1"), hashed("A2")], "addr": ""}
    answer = {"name": "青禾 (海棠)", "number": "A2", "addr": "x", "sex": "男", "empty": ""}
    given = dict.fromkeys(("name", "number", "addr", "sex"), 0.9)
    reply = {"answer": answer, "confidence": given}
    assert judged("idcard", truth, reply) == [(0.9, True), (0.9, True), (0.9, False)]
    assert judged("idcard", truth, {"answer": None, "confidence": {}}) == []


def test_a_line_may_be_read_in_parts() -> None:
    truth = {"_lines": [hashed("望海青禾"), hashed("云麓")]}
    texts = ("望海", "青禾", "云鹿")
    answer = {"items": [{"text": text} for text in texts]}
    given = {f"items[{place}].text": 0.5 + place / 10 for place in range(3)}
    found = judged("comm", truth, {"answer": answer, "confidence": given})
    assert found == [(0.5, True), (0.6, True), (0.7, False)]


def test_a_page_of_which_the_truth_has_only_some_lines_says_nothing_about_the_others() -> None:
    """It would make lines wrong that were read as they are."""
    read = ("望海", "青禾", "云麓", "栖霞")
    answer = {"items": [{"text": text} for text in read]}
    given = {f"items[{place}].text": 0.9 for place in range(4)}
    for lines, count in ((read, 4), (("望海",), 0), (("望海", "玉溪"), 4), (("望海青禾云麓",), 0)):
        truth = {"_lines": [hashed(line) for line in lines]}
        assert len(judged("comm", truth, {"answer": answer, "confidence": given})) == count


def test_a_menu_is_right_when_each_dish_has_one_of_its_prices() -> None:
    truth = {"_items": [[hashed("红茶"), [45, 55]], [hashed("绿茶"), [30]]]}
    for price, right in ((30.0, True), (35.0, False)):
        items = [{"name": "红茶", "price": 55.0}, {"name": "绿茶", "price": price}]
        answer = {"content": json.dumps({"menu_items": items})}
        assert judged("menu", truth, {"answer": answer, "confidence": {"content": 0.8}}) == [(0.8, right)]
