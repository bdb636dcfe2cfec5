"""Pictures that are refused near the end of memory, and while an instance of several loads."""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from cloudbase_ocr.answers import shedding
from cloudbase_ocr.recognizer import RecognizerBusy
from cloudbase_ocr.recognizer.evidence import Explanation
from cloudbase_ocr.recognizer.serving.memory import MEGABYTE, MemoryLimit
from cloudbase_ocr.recognizer.serving.service import LOADING, READY, Status
from cloudbase_ocr.recognizer.serving.shedding import SheddingRecognizer
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests import needs

SHARED = Settings(state="redis://127.0.0.1:1/0", overload="503", memory_limit_mb=0)


class Reader:
    """Reads nothing, and is as busy as it is told."""

    methods = frozenset({"idcard"})

    def __init__(self, status: Status) -> None:
        self.now = status
        self.calls: list[str] = []

    def explain(
        self, key: str | None, image: bytes, *, identify: bool = False, account: str = ""
    ) -> Explanation:
        assert (image, identify) == (b"x", False)
        self.calls.append(f"{key} {account}")
        return Explanation({"name": "林知夏"}, {}, {}, 0.0)

    def recognize(self, key: str, image: bytes) -> dict[str, Any]:
        return self.explain(key, image).fields

    def status(self) -> Status:
        return self.now

    def warm(self) -> None:
        self.calls.append("warm")

    def close(self) -> None:
        self.calls.append("close")


def status(state: str = READY, *, reading: int = 0, waiting: int = 0) -> Status:
    return Status(state, "", 2, 1, reading, waiting, 32, None, None, "", pids=(7,))


@pytest.mark.parametrize(("reading", "waiting"), [(1, 0), (0, 1)])
@pytest.mark.parametrize(("size", "most"), [(10_000, 9_000), (1_000, 744)])
def test_near_the_limit_a_picture_beside_others_is_refused_and_one_alone_is_read(
    reading: int, waiting: int, size: int, most: int
) -> None:
    asked, used = [], [(most + 1) * MEGABYTE]

    def taken(pids: Any) -> int:
        asked.append(tuple(pids))
        return used[0]

    reader = Reader(status(reading=reading, waiting=waiting))
    bounded = SheddingRecognizer(
        reader, MemoryLimit(size * MEGABYTE, taken, "the limit"), while_loading=False
    )
    with pytest.raises(
        RecognizerBusy, match=rf"^{most + 1:,} MB of memory are taken, nearly the limit.*give it more"
    ):
        bounded.recognize("idcard", b"x")
    assert asked == [(os.getpid(), 7)]
    assert (bounded.status().shed, bounded.status().memory_limit) == (1, size * MEGABYTE)
    used[0] = most * MEGABYTE
    assert bounded.recognize("idcard", b"x") == {"name": "林知夏"}
    used[0] = 2 * size * MEGABYTE
    reader.now = status()
    assert bounded.explain("idcard", b"x", account="wx1").fields
    assert reader.calls == ["idcard ", "idcard wx1"]
    assert bounded.status().shed == 1


def test_an_instance_of_several_refuses_while_it_loads() -> None:
    reader = Reader(status(LOADING))
    one = shedding(reader, SHARED)
    with pytest.raises(RecognizerBusy, match="being loaded; other instances"):
        one.explain("idcard", b"x")
    reader.now = status()
    assert one.explain("idcard", b"x").fields
    one.warm()
    one.close()
    assert reader.calls == ["idcard ", "warm", "close"]
    assert one.methods == reader.methods


@pytest.mark.parametrize("other", [{"state": None}, {"overload": "-1"}])
def test_where_nobody_else_can_read_a_picture_waits_for_the_engine(other: dict[str, Any]) -> None:
    reader = Reader(status(LOADING))
    assert shedding(reader, replace(SHARED, **other)) is reader


def test_the_settings_bound_memory() -> None:
    one = shedding(Reader(status()), Settings(memory_limit_mb=100))
    assert one.status().memory_limit == 100 * MEGABYTE


def test_refusals_of_many_threads_are_all_counted() -> None:
    limit = MemoryLimit(1, lambda _: 1, "the limit")
    bounded = SheddingRecognizer(Reader(status(reading=1)), limit, while_loading=False)

    def ask() -> None:
        for _ in range(20):
            with pytest.raises(RecognizerBusy):
                bounded.explain("idcard", b"x")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert bounded.status().shed == 80


@pytest.mark.check
@needs.engine
def test_a_service_with_too_little_memory_reads_one_picture_at_a_time_and_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chosen = Settings(port=0, overload="503", memory_limit_mb=100, recognizer_workers=2, quota_per_day=0)
    with caplog.at_level("INFO", "cloudbase_ocr.calls"), running(chosen) as server:
        recognizer = server.emulator.recognizer
        assert recognizer is not None
        recognizer.warm()

        def call(_: int) -> tuple[int, int]:
            form = {"img": ("a.jpg", SPECIMENS[0].picture)}
            url = f"{server.url}/cv/ocr/idcard?access_token=mock://wx1"
            answer = requests.post(url, files=form, timeout=60)
            return answer.status_code, answer.json()["errcode"]

        with ThreadPoolExecutor(6) as pool:
            got = Counter(pool.map(call, range(6)))
        assert set(got) == {(200, 0), (503, -1)}
        assert recognizer.status().shed == got[503, -1]
        assert call(0) == (200, 0)
        assert recognizer.status().restarts == 0
    told = [record.getMessage() for record in caplog.records if "--memory-limit-mb" in record.getMessage()]
    assert len(told) == got[503, -1]
