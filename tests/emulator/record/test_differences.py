"""The form of a value: what counts as equal when a recording is compared without its key."""

from __future__ import annotations

import random

import pytest

from cloudbase_ocr.record import scrub
from cloudbase_ocr.record.differences import form
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.bench.ocr.specimens.truths import truth_of
from wxcloud.contract import by_key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("992407199408164622", "99240719850712357X", True),
        ("91992407MA7K2P4X9D", "91992407P0D3LJH5PY", True),
        ("ZT7BK34E2N0206815", "ZT1LT46HXB5655473", True),
        ("992407199408164622", "99240719940816462", False),
        ("2031年6月2日", "2032年11月25日", True),
        ("2031-06-02", "2032-11-25", True),
        ("20310602", "2032年11月25日", False),
        ("ＡＢ１２３", "VK368", True),
        ("王五", "李四光", False),
        ("K20T5069137", "K20T506913X", False),
    ],
)
def test_form(one: str, other: str, same: bool) -> None:
    assert (form(one) == form(other)) is same


@pytest.mark.parametrize("name", sorted(known.name for known in SPECIMENS))
def test_invented_values_have_the_form_of_the_original(name: str) -> None:
    method = by_key("comm" if name == "printed-text" else name.partition("-")[0])
    assert method is not None
    reply = truth_of(name)
    dice = random.Random(name)
    for _ in range(50):
        assert form(scrub(method, reply, dice.randbytes(32))) == form(reply)
