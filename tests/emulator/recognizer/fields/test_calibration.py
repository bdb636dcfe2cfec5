"""A raw confidence becomes what it is worth, in one place, for every reader of the answer."""

from __future__ import annotations

import pytest

from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.evidence import Evidence
from cloudbase_ocr.recognizer.fields import calibration
from cloudbase_ocr.recognizer.fields.calibration import calibrated, on_curve

CURVE = [(0.5, 0.2), (0.9, 0.6), (1.0, 0.99)]


@pytest.mark.parametrize(
    ("raw", "worth"), [(0.1, 0.2), (0.5, 0.2), (0.7, 0.4), (0.9, 0.6), (0.95, 0.795), (1.0, 0.99)]
)
def test_a_curve_is_straight_between_its_points_and_level_beyond(raw: float, worth: float) -> None:
    assert on_curve(CURVE, raw) == pytest.approx(worth)


def test_without_a_curve_a_confidence_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "curves", lambda: {"idcard": CURVE})
    evidence = {"name": Evidence(0.9, [])}
    assert calibrated("idcard", evidence) == {"name": Evidence(0.6, [], raw=0.9)}
    assert calibrated("menu", evidence) == {"name": Evidence(0.9, [], raw=0.9)}


def test_the_curves_that_are_shipped_rise_and_are_of_documents() -> None:
    assert set(calibration.curves()) <= set(READERS)
    for points in calibration.curves().values():
        assert points == sorted(points)
        worths = [worth for _, worth in points]
        assert worths == sorted(worths)
        assert all(0 <= value <= 1 for point in points for value in point)
