"""Instances that are killed while they read: ``python -m tests.bench.replicas``.

The two instances of the page on a private service, a worker each, behind its nginx and a Redis; four clients with the
retries of `wxcloud`; one instance killed with -9 every 30 s as soon as the other is ready, and started again at once.
What clients got is compared with what ``/metrics`` of each instance showed last.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

import wxcloud
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests import processes
from tests.bench.timing import machine
from tests.docs.nginx_server import free_port
from tests.docs.page_instances import APPID, SECRET, Instance, instances, nginx, token
from tests.figures import ocr_calls
from tests.redis_server import RedisServer
from wxcloud.contract import METHODS
from wxcloud.errors import CloudSDKError

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = 4
SECONDS = 120.0
KILL_EVERY = 30.0
OPTIONS = ("--quota-per-day", "0", "--recognizer-workers", "1")
PROVES = {"idcard": "id", "bankcard": "number", "platenum": "number"}
"""The field that shows whether a document was read right."""

_TRUTH = Path(__file__).parent / "ocr/specimens/truth"
_OCR = "/cv/ocr/"


@dataclass
class Seen:
    """What clients and the one who kills saw."""

    good: int = 0
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    exchanges: list[tuple[float, str]] = field(default_factory=list)
    """When each request for OCR was over, and its status, or what broke."""
    counted: Counter[str] = field(default_factory=Counter)
    """What instances counted, by status, as far as it was asked for before they were killed."""
    unseen: list[tuple[float, float]] = field(default_factory=list)
    """From when to when an instance may have counted what nobody could ask it for any more."""
    ready: list[float] = field(default_factory=list)
    """Seconds from a start to ``/readyz``."""

    @property
    def statuses(self) -> Counter[str]:
        """Return how many requests for OCR ended in what."""
        return Counter(what for _, what in self.exchanges)

    def uncertain(self, status: str) -> int:
        """Return how many answers came while an instance was between its last figures and its end."""
        return sum(
            what == status and any(since <= end <= until for since, until in self.unseen)
            for end, what in self.exchanges
        )


def measure(
    seconds: float, every: float, *more: str, clients: int = CLIENTS, timeout: float | None = None
) -> Seen:
    """Let clients call for so many seconds; kill an instance `every` so many.

    `more` are options of the instances; `timeout` is that of `cloud.init`.
    """
    seen, stop = Seen(), threading.Event()
    with tempfile.TemporaryDirectory() as name, RedisServer(Path(name)).running() as redis:
        folder, port = Path(name), free_port()
        with instances(folder, redis.url, *OPTIONS, *more) as both:
            with processes.started(nginx(folder, [each.port for each in both], port), seconds=600):
                for each in both:
                    seen.ready.append(each.wait_until_ready())
                url = f"http://127.0.0.1:{port}"
                processes.when_it_listens(partial(token, url))
                with _exchanges(url, seen):
                    threads = [
                        threading.Thread(target=_call, args=(url, number, seen, stop, timeout))
                        for number in range(clients)
                    ]
                    for thread in threads:
                        thread.start()
                    try:
                        _kill(both, seen, seconds, every)
                    finally:
                        stop.set()
                        for thread in threads:
                            thread.join()
            for each in both:
                seen.counted += ocr_calls(each.figures(), "status")
    return seen


def _kill(both: list[Instance], seen: Seen, seconds: float, every: float) -> None:
    """Kill one after the other, each when the other one is ready; start it again as a service manager does."""
    end = time.monotonic() + seconds
    for number, victim in enumerate(cycle(both), 1):
        due = end - seconds + number * every
        if due >= end:
            break
        time.sleep(max(due - time.monotonic(), 0))
        other = both[number % 2]
        other.wait_until_ready()
        since = time.monotonic()
        seen.counted += ocr_calls(victim.figures(), "status")
        victim.kill()
        seen.unseen.append((since, time.monotonic()))
        began = time.monotonic()
        victim.start()
        victim.wait_until_ready()
        seen.ready.append(time.monotonic() - began)
    time.sleep(max(end - time.monotonic(), 0))


@contextmanager
def _exchanges(url: str, seen: Seen) -> Iterator[None]:
    """Write down what each request for OCR that goes to `url` ends in, those that `wxcloud` sends again, too."""
    send = requests.Session.send

    def told(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        what = ""
        try:
            answer = send(self, request, **options)
            what = str(answer.status_code)
            return answer
        except BaseException as error:
            what = type(error).__name__
            raise
        finally:
            if str(request.url).startswith(url + _OCR):
                seen.exchanges.append((time.monotonic(), what))

    requests.Session.send = told  # type: ignore[method-assign]  # for the length of the measurement
    try:
        yield
    finally:
        requests.Session.send = send  # type: ignore[method-assign]  # as above


def _call(url: str, number: int, seen: Seen, stop: threading.Event, timeout: float | None) -> None:
    """Be one client: read one picture after the other."""
    cloud = wxcloud.Cloud(api_base=url, appid=APPID, secret=SECRET, timeout=timeout)
    specimens = [each for each in SPECIMENS if each.key in PROVES]
    names = {method.key: min(method.cloud_names) for method in METHODS}
    for specimen in cycle(specimens[number:] + specimens[:number]):
        if stop.is_set():
            return
        truth = json.loads((_TRUTH / f"{specimen.name}.json").read_text(encoding="utf-8"))
        began = time.monotonic()
        try:
            call = getattr(cloud.openapi.ocr, names[specimen.key])
            reply = call(img={"contentType": "image/jpeg", "value": specimen.picture})
        except CloudSDKError as error:
            seen.failed.append(f"{specimen.name} after {time.monotonic() - began:.1f} s: {error}")
            continue
        seen.seconds.append(time.monotonic() - began)
        seen.good += 1
        proves = PROVES[specimen.key]
        if reply.get(proves) != truth.get(proves):
            seen.wrong.append(f"{specimen.name}: {reply.get(proves)} and not {truth.get(proves)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--every", type=float, default=KILL_EVERY)
    given = parser.parse_args()
    print(f"Measured on {machine()}; load before: {os.getloadavg()[0]:.1f}.")
    seen = measure(given.seconds, given.every)
    seconds = sorted(seen.seconds)
    print(f"{given.seconds:g} s, {CLIENTS} clients, {len(seen.unseen)} kills:")
    print(f"{seen.good} calls answered, {len(seen.failed)} failed, {len(seen.wrong)} read otherwise")
    print(f"a call: median {seconds[len(seconds) // 2]:.2f} s, slowest {seconds[-1]:.2f} s")
    print(f"requests by status: {dict(sorted(seen.statuses.items()))}")
    print(f"ready after {max(seen.ready):.1f} s at most")
    print(
        f"answers with status 200: {seen.statuses['200']} at the clients, {seen.counted['200']} in /metrics, "
        f"{seen.uncertain('200')} between the last look and a kill"
    )
    print(
        f"503 in /metrics, for which nginx asked the other instance: {seen.counted['503'] - seen.statuses['503']}"
    )
    for line in (*seen.failed, *seen.wrong):
        print(f"  {line}")


if __name__ == "__main__":
    main()
