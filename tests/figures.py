"""What ``/metrics`` of an instance says, for tests and measurements."""

from __future__ import annotations

from collections import Counter

import pytest

from tests import needs

parser = pytest.importorskip("prometheus_client.parser", reason=needs.SERVICE)


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return every sample: name and values of labels, by the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def ocr_calls(text: str, label: str) -> Counter[str]:
    """Return how many OCR calls were counted, by the value of `label`."""
    found: Counter[str] = Counter()
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "cloudbase_ocr_calls_total" and sample.labels["path"].startswith("/cv/ocr/"):
                found[sample.labels[label]] += int(sample.value)
    return found
