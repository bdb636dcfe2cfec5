"""The figures of /metrics: the pages name each, and the board of docs/grafana.json asks for these and no others."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.calls import Call, Trace
from cloudbase_ocr.recognizer.evidence import Explanation
from cloudbase_ocr.recognizer.serving.service import READY, Status
from cloudbase_ocr.service.metrics import Metrics
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.docs.page_blocks import ROOT, read
from tests.docs.test_self_hosting import PAGE

parser = pytest.importorskip(
    "prometheus_client.parser",
    reason=needs.SERVICE,
)

BOARD: dict[str, Any] = json.loads(read("docs/grafana.json"))
EXPRESSIONS = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
OF_PROMETHEUS = {"instance", "job"}


class Reader:
    def status(self) -> Status:
        return Status(READY, "", 1, 1, 0, 0, 1, None, None, "", memory_limit=1)


@pytest.fixture(scope="module")
def shown() -> str:
    """What /metrics shows after a call that a quota refused, of an instance that reads and shares."""
    pytest.importorskip("redis", reason="redis-py is not installed; run: pip install 'cloudbase-ocr[redis]'")
    emulator = create_app(Settings(recognizer=False, state="redis://127.0.0.1:1/0")).extensions["emulator"]
    emulator.recognizer = Reader()
    metrics = Metrics(emulator)
    trace = Trace(explanation=Explanation({}, {}, {"decode": 0.1}, 0.1), waited=0.1)
    metrics.record(Call("POST", "/cv/ocr/idcard", 0.0, code=45009, trace=trace))
    return metrics.text().decode()


@pytest.fixture(scope="module")
def labels(shown: str) -> dict[str, set[str]]:
    """The labels of each figure by the name that is asked for."""
    found: dict[str, set[str]] = {}
    for family in parser.text_string_to_metric_families(shown):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return {name: each for name, each in found.items() if not name.endswith("_created")}


@pytest.mark.parametrize("page", [PAGE, "docs/self-hosting.zh-CN.md"])
def test_the_pages_name_every_figure(page: str, shown: str) -> None:
    families = set(re.findall(r"^# TYPE cloudbase_ocr_(\w+) ", shown, re.MULTILINE))
    families = {name for name in families if not name.endswith("_created")}
    assert len(families) >= 12
    assert [name for name in families if f"`{name}`" not in read(page)] == []


@pytest.mark.parametrize("page", [PAGE, "docs/self-hosting.zh-CN.md"])
def test_the_pages_name_every_stage(page: str) -> None:
    files = (ROOT / "emulator/cloudbase_ocr/recognizer").rglob("*.py")
    stages = {
        name for file in files for name in re.findall(r"\.stage\(\"([^\"]+)\"\)", file.read_text("utf-8"))
    }
    assert len(stages) >= 5
    (told,) = (part for part in read(page).split("\n\n") if part.startswith("**OpenTelemetry**"))
    assert [stage for stage in stages if f"`{stage}`" not in told] == []


def test_the_board_asks_for_figures_and_labels_that_there_are(labels: dict[str, set[str]]) -> None:
    assert len(EXPRESSIONS) >= 12
    for expression in EXPRESSIONS:
        names = set(re.findall(r"cloudbase_ocr_\w+", expression))
        assert names, expression
        assert names <= set(labels), expression
        asked = set(re.findall(r"(\w+)(?==~?\")", expression))
        for group in re.findall(r"by \(([^)]+)\)", expression):
            asked |= set(re.split(r", *", group))
        for name in names:
            assert asked <= labels[name] | OF_PROMETHEUS, expression


def test_the_board_shows_every_figure(labels: dict[str, set[str]]) -> None:
    asked = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for name in re.findall(r"cloudbase_ocr_\w+", str(EXPRESSIONS))
    }
    there = {re.sub(r"_(bucket|sum|count)$", "", name) for name in labels}
    assert asked == there


def test_the_board_is_one_that_grafana_can_lay_out() -> None:
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    variables = {each["name"] for each in BOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(panels)))
    assert used == variables
