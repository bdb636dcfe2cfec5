"""Which document it is: from drawn photos, and from lines that are told."""

from __future__ import annotations

import numpy as np
import pytest

from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.recognizer.documents.classify import candidates, contradicts
from cloudbase_ocr.recognizer.documents.printed_text import PRINTED_TEXT
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.image.geometry import Line
from tests.bench.ocr.cases import DOCUMENTS, Case
from tests.emulator.recognizer.kept_photos import CASES, photo


class Told:
    """Stands where a page stands: lines below each other on a grey picture, or one in a colour."""

    def __init__(self, *texts: str, colour: tuple[int, int, int] = (200, 200, 200)) -> None:
        self.picture = np.full((1000, 1000, 3), colour, np.uint8)
        self._lines = [
            Line(
                text,
                np.array(
                    [[50, y], [50 + 30 * len(text), y], [50 + 30 * len(text), y + 50], [50, y + 50]], float
                ),
                (0.99,) * len(text),
                tuple((place + 0.5) / max(1, len(text)) for place in range(len(text))),
            )
            for y, text in zip(range(50, 950, 60), texts, strict=False)
        ]

    def lines(self) -> list[Line]:
        return self._lines


def likeliest(*texts: str, colour: tuple[int, int, int] = (200, 200, 200)) -> str:
    return candidates(Told(*texts, colour=colour))[0].key  # type: ignore[arg-type]  # stands for a page


@pytest.mark.check
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.document.name}-{case.level}")
def test_photos_of_the_benchmark_are_told_apart(recognizer: Recognizer, case: Case) -> None:
    told = recognizer.explain(None, photo(case))
    assert told.key == case.document.key
    assert told.candidates[0].score > told.candidates[1].score


def test_every_document_has_a_score_from_none_to_all() -> None:
    found = candidates(Told("姓名 林知夏", "公民身份号码 992407199408164622"))  # type: ignore[arg-type]  # stands for a page
    assert {each.key for each in found} == {document.key for document in DOCUMENTS}
    assert all(0 <= each.score <= 1 for each in found)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_a_picture_without_text_is_hardly_anything() -> None:
    (first, *_) = candidates(Told())  # type: ignore[arg-type]  # stands for a page
    assert (first.key, first.score) == ("comm", PRINTED_TEXT.no_text)
    assert candidates(Told("今天天气很好"))[0].score == PRINTED_TEXT.text  # type: ignore[arg-type]  # it stands in


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (("公民身份号码",), "idcard"),
        (("公民身份号玛 992407199408164622", "姓名 林知夏"), "idcard"),
        (("号牌号码 宁Z3K7Q8", "使用性质 非营运"), "driving"),
        (("准驾车型 C1", "国籍 中国"), "drivinglicense"),
        (("统一社会信用代码", "经营范围 图书零售"), "bizlicense"),
        (("9990 4708 2365 1947 300",), "bankcard"),
        (("9990", "4708", "2365", "1947"), "bankcard"),
        (("清炒时蔬……22元", "麻婆豆腐……26元", "米饭……3元", "酸菜鱼……68元"), "menu"),
        (("甲方应当按照合同约定支付营业执照和驾驶证的办理费用", "乙方应当提供居民身份证的复印件"), "comm"),
        (("SPECIMEN", "DOCUMENT", "2019", "第 3 页"), "comm"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_signs_decide(texts: tuple[str, ...], key: str) -> None:
    assert likeliest(*texts) == key


def test_a_plate_is_told_by_its_form_and_better_by_its_colour() -> None:
    blue, grey = (180, 70, 20), (200, 200, 200)
    scores = {
        colour: next(
            each.score
            for each in candidates(Told("宁Z·3K7Q8", colour=colour))  # type: ignore[arg-type]  # stands for a page
            if each.key == "platenum"
        )
        for colour in (blue, grey)
    }
    assert likeliest("宁Z·3K7Q8", colour=blue) == likeliest("宁Z", "3K7Q8", colour=blue) == "platenum"
    assert scores[blue] > scores[grey]
    assert likeliest("号牌号码 宁Z3K7Q8", "宁Z3K7Q8", "车辆类型 小型轿车", "使用性质 非营运") == "driving"


def test_labels_of_another_document_contradict_the_one_that_is_asked_for() -> None:
    card = ("姓名 林知夏", "住址 南屏省望海市", "公民身份号码 992407199408164622")
    assert {key for key in READERS if contradicts(key, Told(*card).lines())} == READERS.keys() - {"idcard"}
    licence = ("中华人民共和国机动车行驶证", "号牌号码 宁Z3K7Q8")
    assert contradicts("drivinglicense", Told(*licence).lines())
    assert not contradicts("driving", Told(*licence).lines())
    assert contradicts("driving", Told("中华人民共和国机动车驾驶证", "姓名 林知夏").lines())
    assert contradicts("driving", Told("机动车登记证书").lines())


@pytest.mark.parametrize(
    "texts",
    [
        ("本店支持银联", "信用卡不收手续费", "清炒时蔬……22元"),
        ("持有驾驶证或者居民身份证的顾客在活动期间可以享受八折", "民族风味"),
        ("9990 4708 2365 1947", "有效期限 08/31", "姓名"),
    ],
)
def test_a_word_in_passing_contradicts_nothing(texts: tuple[str, ...]) -> None:
    assert not contradicts("menu", Told(*texts).lines())
    assert not contradicts("bankcard", Told(*texts).lines())
