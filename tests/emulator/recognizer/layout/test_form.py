"""Labels, values and their forms, from lines at known places."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from cloudbase_ocr.recognizer.documents import driver_licence, vehicle_licence
from cloudbase_ocr.recognizer.documents.lexicon import enterprises, vehicles
from cloudbase_ocr.recognizer.fields import checksums, formats
from cloudbase_ocr.recognizer.image.deskew import rectification_of
from cloudbase_ocr.recognizer.image.geometry import Line
from cloudbase_ocr.recognizer.layout.form import Form
from cloudbase_ocr.recognizer.layout.labels import Label, cut, distance
from cloudbase_ocr.recognizer.layout.pieces import Piece, joined, pieces
from cloudbase_ocr.recognizer.ocr.ctc import beam

LABELS = (
    Label("name", ("名称",), (), (0.05, 0.1)),
    Label("plate", ("号牌号码",), ("Plate No.",), (0.05, 0.3)),
    Label("owner", ("所有人",), ("Owner",), (0.05, 0.5)),
    Label("issue_date", ("发证日期",), ("Issue Date",), (0.6, 0.5)),
)


def line(text: str, left: float, top: float, height: float = 20) -> Line:
    width = sum(height if character > "\u2e80" else height / 2 for character in text)
    quad = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
    centers = tuple((index + 0.5) / len(text) for index in range(len(text)))
    return Line(text, quad.astype(float), (1.0,) * len(text), centers)


def never(piece: Piece) -> bool:
    return piece.text == ""


def form(*lines: Line) -> Form:
    return Form(pieces(list(lines)), LABELS, never)


def test_spread_labels_are_joined_also_when_the_value_follows_in_the_same_line() -> None:
    found = form(line("名", 0, 0), line("称", 60, 0), line("远山货运", 120, 0))
    assert found.text("name") == "远山货运"
    found = form(line("名", 0, 0), line("称 远山货运", 60, 0))
    assert found.text("name") == "远山货运"


@pytest.mark.parametrize("english", ["Plate No.", "Plate No", "Piate No.", "PlateNo."])
def test_an_english_label_stands_for_a_chinese_one_that_was_not_read(english: str) -> None:
    found = form(line(english, 0, 24, 16), line("云A12345", 120, 10))
    assert found.text("plate") == "云A12345"


def test_english_and_value_in_one_line() -> None:
    assert form(line("号牌号码", 0, 0), line("Plate No.云A12345", 0, 24)).text("plate") == "云A12345"


def test_a_value_between_two_labels_of_a_row_belongs_to_the_left_one() -> None:
    found = form(
        line("所有人", 0, 0), line("许怀舟", 90, 4), line("发证日期", 300, 0), line("2020-01-02", 400, 4)
    )
    assert (found.text("owner"), found.text("issue_date")) == ("许怀舟", "2020-01-02")


def test_a_label_that_was_not_read_is_put_where_the_layout_says() -> None:
    found = form(
        line("名称", 50, 90),
        line("远山货运", 150, 90),
        line("云A12345", 200, 290),
        line("所有人", 50, 490),
        line("许怀舟", 150, 490),
        line("发证日期", 600, 490),
        line("2020-01-02", 720, 490),
    )
    assert not found.anchors["plate"].seen
    assert found.text("plate") == "云A12345"


@pytest.mark.parametrize(
    ("read", "owner"),
    [("所月人", ""), ("所月人许怀舟", "许怀舟"), ("有人许怀舟", "许怀舟"), ("许怀舟", "许怀舟")],
)
def test_a_misread_label_at_its_place_is_no_value(read: str, owner: str) -> None:
    """Four labels tell where the fifth must be."""
    labels = (*LABELS, Label("model", ("品牌型号",), (), (0.6, 0.3)))
    left = 50 if read.startswith("所") else 70 if read.startswith("有") else 130
    lines = [line("名称", 50, 100), line("号牌号码", 50, 300), line("品牌型号", 600, 300)]
    lines += [line("发证日期", 600, 500), line(read, left, 500)]
    assert Form(pieces(lines), labels, never).text("owner") == owner


def test_rows_below_continue_a_value_and_stamps_do_not() -> None:
    lines = [line("名称", 0, 0), line("远山", 60, 0), line("货运", 60, 26), line("印章", 60, 50)]
    found = Form(pieces(lines), LABELS, lambda piece: piece.text == "印章")
    assert found.text("name") == "远山货运"


def test_a_label_inside_a_sentence_is_no_label() -> None:
    cuts = cut(pieces([line("货物名称、规格", 0, 0)]), LABELS)
    assert [piece.label for piece in cuts] == [""]


def test_rows_that_converge_are_level_in_the_frame() -> None:
    lines = []
    for index in range(9):
        slope = 0.06 - 0.012 * index
        corners = [[0, 0], [600, 600 * slope], [600, 600 * slope + 20], [0, 20]]
        quad = np.array(corners, float) + np.array([100, 60 * index])
        lines.append(Line("一行文字", quad, (1.0,) * 4, (0.1, 0.4, 0.6, 0.9)))
    rectification = rectification_of(lines)
    for each in lines:
        level = rectification.rectified(each.quad)
        assert abs(level[1, 1] - level[0, 1]) < 3
        assert rectification.in_picture(level) == pytest.approx(each.quad)
    assert math.isclose(joined(pieces(lines)).count("一"), 9)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (formats.plate, "云A·12345", "云A12345"),
        (formats.plate, "云AO2I45", "云A02145"),
        (formats.plate, "云AD12345", "云AD12345"),
        (formats.plate, "云A1234学", "云A1234学"),
        (formats.plate, "云A123", ""),
        (formats.plate, "A123456", ""),
        (formats.date, "2020-02-29", "2020-02-29"),
        (formats.date, "20210301", "2021-03-01"),
        (formats.date, "2021-02-29", ""),
        (formats.date, "2021-3-1", ""),
        (formats.mass, "1965kg", "1965kg"),
        (formats.mass, "1965", "1965kg"),
        (formats.mass, "--", ""),
        (formats.paired, "（甲)（乙", "（甲）（乙"),
        (vehicles.size, "4623×1842×1690mm", "4623x1842x1690mm"),
        (vehicles.size, "4623×1842", ""),
        (vehicles.passengers, "5人", "5人"),
        (vehicles.passengers, "2+3人", "2+3人"),
        (vehicles.passengers, "05人", ""),
        (vehicles.vin, "ZTI2345678901234O", "ZT123456789012340"),
        (vehicles.vin, "ZT123", ""),
        (vehicles.vehicle_type, "小型普通客车", "小型普通客车"),
        (vehicles.vehicle_type, "小型普通", ""),
        (vehicles.vehicle_type, "K33", "K33"),
        (vehicles.plate, "码云A12345", "云A12345"),
        (vehicles.plate, "某A12345", "某A12345"),
        (vehicles.plate, "某市", ""),
        (vehicles.vin, "XXXXX1234567890000", "XXXXX1234567890000"),
        (vehicles.owner, "人许怀舟", "许怀舟"),
        (vehicles.owner, "许怀舟hc00", ""),
        (formats.name, "名许怀舟", "许怀舟"),
        (formats.name, "许怀舟", "许怀舟"),
        (vehicles.model, "远帆牌YF6450H2", "远帆牌YF6450H2"),
        (vehicles.record, "992400718264", "992400718264"),
        (vehicles.engine, "无", "无"),
        (vehicles.engine, "发动机", ""),
        (driver_licence.car_class, "A1A2D", "A1A2D"),
        (driver_licence.car_class, "C9", ""),
        (enterprises.period, "2023年04月17日至长期", "2023年04月17日至长期"),
        (enterprises.period, "自2023年04月17日至2043年04月16日", "自2023年04月17日至2043年04月16日"),
        (enterprises.period, "长期", "长期"),
        (enterprises.period, "2023年13月17日至长期", ""),
        (enterprises.chinese_date, "2019年1月8日", "2019年1月8日"),
        (enterprises.chinese_date, "2019年1月38日", ""),
        (enterprises.amount, "伍拾万元整", "伍拾万元整"),
        (enterprises.amount, "张三", ""),
        (enterprises.code, "91992407MA7K2P4X9D", "91992407MA7K2P4X9D"),
        (enterprises.code, "91992407MA7K2P4XSD", ""),
        (enterprises.code, "110108000000016", "110108000000016"),
    ],
)
def test_the_form_of_values(parse: Callable[[str], str], text: str, value: str) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("6年", "2026-05-04"),
        ("10", "2030-05-04"),
        ("长期", "长期"),
        ("2026-05-04", "2026-05-04"),
        ("7年", ""),
    ],
)
def test_the_end_of_a_licences_term(text: str, end: str) -> None:
    assert driver_licence._end(text, "2020-05-04") == end
    assert driver_licence._end("6年", "2024-02-29") == "2030-02-28"


def test_check_digits() -> None:
    assert checksums.luhn_ok("9990470823651947300")
    assert not checksums.luhn_ok("9990470823651947301")
    assert checksums.vin_ok("ZT7BK34E2N0206815")
    assert not checksums.vin_ok("ZT7BK34E3N0206815")
    assert checksums.credit_code_ok("91992407MA7K2P4X9D")
    assert not checksums.credit_code_ok("91992407MA7K2P4X9A")


def test_each_page_of_a_vehicle_licence_has_a_rule_for_every_field() -> None:
    named = {label.name for label in (*vehicle_licence.FRONT, *vehicle_licence.BACK)}
    assert set(vehicle_licence.SPECS) <= named


def test_edit_distance() -> None:
    assert [distance("abc", each) for each in ("abc", "abd", "bc", "")] == [0, 1, 1, 3]


def test_the_beam_gives_the_likeliest_texts_with_their_probabilities() -> None:
    steps = np.array([[0.1, 0.6, 0.3], [0.9, 0.05, 0.05], [0.2, 0.1, 0.7]], np.float32)
    texts = dict(beam(steps, ["", "1", "2"]))
    assert max(texts, key=lambda text: texts[text]) == "12"
    # Every path of three steps that reads "12": 1-2, 112, 122, 12-, -12.
    assert texts["12"] == pytest.approx(0.378 + 0.021 + 0.021 + 0.006 + 0.0035)
    assert sum(texts.values()) <= 1.0001
