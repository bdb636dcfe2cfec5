"""Three instances as processes of their own, which share a Redis: quotas and tokens under parallel calls."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
import yaml

from tests.emulator.served import served
from tests.figures import ocr_calls, samples
from tests.redis_server import RedisServer

APPID, SECRET = "wx0000000000000001", "a-secret-nobody-guesses"
CONTROL_TOKEN = "one-more-long-secret"
AS_CONTROL = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
PATH = "/cv/ocr/idcard"
CALLS, QUOTA = 300, 100
PICTURE = b"\xff\xd8\xff\xe0 invented"
FIXTURE = {
    "name": "idcard/mine",
    "method": "idcard",
    "provenance": "written",
    "reference": "a test",
    "match": {"sha256": hashlib.sha256(PICTURE).hexdigest()},
    "reply": {"type": "Front", "name": "林知夏", "gender": "女"},
    "outside": ["gender"],
}


def address_of(stack: ExitStack, *arguments: str) -> str:
    _, output = stack.enter_context(served(*arguments))
    lines = iter(output.readline, "")
    return next(found[1] for line in lines if (found := re.search(r" at (http://\S+) ", line)))


@pytest.mark.check
def test_of_300_parallel_calls_exactly_100_succeed_with_one_stable_token_and_the_figures_say_so(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump([FIXTURE], allow_unicode=True), encoding="utf-8")
    arguments = ["--ocr-only", "--state", redis_server.url, "--app", f"{APPID}:{SECRET}"]
    arguments += ["--fixture", str(tmp_path), "--quota-per-day", str(QUOTA)]
    arguments += ["--control-token", CONTROL_TOKEN]
    with ExitStack() as stack:
        urls = [address_of(stack, *arguments) for _ in range(3)]

        def token(number: int) -> str:
            query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
            answer = requests.post(urls[number % 3] + "/cgi-bin/stable_token", json=query, timeout=30)
            text: str = answer.json()["access_token"]
            return text

        def call(number: int) -> int:
            files = {"img": ("a.jpg", PICTURE)}
            answer = requests.post(
                urls[number % 3] + PATH, params={"access_token": text}, files=files, timeout=30
            )
            code: int = answer.json()["errcode"]
            return code

        with ThreadPoolExecutor(CALLS) as pool:
            (text,) = set(pool.map(token, range(60)))
            codes = Counter(pool.map(call, range(CALLS)))
        figures = [requests.get(url + "/metrics", headers=AS_CONTROL, timeout=30).text for url in urls]
    assert codes == {0: QUOTA, 101003: CALLS - QUOTA}
    counted = [ocr_calls(each, "errcode") for each in figures]
    assert [each.total() for each in counted] == [CALLS // 3] * 3
    assert sum(counted, Counter()) == {str(code): count for code, count in codes.items()}
    refused = [
        samples(each).get(("cloudbase_ocr_quota_refusals_total", "101003", PATH), 0) for each in figures
    ]
    assert sum(refused) == CALLS - QUOTA
