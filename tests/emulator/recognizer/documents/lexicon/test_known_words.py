"""Dishes and entries of business scopes: other characters are meant only where there is doubt."""

from __future__ import annotations

import pytest

from cloudbase_ocr.recognizer.documents.lexicon import dishes, enterprises, scopes


def doubtful(text: str, places: str, sure: float = 0.5) -> list[float]:
    return [sure if each in places else 1.0 for each in text]


@pytest.mark.parametrize(
    ("read", "places", "candidate", "other"),
    [
        ("蒜容鸡丁", "容", "蒜蓉鸡丁", "蒜泥鸡丁"),
        ("糖随炉鱼", "随炉", "糖醋鲈鱼", "糖醋草鱼"),
        ("宫保黄几", "几", "宫保黄瓜", "宫保黄鱼"),
    ],
)
def test_dishes_of_known_words_that_a_doubtful_name_may_be(
    read: str, places: str, candidate: str, other: str
) -> None:
    found = dishes.candidates(read, doubtful(read, places))
    assert candidate in found
    assert other in found
    assert all(len(each) == len(read) for each in found)


def test_a_long_doubtful_name_is_soon_done() -> None:
    name = "糖鱼肉鸡" * 30 + "〇"
    assert dishes.candidates(name, [0.5] * len(name)) == []
    found = dishes.candidates(name[:-1], [0.5] * (len(name) - 1))
    assert 0 < len(found) <= dishes.MOST_READINGS


@pytest.mark.parametrize(("read", "places"), [("蒜容鸡丁", ""), ("星河鸡丁", "河"), ("星辰", "星辰")])
def test_a_name_of_other_words_is_no_known_dish(read: str, places: str) -> None:
    assert dishes.candidates(read, doubtful(read, places)) == []


def test_an_entry_of_a_scope_is_put_right_in_its_doubtful_characters() -> None:
    read = "围书及文具零售；嘟啡饮品制得"
    text, sure = scopes.put_right(read, doubtful(read, "围嘟得"))
    assert text == "图书及文具零售；咖啡饮品制售"
    assert sure == [1.0] * len(text)


def test_an_entry_that_was_read_for_sure_or_is_like_no_other_stays() -> None:
    for read, places in (
        ("围书及文具零售", ""),
        ("星际旅行服务", "星际"),
        ("餐佚", "佚"),
        ("嘟哮饮品制得", "嘟哮得"),
    ):
        assert scopes.put_right(read, doubtful(read, places)) == (read, doubtful(read, places))


def test_no_two_entries_are_so_alike_that_one_would_become_the_other() -> None:
    for group in scopes.entries().values():
        assert len(group) == len(set(group))
        for entry in group:
            assert scopes.put_right(entry, [0.1] * len(entry))[0] == entry


def test_a_scope_whose_end_was_not_read_is_none() -> None:
    assert enterprises.scope("餐饮服务；食品经营（销售预包装食品") == ""
    assert enterprises.scope(
        "餐饮服务；软件开发、（依法须经批准的项目，经相关部门批准后方可开展经营活动）"
    ).startswith("餐饮服务；软件开发。（")


@pytest.mark.parametrize("text", ["有限公司", "股份有限公司", "合作社", ""])
def test_a_second_row_alone_is_no_name(text: str) -> None:
    assert enterprises.name(text) == ""
    assert enterprises.name("海棠市望海供应链" + text) == "海棠市望海供应链" + text


@pytest.mark.parametrize(
    ("text", "amount"), [("0.000000万元", ""), ("00万元", ""), ("0.5万元", "0.5万元"), ("10万元", "10万元")]
)
def test_an_amount_without_its_first_figures_is_none(text: str, amount: str) -> None:
    assert enterprises.amount(text) == amount


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("照2021年01月17日至长期", "2021年01月17日至长期"),
        ("业期照2021年01月17日至长期", ""),
        ("自2021年01月17日至长期", "自2021年01月17日至长期"),
    ],
)
def test_the_end_of_a_misread_label_before_a_term_is_left_out(text: str, term: str) -> None:
    assert enterprises.period(text) == term
