"""From the rows beside a label of a business licence to a value: marks that were cut off, doubt, red ink."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cloudbase_ocr.recognizer.documents import business_values
from cloudbase_ocr.recognizer.documents.business_licence import SPECS
from cloudbase_ocr.recognizer.evidence import Evidence
from cloudbase_ocr.recognizer.image.deskew import Rectification
from cloudbase_ocr.recognizer.image.geometry import Line, box
from cloudbase_ocr.recognizer.layout.pieces import Piece, joined, pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.page.page import Page

HIGH = 20.0


def line(text: str, left: float = 0, top: float = 0, score: float = 1.0) -> Line:
    """Full-width characters of `HIGH` pixels."""
    quad = box(left, top, left + HIGH * len(text), top + HIGH)
    return Line(
        text, quad, (score,) * len(text), tuple((place + 0.5) / len(text) for place in range(len(text)))
    )


def doubted(text: str, character: str, score: float, top: float = 0) -> Line:
    """A line with doubt in one character."""
    whole = line(text, top=top)
    return Line(text, whole.quad, tuple(score if each == character else 1.0 for each in text), whole.centers)


@dataclass
class Sheet:
    """A page that says the same wherever it is read again, and counts how often."""

    says: Line = field(default_factory=lambda: line(""))
    again: int = 0
    picture: Any = field(default_factory=lambda: np.full((400, 1200, 3), 255, np.uint8))
    rectification: Rectification = field(default_factory=lambda: Rectification(np.eye(3)))

    def recognize_again(self, quad: Any, only: Any = None) -> Line:
        return self.recognize(self.picture, quad)

    def recognize(self, picture: Any, quad: Any, only: Any = None) -> Line:
        self.again += 1
        return Line(self.says.text, quad, self.says.scores, self.says.centers)

    def evidence(self, found: Any, confidence: float) -> Evidence:
        return Evidence(confidence, [])


def resolved(sheet: Sheet, name: str, *lines: Line) -> str:
    return business_values.resolved(
        cast("Page", sheet), name, pieces(list(lines), sheet.rectification), SPECS[name]
    ).value


def test_a_speck_and_the_width_of_a_bracket_leave_no_doubt_in_a_name() -> None:
    found = doubted("青禾经纪（.望海）有限公司", ".", 0.6)
    scores = tuple(
        0.5 if each == "（" else score for each, score in zip(found.text, found.scores, strict=True)
    )
    sheet = Sheet()
    assert (
        resolved(sheet, "enterprise_name", Line(found.text, found.quad, scores, found.centers))
        == "青禾经纪（望海）有限公司"
    )
    assert sheet.again == 0


def test_points_beside_latin_letters_stay() -> None:
    [piece] = pieces([doubted("青禾A.B有限公司", ".", 0.5)])
    assert business_values.settled(piece).text == "青禾A.B有限公司"


def test_a_bracket_alone_in_the_next_row_closes_the_value() -> None:
    assert resolved(Sheet(line("）")), "address", line("松月路9号（住所申报")) == "松月路9号（住所申报）"
    assert resolved(Sheet(line("甲")), "address", line("松月路9号（住所申报")) == "松月路9号（住所申报"


def scope(*heads: str) -> list[Line]:
    """Rows; a blank before the text is a mark that the box does not hold."""
    rows = [each.strip() for each in heads]
    return [
        line(text, left=0.5 * HIGH if head.startswith(" ") else 0, top=30 * place)
        for place, (head, text) in enumerate(zip(heads, rows, strict=True))
    ]


def test_a_row_that_begins_further_right_has_a_mark_before_it() -> None:
    rows = scope(
        "图书零售；软件开发；广告发布", " 广告制作；文艺创作；会议服务", "餐饮服务；住房租赁；日用百货。"
    )
    value = "图书零售；软件开发；广告发布；广告制作；文艺创作；会议服务餐饮服务；住房租赁；日用百货。"
    assert resolved(Sheet(line("；广告制作")), "business_scope", *rows) == value


def test_a_doubtful_row_that_most_readings_agree_on_is_taken() -> None:
    rows = [line("图书零售；软件开发；"), doubted("青禾偿月。", "偿", 0.4, top=30)]
    value = "图书零售；软件开发；青禾赏月。"
    assert resolved(Sheet(line("青禾赏月。", score=0.95)), "business_scope", *rows) == value
    assert resolved(Sheet(line("青禾赏月。", score=0.7)), "business_scope", *rows) == ""


def test_a_long_scope_is_answered_with_one_doubtful_character() -> None:
    entries = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    rows = [line(entries + entries), doubted(entries, "午", 0.7, top=30)]
    sheet = Sheet(line("说别的", score=0.3))
    assert resolved(sheet, "business_scope", *rows) == entries * 3
    assert resolved(sheet, "business_scope", doubted("甲乙丙丁。", "丙", 0.7)) == ""


def test_a_scope_that_goes_on_below_its_last_row_is_not_answered() -> None:
    assert resolved(Sheet(), "business_scope", line("图书零售；软件开发；广告设计、代理；道路")) == ""
    rows = [line("图书零售；软件开发；"), line("广告设计、代理；道路", top=30)]
    assert resolved(Sheet(), "business_scope", *rows) == ""
    rows = [line("图书零售；软件开发；"), line("餐饮服务", top=30)]
    assert resolved(Sheet(), "business_scope", *rows) == "图书零售；软件开发；餐饮服务"


def test_what_is_not_legible_is_not_read_again() -> None:
    sheet = Sheet(line("青禾赏月。"))
    assert resolved(sheet, "business_scope", line("青禾偿月。", score=0.4)) == ""
    assert sheet.again == 0


def test_a_place_gives_a_value_only_when_it_says_one() -> None:
    def found(*says: Line, below: Sequence[Piece] = ()) -> str:
        page = cast("Page", Sheet(says[0]) if says else Sheet())
        return business_values.in_place(page, (0, 0, 300, 20), below, SPECS["registered_date"]).value

    assert found(line("2017年03月02日")) == "2017年03月02日"
    assert found(line("2017年03月02日", score=0.3)) == ""
    assert found(line("2017年03"), below=pieces([line("月02日", top=40)])) == "2017年03月02日"
    assert found() == ""


def stamped() -> tuple[Sheet, Piece]:
    sheet = Sheet()
    sheet.picture[5:15, 5:10] = 30
    sheet.picture[0:20, 20:60] = (60, 60, 220)
    [piece] = pieces([line("书屋乐", score=0.5)])
    return sheet, piece


def test_print_under_a_stamp_is_kept_and_a_stamp_alone_is_not() -> None:
    sheet, piece = stamped()
    page = cast("Page", sheet)
    sheet.says = line("书屋", score=0.9)
    under = business_values.under_stamp(page, piece)
    assert under is not None
    assert joined([under]) == "书屋"
    sheet.says = line("书屋", score=0.3)
    assert business_values.under_stamp(page, piece) is None
