"""What a confidence is worth: the networks' own, as it was found to hold on drawn pictures whose truth is known.

A curve for each document, written by ``python -m tests.bench.ocr calibrate --fit``: points between which it is
straight. Applied once, where an answer leaves the recognizer; documents decide by what the networks gave.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.recognizer.evidence import Evidence

    Curve = list[tuple[float, float]]

CURVES = Path(__file__).with_suffix(".json")


@lru_cache(maxsize=1)
def curves() -> Mapping[str, Curve]:
    """For each method's key points (raw, calibrated), both rising."""
    return {
        key: [(raw, confidence) for raw, confidence in points]
        for key, points in json.loads(CURVES.read_text("utf-8")).items()
    }


def calibrated(key: str, evidence: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """The evidence of each field of a document with what its confidence is worth."""
    curve = curves().get(key, [])
    return {
        name: replace(each, confidence=round(on_curve(curve, each.confidence), 4), raw=each.confidence)
        for name, each in evidence.items()
    }


def on_curve(curve: Curve, raw: float) -> float:
    """The value of a curve: straight between its points, level beyond them; `raw` itself where there is no curve."""
    if not curve:
        return raw
    above = bisect_right([point[0] for point in curve], raw)
    if above in (0, len(curve)):
        return curve[min(above, len(curve) - 1)][1]
    (left, low), (right, high) = curve[above - 1], curve[above]
    return low + (high - low) * (raw - left) / (right - left)
