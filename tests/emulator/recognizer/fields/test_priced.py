"""Which price belongs to which dish."""

from __future__ import annotations

from cloudbase_ocr.recognizer.fields.priced import dish_name, is_dish, paired
from cloudbase_ocr.recognizer.image.geometry import Line, box
from cloudbase_ocr.recognizer.layout.pieces import Piece, pieces


def at(text: str, left: float, top: float, score: float = 1.0, height: float = 30) -> Piece:
    count = len(text)
    centers = tuple((index + 0.5) / count for index in range(count))
    quad = box(left, top, left + height * count, top + height)
    return pieces([Line(text, quad, (score,) * count, centers)])[0]


def found(*given: Piece) -> list[tuple[str, str]]:
    return sorted((dish.text, price.text) for dish, price in paired(given))


def test_a_dish_in_two_sizes_has_its_first_price() -> None:
    heads = [at("中杯", 300, 0), at("大杯", 400, 0)]
    row = [at("红茶", 0, 60), at("30", 300, 60), at("35", 400, 60)]
    second = [at("绿茶", 600, 60), at("40", 900, 60), at("45", 1000, 60)]
    assert found(*heads, *row, *second) == [("红茶", "30"), ("绿茶", "40")]


def test_a_head_gets_no_price_of_nothing() -> None:
    assert found(at("奶茶系列", 0, 0), at("0", 300, 0), at("红茶", 0, 60), at("30", 300, 60)) == [
        ("红茶", "30")
    ]


def test_one_doubtful_character_between_dish_and_price_is_leaders() -> None:
    dots, price = at("非", 300, 0, 0.6), at("$65", 500, 0)
    assert found(at("咖啡", 0, 0), dots, price) == [("咖啡", "$65")]
    assert is_dish(at("粥", 0, 0))
    assert not is_dish(dots)


def test_the_english_name_in_the_same_row_is_not_the_dish() -> None:
    assert found(at("红茶", 0, 0), at("Tea", 100, 0), at("30", 300, 0)) == [("红茶", "30")]


def test_a_price_beside_two_lines_is_that_of_the_chinese_name() -> None:
    names = [at("红茶", 0, 0), at("Black Tea", 0, 34, height=16)]
    assert found(*names, at("30", 400, 18)) == [("红茶", "30")]


def test_a_marked_price_may_stand_below_its_dish() -> None:
    assert found(at("红茶", 0, 0), at("￥30", 0, 50)) == [("红茶", "￥30")]
    assert found(at("红茶", 0, 0), at("30", 0, 50)) == []


def test_numbers_at_the_ends_of_several_names_are_prices() -> None:
    lines = [at("香菇肉羹50", 0, 0), at("蛤蜊汤45", 0, 60), at("贡丸汤30", 0, 120)]
    assert found(*lines) == [("蛤蜊汤", "45"), ("贡丸汤", "30"), ("香菇肉羹", "50")]
    assert found(*lines[:2]) == []


def test_marks_and_numbers_of_the_list_are_no_part_of_a_name() -> None:
    assert dish_name("★ 12. 宫保 鸡丁……") == "宫保鸡丁"
    assert dish_name("Iced Tea |") == "Iced Tea"
