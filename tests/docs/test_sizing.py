"""The arithmetic of the page on a private service: its figures follow from those that were measured."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.bench.rates import write_fixtures
from tests.docs.page_blocks import read
from tests.docs.test_kubernetes import CONTAINER
from tests.docs.test_self_hosting import PAGE

SECRET = "a-secret-nobody-guesses"
PAGES = [PAGE, "docs/self-hosting.zh-CN.md"]
A_DAY, ACCOUNTS, PEAK = 1_000_000, 10_000, 3
CORES, BUSY, GB, MB_A_PICTURE = 2, 0.7, 2, 0.5
OF_A_CALL, OF_A_TOKEN, TOKENS_A_DAY, KB_AN_ACCOUNT = 4, 6, 12, 1.5


def seconds_a_picture(page: str) -> float:
    """Return the processor time that the page on many pictures gives."""
    (found,) = re.findall(
        r"^\| (?:processor time|.*处理器时间).*?\| ([\d.]+) (?:s|秒)", read(page), re.MULTILINE
    )
    return float(found)


def rows(times: int) -> list[str]:
    """Return the column of the table for so many times the mean of a day."""
    pictures = times * A_DAY / 86400
    cores = pictures * seconds_a_picture("docs/batch.md")
    instances = math.ceil(cores / BUSY / CORES)
    calls = pictures * OF_A_CALL
    tokens = times * ACCOUNTS * TOKENS_A_DAY * OF_A_TOKEN / 86400
    probes = instances / CONTAINER["readinessProbe"]["periodSeconds"]
    return [
        f"{pictures:.1f}",
        f"{cores:.1f}",
        f"{instances}",
        f"{instances * GB} GB",
        f"{pictures * MB_A_PICTURE:.1f}",
        f"{calls:.1f}",
        f"{tokens:.1f}",
        f"{probes:.1f}",
        f"{calls + tokens + probes:.1f}",
        f"{ACCOUNTS * KB_AN_ACCOUNT / 1000:.0f} MB",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_table_follows_from_what_was_measured(page: str) -> None:
    (table,) = re.findall(r"\n\| \| [^\n]*(?:peak|高峰) \|\n[^\n]*\n((?:\|[^\n]*\n)+)", read(page))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert [row[1] for row in cells] == rows(1)
    assert [row[2] for row in cells] == rows(PEAK)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_full_queue_means(page: str) -> None:
    settings = Settings()
    seconds = seconds_a_picture(page.replace("self-hosting", "batch"))
    wait = settings.recognizer_queue * seconds / CORES
    assert wait < settings.recognizer_timeout, "whoever has a place is read in time"
    text = read(page)
    assert re.search(rf"\b{settings.recognizer_queue + CORES} (?:pictures|张)", text)
    assert re.search(rf"\b{wait:.0f} (?:s\b|秒)", text)


@pytest.mark.check
def test_what_a_call_and_a_token_cost_on_redis(tmp_path: Path) -> None:
    """The figures that the table begins with, counted by Redis itself, for a private service with accounts."""
    pytest.importorskip("redis", reason=needs.REDIS_PY)
    from tests.redis_server import RedisServer

    appids = [f"wx{number:016d}" for number in range(1, 101)]
    picture = b"\xff\xd8\xff\xe0 invented"
    fixtures = write_fixtures(tmp_path, [picture])
    with RedisServer(tmp_path).running() as redis:
        chosen = Settings(
            port=0,
            recognizer=False,
            ocr_only=True,
            state=redis.url,
            fixtures=(fixtures,),
            apps=tuple(f"{appid}:{SECRET}" for appid in appids),
        )

        def scripts() -> int:
            found: dict[str, int] = redis.client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})
            return found["calls"]

        def used() -> int:
            memory: int = redis.client.info("memory")["used_memory"]
            return memory

        def token(appid: str) -> str:
            query = {"grant_type": "client_credential", "appid": appid, "secret": SECRET}
            answer = requests.post(server.url + "/cgi-bin/stable_token", json=query, timeout=30)
            text: str = answer.json()["access_token"]
            return text

        def call(text: str) -> int:
            form = {"img": ("a.jpg", picture)}
            url = f"{server.url}/cv/ocr/idcard?access_token={text}"
            code: int = requests.post(url, files=form, timeout=30).json()["errcode"]
            return code

        with running(chosen) as server:
            assert call(token(appids[0])) == 0  # loads the scripts
            before, memory = scripts(), used()
            texts = [token(appid) for appid in appids[1:]]
            assert scripts() - before == OF_A_TOKEN * len(texts)
            before = scripts()
            assert {call(text) for text in texts} == {0}
            assert scripts() - before == OF_A_CALL * len(texts)
            assert (used() - memory) / len(texts) <= KB_AN_ACCOUNT * 1000
