"""The table of heuristics: each can be switched off, and stands on its page."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.fields import prices
from tests.bench.ocr.ablation import DOCUMENT, Gain, Memo, table
from tests.bench.ocr.heuristics import HEURISTICS, Heuristic
from tests.bench.ocr.judge import MISSING, RIGHT, WRONG


@pytest.mark.parametrize("heuristic", HEURISTICS, ids=lambda each: f"{each.module}: {each.what}")
def test_a_heuristic_can_be_switched_off_and_on_again(heuristic: Heuristic) -> None:
    module = import_module(f"cloudbase_ocr.recognizer.{heuristic.module}")
    before = [getattr(module, name) for name in heuristic.off]
    with heuristic.switched_off():
        assert all(
            getattr(module, name) is not each for name, each in zip(heuristic.off, before, strict=True)
        )
    assert [getattr(module, name) for name in heuristic.off] == before
    assert heuristic.off
    assert set(heuristic.documents) <= READERS.keys()


def test_every_heuristic_stands_on_its_page() -> None:
    page = DOCUMENT.read_text("utf-8")
    assert [each.what for each in HEURISTICS if f"| {each.what} |" not in page] == []


def test_a_letter_is_no_currency_where_the_heuristic_is_off() -> None:
    heuristic = next(each for each in HEURISTICS if "_PRICE" in each.off)
    assert prices._PRICE.fullmatch("V48")
    with heuristic.switched_off():
        assert not prices._PRICE.fullmatch("V48")
        assert prices._PRICE.fullmatch("￥48")


def test_an_engine_is_asked_the_same_only_once() -> None:
    class Engine:
        asked = 0

        def detect(self, picture: Any, long_side: int = 960) -> list[Any]:
            self.asked += 1
            return [picture.sum() + long_side]

        recognize = recognize_all = hypotheses = likelihoods = detect

    engine = Engine()
    memo: Any = Memo(engine)  # type: ignore[arg-type]  # it stands in for the engine
    picture = np.ones((2, 2))
    assert memo.detect(picture, 4) == memo.detect(picture.copy(), 4) == [8]
    assert engine.asked == 1
    assert memo.detect(picture * 2, 4) == [12]


def test_the_table_counts_what_a_rule_changes() -> None:
    gains = {each.what: Gain() for each in HEURISTICS}
    first = gains[HEURISTICS[0].what]
    first.count(Counter({RIGHT: 5, WRONG: 1}), Counter({RIGHT: 3, WRONG: 2, MISSING: 1}))
    first.count(Counter({RIGHT: 5}), Counter({RIGHT: 5}))
    row = next(row for row in table(gains, "make").splitlines() if HEURISTICS[0].what in row)
    assert row.endswith("| 2 | 1 | +2 | -1 |")
