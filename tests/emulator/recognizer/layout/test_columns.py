"""Forms set in columns: labels that are spread out or half read, rows that go on, text that runs across."""

from __future__ import annotations

import numpy as np

from cloudbase_ocr.recognizer.documents import business_licence
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.columns import Columns, columns
from cloudbase_ocr.recognizer.layout.labels import Label
from cloudbase_ocr.recognizer.layout.pieces import joined, pieces

LABELS = (
    Label("code", ("统一社会信用代码",)),
    Label("name", ("名称",)),
    Label("kind", ("类型",)),
    Label("person", ("法定代表人",)),
    Label("scope", ("经营范围",)),
    Label("capital", ("注册资本",)),
    Label("founded", ("成立日期",)),
    Label("address", ("住所",)),
    Label("authority", ("登记机关",)),
)
HIGH = 20.0
# Labels are five characters wide; values begin after that.
TEXT = 6 * HIGH


def line(text: str, left: float, top: float) -> Line:
    """Full-width characters of `HIGH` pixels; an underscore is a blank of that width."""
    places = [place for place, character in enumerate(text) if character != "_"]
    width = HIGH * len(text)
    quad = np.array([[left, top], [left + width, top], [left + width, top + HIGH], [left, top + HIGH]])
    centers = tuple((place + 0.5) / len(text) for place in places)
    return Line(text.replace("_", ""), quad, (1.0,) * len(places), centers)


def read(*lines: Line) -> Columns:
    apart = frozenset({"code", "authority"})
    return columns(pieces(list(lines)), LABELS, apart, "authority", lambda piece: "★" in piece.text)


def values(found: Columns) -> dict[str, str]:
    return {name: joined(value) for name, value in found.values.items()}


def one_column() -> list[Line]:
    return [
        line("法定代表人", 0, 200),
        line("许怀舟", TEXT, 200),
        line("注册资本", 0, 250),
        line("伍拾万元整", TEXT, 250),
        line("成立日期", 0, 300),
        line("二〇二〇年", TEXT, 300),
    ]


def test_the_second_character_of_a_spread_label_may_be_read_with_the_value() -> None:
    found = read(line("名", 0, 100), line("称_远山货运有限公司", 4 * HIGH, 100), *one_column())
    assert values(found)["name"] == "远山货运有限公司"


def test_one_character_that_is_left_of_a_label_names_the_row() -> None:
    found = read(
        line("名", 0, 100),
        line("远山货运有限公司", TEXT, 100),
        line("型", 4 * HIGH, 150),
        line("股份有限公司", TEXT, 150),
        *one_column(),
    )
    assert values(found)["name"] == "远山货运有限公司"
    assert values(found)["kind"] == "股份有限公司"


def test_a_row_beside_an_unreadable_label_is_not_added_to_the_value_above() -> None:
    found = read(*one_column(), line("※※", 0, 345), line("南屏省望海市", TEXT, 345))
    assert values(found)["founded"] == "二〇二〇年"
    assert [joined(group) for group in found.unnamed] == ["南屏省望海市"]


def two_columns(*more: Line) -> Columns:
    right = 600
    return read(
        line("名称", 0, 100),
        line("远山货运有限公司", TEXT, 100),
        line("注册资本", right, 100),
        line("伍拾万元整", right + TEXT, 100),
        line("法定代表人", 0, 150),
        line("许怀舟", TEXT, 150),
        line("成立日期", right, 150),
        line("二〇二〇年", right + TEXT, 150),
        *more,
    )


def test_rows_go_on_in_their_own_column() -> None:
    found = two_columns(
        line("经营范围", 0, 200),
        line("货物运输；仓储服务；机", TEXT, 200),
        line("械设备租赁；软件开发。", TEXT, 228),
        line("住_所", 600, 200),
        line("南屏省望海市清溪乡马家", 600 + TEXT, 202),
        line("沟村六社", 600 + TEXT, 230),
    )
    assert values(found)["scope"] == "货物运输；仓储服务；机械设备租赁；软件开发。"
    assert values(found)["address"] == "南屏省望海市清溪乡马家沟村六社"


def test_a_line_that_runs_into_the_next_column_is_cut_there() -> None:
    crossing = "货物运输；仓储服务；" + "_" * 14 + "住"
    found = two_columns(
        line("经营范围", 0, 200), line(crossing, TEXT, 200), line("所_南屏省望海市", 600 + 4 * HIGH, 200)
    )
    assert values(found)["scope"] == "货物运输；仓储服务；"
    assert values(found)["address"] == "南屏省望海市"


def test_what_stands_above_the_columns_is_not_cut_at_their_edges() -> None:
    found = read(line("统一社会信用代码", 0, 20), line("九一九九二四〇七", 2, 45), *one_column())
    assert "九一九九二四〇七" in {piece.text for piece in found.left_over}


def test_the_date_below_the_registry_belongs_to_no_value() -> None:
    address = (line("住所", 0, 350), line("南屏省望海市", TEXT, 350))
    registry = (line("登记机关", 90, 372), line("二〇二一年二月", 110, 392), line("★", 130, 380))
    assert values(read(*one_column(), *address, *registry))["address"] == "南屏省望海市"


def test_a_row_belongs_to_the_nearest_of_two_close_labels() -> None:
    found = read(
        line("名称", 0, 100),
        line("远山货运有限公司", TEXT, 99),
        line("类型", 0, 112),
        line("股份有限公司", TEXT, 122),
        *one_column(),
    )
    assert values(found) == values(found) | {"name": "远山货运有限公司", "kind": "股份有限公司"}


def test_large_print_in_the_labels_place_is_no_label() -> None:
    mark = line("扶", 20, 310)
    large = Line(mark.text, (mark.quad - [20, 310]) * 3 + [20, 310], mark.scores, mark.centers)
    found = read(
        *one_column(), line("住所", 0, 340), line("南屏省望海市", TEXT, 340), large, line("六社", TEXT, 368)
    )
    assert values(found)["address"] == "南屏省望海市六社"


def test_specks_between_the_characters_of_a_label_do_not_hide_it() -> None:
    found = read(*one_column()[2:], line("法、定代/表人许怀舟", 0, 200))
    assert values(found)["person"] == "许怀舟"


def test_what_stands_beside_a_label_outside_the_columns_is_no_part_of_a_value() -> None:
    name = (line("名称", 0, 100), line("远山货运有限公司", TEXT, 100))
    number = (line("统一社会信用代码", 500, 100), line("九一九九", 680, 100))
    assert values(read(*name, *number, *one_column()))["name"] == "远山货运有限公司"


def test_the_place_beside_a_label_goes_as_far_as_the_columns_text() -> None:
    found = read(*one_column(), line("住所", 0, 350), line("南屏省望海市清溪乡", TEXT, 350))
    assert found.place("founded") == (
        TEXT - 0.2 * HIGH,
        310 - 0.55 * HIGH,
        TEXT + 9 * HIGH,
        310 + 0.55 * HIGH,
    )
    assert found.place("kind") is None


def test_what_is_left_of_a_label_beside_its_value_is_no_part_of_it() -> None:
    rest = line("柞", TEXT - 1.2 * HIGH, 100)
    rest = Line(rest.text, rest.quad * [1, 2.2] - [0, 132], rest.scores, rest.centers)
    found = read(line("名称", 0, 100), rest, line("远山货运有限公司", TEXT, 100), *one_column())
    assert values(found)["name"] == "远山货运有限公司"


def test_rows_far_below_a_value_do_not_continue_it() -> None:
    found = read(*one_column(), line("二〇二一年", TEXT, 400))
    assert values(found)["founded"] == "二〇二〇年"
    assert [piece.text for piece in found.left_over] == ["二〇二一年"]


def test_without_labels_there_are_no_columns() -> None:
    found = read(line("远山货运有限公司", 0, 0))
    assert (found.columns, found.values, [piece.text for piece in found.left_over]) == (
        [],
        {},
        ["远山货运有限公司"],
    )


def test_a_date_behind_a_misread_label_is_that_date_and_a_date_alone_is_none() -> None:
    found = pieces(
        [
            line("成兰日票2011年05月16日", 0, 0),
            line("2011年05月16日", 0, 90),
            line("法定代表2011年05月16日", 0, 130),
        ]
    )
    dated = [business_licence._dated(piece) for piece in found]
    assert [(each.label, each.text) if each else None for each in dated] == [
        ("registered_date", "2011年05月16日"),
        None,
        None,
    ]
