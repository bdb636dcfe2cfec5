"""What a reading rests on, the time it may take, and pictures made to take long."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from cloudbase_ocr.recognizer import ImageTooLarge, Recognizer, TookTooLong
from cloudbase_ocr.recognizer.fields import calibration
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.page.timing import Report
from tests.emulator.recognizer.pictures import opened, saved

Specimen = Callable[[str], bytes]
Boxes = dict[str, dict[str, list[list[list[int]]]]]


@pytest.mark.check
def test_each_field_is_explained_by_confidence_and_place(
    recognizer: Recognizer, specimen: Specimen, boxes: Boxes
) -> None:
    told = recognizer.explain("driving", specimen("driving-front"))
    assert told.fields == recognizer.recognize("driving", specimen("driving-front"))
    read = {name for name, value in told.fields.items() if isinstance(value, str) and value}
    assert set(told.evidence) == read
    for name, evidence in told.evidence.items():
        assert 0.6 <= evidence.confidence <= 1
        quad = np.array([[point["x"], point["y"]] for point in evidence.quads[0].values()], float)
        ink = np.array(boxes["driving-front"][name][0], float)
        assert np.linalg.norm(quad.mean(axis=0) - ink.mean(axis=0)) < 0.6 * np.linalg.norm(ink[3] - ink[0])


def test_a_confidence_is_calibrated_where_an_answer_leaves_the_recognizer(
    recognizer: Recognizer, specimen: Specimen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "curves", lambda: {"platenum": [(0.0, 0.5), (1.0, 0.75)]})
    evidence = recognizer.explain("platenum", specimen("platenum")).evidence["number"]
    assert evidence.raw is not None
    assert evidence.confidence == pytest.approx(0.5 + 0.25 * evidence.raw, abs=1e-4)


def test_the_stages_are_timed(recognizer: Recognizer, specimen: Specimen) -> None:
    told = recognizer.explain("idcard", specimen("idcard-back"))
    assert {"decode", "text"} <= set(told.stages)
    assert told.seconds == pytest.approx(sum(told.stages.values()))


@pytest.mark.check
def test_a_picture_that_takes_longer_than_the_limit_is_given_up(specimen: Specimen) -> None:
    with pytest.raises(TookTooLong, match="longer than the limit of 0 s"):
        Recognizer(limit=0.0).recognize("comm", specimen("printed-text"))


def test_the_limit_is_looked_at_between_stages() -> None:
    now = [100.0]
    report = Report(limit=5.0, clock=lambda: now[0])
    with report.stage("text"):
        now[0] += 4.0
    now[0] += 2.0
    with pytest.raises(TookTooLong), report.stage("second look"):
        pytest.fail("the stage must not begin")
    assert report.stages == {"text": 4.0}


def test_a_jpeg_with_absurdly_many_scans_is_refused(specimen: Specimen) -> None:
    progressive = saved(opened(specimen("platenum")), "JPEG", progressive=True)
    assert decode(progressive, 40_000_000).width == 1280
    last = progressive.rindex(b"\xff\xda")
    bomb = progressive[:last] + progressive[last:-2] * 200 + b"\xff\xd9"
    with pytest.raises(ImageTooLarge, match="scans"):
        decode(bomb, 40_000_000)
    assert len(io.BytesIO(bomb).getvalue()) > len(progressive)
