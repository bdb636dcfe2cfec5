"""The Dockerfile: its shape, and its own commands, run in folders of a test. No image is built here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.commands.options import option_of
from cloudbase_ocr.settings import Settings, is_repeated, setting_fields
from tests import processes
from tests.docs.image import ROOT, instructions, stages, words_of
from tests.docs.nginx_server import free_port
from tests.docs.test_self_hosting import variables_of_service

IMAGES = ("core", "ocr")


def test_the_base_is_an_argument_of_every_stage() -> None:
    found = stages()
    assert [word for word, _ in found.pop("")] == ["ARG"]
    assert list(found)[-1] == "ocr", "what is built when no target is named"
    for stage in found.values():
        below = stage[0][1].partition(" AS ")[0]
        assert below == "${BASE}" or below in found
    assert words_of("ocr", "ENTRYPOINT") == ["cloudbase-ocr"]


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_has_no_root_and_no_source(image: str) -> None:
    user, group = map(int, instructions(image, "USER")[-1].split(":"))
    assert user > 0
    assert group > 0
    assert instructions(image, "COPY") == [f"--from=build-{image} /venv /venv"]
    assert instructions(image, "RUN") == []
    assert "127.0.0.1:8787/readyz" in words_of(image, "HEALTHCHECK")[-1]


def test_the_command_is_made_of_options_of_the_settings() -> None:
    serve, *words = words_of("ocr", "CMD")
    assert serve == "serve"
    options = {option_of(setting.name) for setting in setting_fields() if not is_repeated(setting)}
    assert {word for word in words if word.startswith("--")} <= options
    assert Settings().port == int(instructions("ocr", "EXPOSE")[-1])


def taken(folder: Path) -> None:
    """Copy what .dockerignore lets through, as ``COPY .`` does."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    for line in lines:
        if line.startswith("!"):
            source, target = ROOT / line[1:], folder / line[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)


@pytest.mark.check
@pytest.mark.timeout(600)
def test_what_the_core_image_is_built_with_answers_its_health_check(tmp_path: Path) -> None:
    taken(tmp_path / "src")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    programs = str(tmp_path / "venv/bin")
    for line in instructions("build-core", "RUN"):
        line = re.sub(r"(?<![\w.])/(src|venv)\b", rf"{tmp_path}/\1", line)
        command = ["sh", "-c", re.sub(r"^python3\b", sys.executable, line)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500, env=inherited)
        assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(tmp_path / "src")
    port = free_port()
    environment = {
        **inherited,
        **variables_of_service(),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "CLOUDBASE_OCR_HOST": "127.0.0.1",
        "CLOUDBASE_OCR_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    probe, *words = words_of("core", "HEALTHCHECK")
    health = [f"{programs}/{probe}", *(word.replace("8787", str(port)) for word in words)]

    def healthy() -> bool:
        return subprocess.run(health, capture_output=True, timeout=30).returncode == 0

    assert not healthy()
    for command in (words_of("core", "CMD"), [*words_of("ocr", "CMD"), "--no-recognizer"]):
        program = [f"{programs}/{words_of('core', 'ENTRYPOINT')[0]}", *command]
        with processes.started(program, cwd=tmp_path, env=environment) as process:
            said = process.stdout.readline()
            assert f":{port}" in said, said
            assert healthy()
            processes.stop(process)
        assert process.returncode == 0
        assert not healthy()
