"""The figures: that they are those of the calls that were made, who may see them, and what they never hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from cloudbase_ocr.app import create_app
from cloudbase_ocr.cli import main
from cloudbase_ocr.recognizer import DocumentNotFound, RecognizerBusy
from cloudbase_ocr.recognizer.evidence import Explanation
from cloudbase_ocr.recognizer.serving.service import READY, Status
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.service import metrics
from cloudbase_ocr.settings import Settings
from tests.emulator.served import served
from tests.figures import samples

APPID, SECRET, TOKEN = "wx0000000000000001", "a-secret-nobody-guesses", "one-more-long-secret"
PICTURE = (Path(metrics.__file__).parents[1] / "specimens/idcard-front.jpg").read_bytes()
SERVICE: dict[str, Any] = {
    "port": 0,
    "ocr_only": True,
    "apps": (f"{APPID}:{SECRET}",),
    "control_token": TOKEN,
}


class Reader:
    """Reads nothing, and tells what it was told to."""

    methods = frozenset({"idcard"})
    outcome: Explanation | Exception = Explanation(
        {"name": "林知夏"}, {}, {"decode": 0.02, "recognize": 3.0}, 3.02
    )

    def explain(self, *_: Any, **__: Any) -> Explanation:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def status(self) -> Status:
        return Status(
            READY, "", 2, 1, 1, 4, 32, None, None, "none", pids=(1,), restarts=5, memory_limit=9, shed=3
        )

    def warm(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def service(reader: Reader, request: pytest.FixtureRequest) -> Iterator[Server]:
    chosen = Settings(**{**SERVICE, **getattr(request, "param", {})})
    app = create_app(chosen)
    emulator = app.extensions["emulator"]
    emulator.recognizer = reader
    emulator.answers._photos._recognizer = reader
    with running(chosen, app) as server:
        yield server


def token(server: Server) -> str:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    text: str = requests.get(server.url + "/cgi-bin/token", params=query, timeout=10).json()["access_token"]
    return text


def ocr(server: Server, text: str) -> requests.Response:
    query = {"access_token": text}
    return requests.post(
        f"{server.url}/cv/ocr/idcard", params=query, files={"img": ("a.jpg", PICTURE)}, timeout=10
    )


def scraped(server: Server) -> str:
    answer = requests.get(server.url + "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return answer.text


@pytest.mark.parametrize("service", [{"quota_per_day": 2}], indirect=True)
def test_the_figures_are_those_of_the_calls(service: Server, reader: Reader) -> None:
    text = token(service)
    assert [ocr(service, text).json()["errcode"] for _ in range(3)] == [0, 0, 101003]
    assert ocr(service, "unknown").json()["errcode"] == 40001
    requests.get(service.url + "/cv/ocr/nothing", timeout=10)
    found = samples(scraped(service))
    assert found["cloudbase_ocr_calls_total", "0", "/cv/ocr/idcard", "200"] == 2
    assert found["cloudbase_ocr_calls_total", "101003", "/cv/ocr/idcard", "200"] == 1
    assert found["cloudbase_ocr_calls_total", "40001", "/cv/ocr/idcard", "200"] == 1
    assert found["cloudbase_ocr_calls_total", "", "/cgi-bin/token", "200"] == 1
    assert found["cloudbase_ocr_calls_total", "40066", "other", "200"] == 1
    assert found["cloudbase_ocr_quota_refusals_total", "101003", "/cv/ocr/idcard"] == 1
    assert found["cloudbase_ocr_call_seconds_count", "/cv/ocr/idcard"] == 4
    assert found["cloudbase_ocr_queue_seconds_count",] == 2
    assert found["cloudbase_ocr_stage_seconds_sum", "recognize"] == 6.0
    assert found["cloudbase_ocr_stage_seconds_bucket", "0.025", "decode"] == 2
    assert found["cloudbase_ocr_pictures_waiting",] == 4
    assert found["cloudbase_ocr_pictures_reading",] == 1
    assert found["cloudbase_ocr_pictures_queue",] == 32
    assert found["cloudbase_ocr_worker_restarts_total",] == 5
    assert found["cloudbase_ocr_pictures_shed_total",] == 3
    assert found["cloudbase_ocr_memory_limit_bytes",] == 9
    assert found["cloudbase_ocr_memory_bytes", "server"] > 10_000_000


def test_nothing_in_it_tells_of_people_or_accounts(service: Server) -> None:
    text = token(service)
    ocr(service, text)
    shown = scraped(service)
    assert not [secret for secret in (APPID, SECRET, TOKEN, text, "林知夏", "127.0.0.1") if secret in shown]


def test_it_asks_for_the_control_token(service: Server) -> None:
    answer = requests.get(service.url + "/metrics", timeout=10)
    assert answer.status_code == 401
    assert "Bearer" in answer.json()["error"]
    assert (
        requests.post(service.url + "/metrics", headers={"X-Control-Token": TOKEN}, timeout=10).status_code
        == 405
    )


def test_failures_of_reading_are_counted_with_their_wait(service: Server, reader: Reader) -> None:
    text = token(service)
    missing = DocumentNotFound("no card")
    missing.explanation = Explanation({}, {}, {"decode": 0.5}, 0.5)
    for reader.outcome in (missing, RecognizerBusy("others are first")):
        ocr(service, text)
    found = samples(scraped(service))
    assert found["cloudbase_ocr_queue_seconds_count",] == 2
    assert found["cloudbase_ocr_stage_seconds_sum", "decode"] == 0.5


@pytest.mark.parametrize(("service", "status"), [({}, 200), ({"overload": "503"}, 503)], indirect=["service"])
def test_a_full_queue_is_answered_as_the_setting_says(service: Server, reader: Reader, status: int) -> None:
    text = token(service)
    reader.outcome = RecognizerBusy("others are first")
    answer = ocr(service, text)
    assert (answer.status_code, answer.json()["errcode"]) == (status, -1)
    assert answer.headers.get("Retry-After") == ("1" if status == 503 else None)
    reader.outcome = DocumentNotFound("no card")
    assert ocr(service, text).status_code == 200


def test_without_prometheus_client_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "is_installed", lambda: False)
    with running(Settings(**SERVICE, recognizer=False)) as server:
        answer = requests.get(server.url + "/metrics", headers={"X-Control-Token": TOKEN}, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (404, metrics.MISSING)
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--no-recognizer", "--metrics-port", "0"])
    assert (done.exit_code, done.output) == (2, f"cloudbase-ocr: --metrics-port: {metrics.MISSING}\n")


def test_an_emulator_for_development_counts_nothing() -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        answer = requests.get(server.url + "/metrics", timeout=10)
        assert (answer.status_code, "--ocr-only" in answer.text) == (404, True)


@pytest.mark.check
def test_a_port_of_its_own_asks_for_no_token_and_answers_nothing_else() -> None:
    with served("--ocr-only", "--metrics-port", "0") as (_, output):
        lines = iter(output.readline, "")
        line = next(line for line in lines if "figures at" in line)
        url = line.split()[2].rstrip(",")
        answer = requests.get(url, timeout=10)
        assert answer.status_code == 200
        assert "cloudbase_ocr_memory_bytes" in answer.text
        base = url.removesuffix("/metrics")
        assert [requests.get(base + path, timeout=10).status_code for path in ("/", "/_emulator/health")] == [
            404
        ] * 2
        assert requests.get(base + "/healthz", timeout=10).status_code == 200
