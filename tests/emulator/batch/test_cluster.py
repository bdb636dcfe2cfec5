"""A cluster of Ray gives the lines of one machine; a lost node costs nothing; what cannot work is one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cloudbase_ocr.batch.cluster import ClusterError, connected, packed, unpacked
from cloudbase_ocr.batch.pictures import Picture
from tests import needs
from tests.emulator.commands.test_many import lines_of, run, word

SECONDS = 400
"""Ray starts a dozen processes, which takes a minute or two where others keep the machine busy."""


def test_a_picture_goes_to_another_process_as_it_is() -> None:
    picture = Picture("a.zip/b.pdf", Path("b.pdf"), "a.zip", "b.pdf", frozenset({2, 1}))
    assert unpacked(packed(picture)) == picture


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("somewhere", "an address is HOST:PORT, 10.0.0.7:6379; or auto, or local"),
        ("127.0.0.1:1", "nobody answers"),
        ("ray://127.0.0.1:1", "nobody answers"),
    ],
)
def test_a_bad_address_is_told_at_once(address: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudbase_ocr.batch.cluster.find_spec", lambda _name: object())
    with pytest.raises(ClusterError, match=words), connected(address):
        pass


def test_without_the_extra_it_is_said_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudbase_ocr.batch.cluster.find_spec", lambda _name: None)
    with pytest.raises(ClusterError, match=r"run: pip install 'cloudbase-ocr\[ray\]'"), connected("local"):
        pass


def pictures(folder: Path, count: int) -> list[str]:
    """Every fourth has a word on it, which takes a moment to read; the others are no pictures."""
    names = [f"{number:04}.png" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(word(str(number)) if number % 4 == 0 else b"no picture")
    return names


@pytest.mark.check
def test_the_lines_are_those_of_one_machine(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason=needs.RAY)
    (tmp_path / "in").mkdir()
    pictures(tmp_path / "in", 40)
    here = run("printedText", "in", "gone.jpg", "--output", "here.jsonl", cwd=tmp_path)
    options = ("--output", "there.jsonl", "--ray", "local")
    there = run("printedText", "in", "gone.jpg", *options, cwd=tmp_path, seconds=SECONDS)
    written = [
        sorted((tmp_path / f"{name}.jsonl").read_text("utf-8").splitlines()) for name in ("here", "there")
    ]
    assert written[0] == written[1]
    assert len(written[0]) == 41
    told = [[line for line in done.stderr.splitlines() if " s, " not in line] for done in (here, there)]
    assert told[0] == told[1]
    assert (here.returncode, there.returncode) == (1, 1)


NODES = """
import json, os, sys, threading, time
os.environ["RAY_worker_niceness"] = "0"
from ray.cluster_utils import Cluster
from click.testing import CliRunner
from cloudbase_ocr.cli import main

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
second = cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()

def kill():
    while not os.path.exists("out.jsonl") or os.path.getsize("out.jsonl") < 20_000:
        time.sleep(0.05)
    cluster.remove_node(second, allow_graceful=False)

threading.Thread(target=kill, daemon=True).start()
options = ["--output", "out.jsonl", "--ray", cluster.address, "--processes", "2"]
result = CliRunner().invoke(main, ["recognize", "printedText", ".", *options])
print(json.dumps({"code": result.exit_code, "alive": len(cluster.list_all_nodes()), "told": result.output}))
cluster.shutdown()
"""


@pytest.mark.check
def test_a_node_that_is_killed_in_the_middle_costs_no_picture(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason=needs.RAY)
    names = pictures(tmp_path, 240)
    done = subprocess.run(
        [sys.executable, "-c", NODES], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=SECONDS
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["alive"] == 1, done.stderr
    entries = lines_of((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert Counter(Path(entry["file"]).name for entry in entries) == Counter(names), told["told"]
    assert f"{len(names)} pictures: 60 read; 180 not" in told["told"]


OTHER_VERSION = """
import sys, ray
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
ray.__version__ = "0.0.1"
from cloudbase_ocr.cli import main
main(["recognize", "printedText", "0000.png", "--ray", cluster.address])
"""


@pytest.mark.check
def test_another_version_of_ray_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason=needs.RAY)
    pictures(tmp_path, 1)
    done = subprocess.run(
        [sys.executable, "-c", OTHER_VERSION],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.returncode == 2
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("cloudbase-ocr: ")]
    assert "another version of Ray or Python than this machine (Ray 0.0.1 on Python" in told


@pytest.mark.check
def test_no_cluster_on_this_machine_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason=needs.RAY)
    pictures(tmp_path, 1)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("RAY_ADDRESS", None)
    done = run("printedText", "0000.png", "--ray", "auto", cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert "no Ray runs on this machine. Start it with `ray start --head`, or take local" in done.stderr
