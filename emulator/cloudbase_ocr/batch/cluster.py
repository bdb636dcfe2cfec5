"""Reads many pictures on a cluster of Ray: the same lines as on one machine, from as many processes as there are.

Ray Data spreads the pictures, holds them back while others are read (back pressure), and does again what a lost node
was doing. Its actors are thin: each holds the `Batch` of one process that one machine has, too.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.batch import storage
from cloudbase_ocr.batch.batch import Batch
from cloudbase_ocr.batch.lines import Line, LineOptions, line_of
from cloudbase_ocr.batch.pictures import Picture
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.language import _
from wxcloud.contract import by_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudbase_ocr.settings import Settings
    from wxcloud.contract import Method

AUTO, LOCAL = "auto", "local"
"""A cluster that this machine belongs to, and one that is started for the call."""

_A_TASK = 16
"""Pictures that an actor gets at a time. Four such tasks at most are lost with it, and done again."""
_A_ROUND = 100_000
"""Pictures that are handed to Ray at a time, so that the caller's memory does not grow with their number."""
_TRIES = 3
_CONNECT_SECONDS = 10


_NOBODY = _(
    "--ray {auto}: no Ray runs on this machine. Start it with `ray start --head`, or take {local}."
).format(auto=AUTO, local=LOCAL)


class ClusterError(Exception):
    """The cluster cannot be used; the message says why, and what to do."""


@dataclass(frozen=True)
class Task:
    """What every actor is told: `folder` is the one that relative names are meant from."""

    settings: Settings
    method: str | None
    lines: LineOptions
    folder: str
    endpoint: str
    version: str = __version__


class Reader:
    """An actor: an engine of its own, loaded once."""

    def __init__(self, task: Task) -> None:
        """Load the engine.

        Raises:
            ClusterError: this node has another version of the package than the one that calls.
        """
        if task.version != __version__:
            raise ClusterError(
                _(
                    "cloudbase-ocr is {version} here and {other} on a node of the cluster; install the same"
                ).format(version=task.version, other=__version__)
            )
        with suppress(OSError):  # pictures that are addresses need none
            os.chdir(task.folder)
        if task.endpoint:
            os.environ[storage.ENDPOINT] = task.endpoint
        self._lines = task.lines
        method = None if task.method is None else by_key(task.method)
        # One process of its own, as on one machine: a crash in native code costs one picture, not the actor.
        self._batch = Batch(task.settings, method, 1)
        self._batch.warm()

    def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
        """Read some pictures; for each, give its number and its lines."""
        lines = [json.dumps(self._read(text)) for text in rows["picture"]]
        return {"number": rows["number"], "lines": lines}

    def _read(self, text: str) -> list[dict[str, Any]]:
        outcomes = self._batch.outcomes(self._batch.items([unpacked(text)]))
        return [line_of(outcome, self._lines).packed() for outcome in outcomes]


def packed(picture: Picture) -> str:
    """Return a picture as a text, for another process."""
    value = asdict(picture)
    return json.dumps({**value, "inner": str(picture.inner), "skip": sorted(picture.skip)})


def unpacked(text: str) -> Picture:
    """Return the picture that `packed` made a text of."""
    value = json.loads(text)
    return Picture(**{**value, "inner": Path(value["inner"]), "skip": frozenset(value["skip"])})


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Hold a connection to the cluster at an address, `AUTO` or `LOCAL`.

    Raises:
        ClusterError: the extra ``ray`` is missing, nobody answers, or versions differ.
    """
    if find_spec("ray") is None:
        raise ClusterError(_("Ray is not installed; run: {remedy}").format(remedy=storage.REMEDY))
    _check_address(address)
    with ExitStack() as stack:
        if address == LOCAL:
            os.environ.setdefault(
                "RAY_worker_niceness", "0"
            )  # 15 by default: here, nothing else is to be spared
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        ray = import_module("ray")
        # What goes wrong is told in one sentence; Ray keeps logs of its own.
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        try:
            with _silence():
                ray.init(
                    address=address,
                    include_dashboard=False if address == LOCAL else None,
                    log_to_driver=False,
                    configure_logging=False,
                )
        except Exception as error:  # ConnectionError, RuntimeError, ValueError: by what is wrong
            raise ClusterError(_why(error)) from error
        stack.callback(ray.shutdown)
        yield


@contextmanager
def _silence() -> Iterator[None]:
    """Keep native code from writing onto stderr, where a sentence of ours follows if something is wrong."""
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def lines(
    pictures: Iterable[Picture],
    method: Method | None,
    settings: Settings,
    options: LineOptions,
    *,
    processes: int | None,
) -> Iterator[Line]:
    """Give the lines of every picture, each picture once, as they come; the cluster has to be `connected`.

    At most so many `processes` read, by default one for each core that the cluster has now.

    Raises:
        ClusterError: the nodes lack the package, or have another version of it; or pictures stayed without an answer.
    """
    key = None if method is None else method.key
    task = Task(settings, key, options, str(Path.cwd()), os.environ.get(storage.ENDPOINT, ""))
    threads = settings.recognizer_threads or 1
    most = processes or max(1, int(import_module("ray").cluster_resources().get("CPU", 1)) // threads)
    remaining = iter(pictures)
    while some := list(islice(remaining, _A_ROUND)):
        yield from _round(some, task, threads, most)


def _round(pictures: list[Picture], task: Task, threads: int, most: int) -> Iterator[Line]:
    """Read some pictures. Whatever becomes of nodes, each is answered once: by its number."""
    open_numbers = set(range(len(pictures)))
    for _try in range(_TRIES):
        rows = [{"number": number, "picture": packed(pictures[number])} for number in sorted(open_numbers)]
        for number, found in _answers(rows, task, threads, most):
            if number in open_numbers:
                open_numbers.remove(number)
                yield from found
        if not open_numbers:
            return
    raise ClusterError(
        _(
            "{open_numbers} pictures stayed without an answer, {name} among them. Look at Ray's "
            "dashboard, and go on with --resume."
        ).format(open_numbers=len(open_numbers), name=pictures[min(open_numbers)].name)
    )


def _answers(
    rows: list[dict[str, Any]], task: Task, threads: int, most: int
) -> Iterator[tuple[int, list[Line]]]:
    data = import_module("ray.data")
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # importing it has set another level
    data.DataContext.get_current().enable_progress_bars = False
    blocks = -(-len(rows) // _A_TASK)
    pictures = data.from_items(rows, override_num_blocks=blocks)
    answers = pictures.map_batches(
        Reader,
        fn_constructor_args=(task,),
        batch_size=None,
        batch_format="numpy",
        compute=data.ActorPoolStrategy(min_size=1, max_size=min(most, blocks)),
        num_cpus=threads,
    )
    try:
        for row in answers.iter_rows():
            yield int(row["number"]), [Line(**line) for line in json.loads(row["lines"])]
    except Exception as error:  # Ray wraps what an actor raised in errors of its own
        raise ClusterError(_why(error)) from error


def _check_address(address: str) -> None:
    """Look whether anybody listens: Ray would try for a minute, and then end the process."""
    if address == LOCAL:
        return
    if address == AUTO:
        address = os.environ.get("RAY_ADDRESS") or _current_cluster()
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not (colon and host and port.isdigit()):
        raise ClusterError(
            _("--ray {address}: an address is HOST:PORT, 10.0.0.7:6379; or {auto}, or {local}.").format(
                address=address, auto=AUTO, local=LOCAL
            )
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except OSError as error:
        raise ClusterError(
            _(
                "--ray {address}: nobody answers ({strerror}). Check the address, and `ray status` there."
            ).format(address=address, strerror=error.strerror or error)
        ) from error


def _current_cluster() -> str:
    """Return the address of the cluster that this machine belongs to, which ``ray start`` leaves in a file."""
    try:
        return Path(tempfile.gettempdir(), "ray", "ray_current_cluster").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ClusterError(_NOBODY) from error


def _why(error: BaseException) -> str:
    """Return in one sentence what Ray says in a page."""
    text = str(error)
    if "Version mismatch" in text:
        here = f"Ray {import_module('ray').__version__} on Python {sys.version.split()[0]}"
        return _(
            "the cluster has another version of Ray or Python than this machine ({here}). Install the same."
        ).format(here=here)
    if "Could not find any running Ray instance" in text:
        return _NOBODY
    if "ModuleNotFoundError" in text or "No module named" in text:
        wanted = f"cloudbase-ocr[ocr,formats,ray]=={__version__}"
        return _("a node of the cluster lacks the package. Install {wanted} on each.").format(wanted=wanted)
    last = next((line for line in reversed(text.splitlines()) if line.strip()), type(error).__name__)
    return _("the cluster failed: {last}. What was written is whole; go on with --resume.").format(
        last=last.strip()
    )
