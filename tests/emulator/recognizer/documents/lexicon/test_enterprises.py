"""What stands on business licences, and what may be put right in it."""

from __future__ import annotations

import pytest

from cloudbase_ocr.recognizer.documents.lexicon import enterprises

TAIL = "（依法须经批准的项目，经相关部门批准后方可开展经营活动）"


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ("餐饮服务：货物进出口；住房租赁。", "餐饮服务；货物进出口；住房租赁。"),
        (
            "一般项目：软件开发：技术服务。许可项目：餐饮服务",
            "一般项目：软件开发；技术服务。许可项目：餐饮服务",
        ),
        ("软件开发，" + TAIL, "软件开发。" + TAIL),
        ("食品经营（销售预包装食品)；", "食品经营（销售预包装食品）；"),
        ("软件开发。、" + TAIL, "软件开发。" + TAIL),
    ],
)
def test_marks_in_a_registered_scope(read: str, value: str) -> None:
    assert enterprises.scope(read) == value


def test_a_standing_phrase_is_put_right_only_in_doubtful_characters() -> None:
    wrong = TAIL.replace("须", "频")
    doubtful = [0.4 if character == "频" else 1.0 for character in wrong]
    assert enterprises.scope("软件开发。" + wrong, [1.0] * 5 + doubtful) == "软件开发。" + TAIL
    assert enterprises.scope("软件开发。" + wrong, [1.0] * (5 + len(wrong))) == "软件开发。" + wrong
    assert enterprises.scope("软件开发。" + wrong) == "软件开发。" + wrong


def test_a_shorter_printed_phrase_stays_as_it_is() -> None:
    text = "软件开发。（依法须经批准的项目，经批准后方可开展经营活动）"
    assert enterprises.scope(text, [0.5] * len(text)) == text


def test_the_bracket_that_ends_a_standing_phrase_may_be_cut_off() -> None:
    cut = TAIL[:-1]
    assert enterprises.scope(cut, [1.0] * len(cut)) == TAIL


def test_a_kind_of_enterprise_is_put_right_when_only_one_is_like_it() -> None:
    wrong = "有限贵任公司（自热人独资）"
    scores = [0.5 if character in "贵热" else 1.0 for character in wrong]
    assert enterprises.kind(wrong, scores) == "有限责任公司（自然人独资）"
    assert enterprises.kind(wrong, [1.0] * len(wrong)) == wrong
    assert enterprises.kind("甲种企业", [0.1] * 4) == "甲种企业"
    assert enterprises.is_kind("股份有限公司(非上市)")
    assert not enterprises.is_kind("股份有限公司(上市前)")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2014年12月05日2044年12月05日", ""),
        ("2014年12月05日至2044年12月05日", "2014年12月05日至2044年12月05日"),
        ("2014年12月05日至", "2014年12月05日至"),
        ("2014年12月05日至******", "2014年12月05日至******"),
        ("2014年12月05日至无固定期限", "2014年12月05日至无固定期限"),
    ],
)
def test_a_term_needs_a_word_between_its_dates(text: str, value: str) -> None:
    assert enterprises.period(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("许怀舟", "许怀舟"),
        ("许怀舟3", ""),
        ("许", ""),
        ("艾力·买买提", "艾力·买买提"),
        ("甲投资有限公司（委派代表：许怀舟）", "甲投资有限公司（委派代表：许怀舟）"),
    ],
)
def test_a_representative_is_a_name(text: str, value: str) -> None:
    assert enterprises.person(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("望海青禾有限公司No", "望海青禾有限公司"),
        ("望海青禾有限公司每", "望海青禾有限公司"),
        ("望海青禾有限公司一厂", "望海青禾有限公司一厂"),
        ("望海青禾有限公司白露分公司", "望海青禾有限公司白露分公司"),
        ("青禾经纪（.望海)有限公司", "青禾经纪（望海）有限公司"),
        ("青禾便利店", "青禾便利店"),
        ("有限公司", ""),
    ],
)
def test_a_name_ends_where_names_end(text: str, value: str) -> None:
    assert enterprises.name(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("望海市松月路9号有交", "望海市松月路9号"),
        ("望海市松月路9号斤5", "望海市松月路9号"),
        ("望海市松月路9号2楼东侧", "望海市松月路9号2楼东侧"),
        ("望海市松月路9号之七", "望海市松月路9号之七"),
        ("望海市松月路9号117", "望海市松月路9号117"),
        ("望海市松月路9号青禾大厦", "望海市松月路9号青禾大厦"),
        ("望海市清溪乡马家沟村6社", "望海市清溪乡马家沟村6社"),
    ],
)
def test_an_address_ends_where_addresses_end(text: str, value: str) -> None:
    assert enterprises.address(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2017年03月02日", "2017年03月02日"),
        ("2017年03月02日每", "2017年03月02日"),
        ("2017年03月02", "2017年03月02日"),
        ("2017年03月02日至2037年03月01日", ""),
        ("2017年13月02日", ""),
    ],
)
def test_a_date_may_have_a_stroke_of_a_seal_behind_it(text: str, value: str) -> None:
    assert enterprises.chinese_date(text) == value


def test_a_stray_mark_behind_a_kind_of_enterprise_is_no_part_of_it() -> None:
    assert enterprises.kind("有限责任公司斤5") == "有限责任公司"
    assert enterprises.kind("有限责任公司（自") != "有限责任公司"
