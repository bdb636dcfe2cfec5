"""The page on CI: its workflow is the one that `init` writes, and its steps run in a new project."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from cloudbase_ocr.build.targets import DEFAULT_VERSION
from cloudbase_ocr.scaffold.new_files import text_of
from tests import processes
from tests.docs.image import instructions, stages, words_of
from tests.docs.page_blocks import CHINESE, blocks
from tests.emulator.testing.environments import build_wheel
from tests.projects.test_projects import run, variables

PAGE = "docs/howto/ci.md"
PAGES = pytest.mark.parametrize("page", [PAGE, CHINESE[PAGE]])


def steps() -> list[str]:
    workflow = yaml.safe_load(blocks(PAGE, "yaml")[0].text)
    return [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]


def commands(page: str) -> list[list[str]]:
    return [shlex.split(line) for block in blocks(page, "sh") for line in block.text.splitlines()]


@PAGES
def test_the_workflow_is_the_one_of_a_new_project(page: str) -> None:
    assert blocks(page, "yaml")[0].text == text_of("workflow.yml.tpl", python=DEFAULT_VERSION)
    assert [block.text for block in blocks(page, "yaml")] == [block.text for block in blocks(PAGE, "yaml")]
    assert commands(page) == commands(PAGE)


def test_gitlab_runs_the_same_steps_on_the_same_python() -> None:
    (job,) = yaml.safe_load(blocks(PAGE, "yaml")[1].text).values()
    assert job["script"] == [step.replace(" --format github", "") for step in steps()]
    assert job["image"] == f"python:{DEFAULT_VERSION}"
    assert job["variables"]["PIP_CACHE_DIR"].endswith(job["cache"]["paths"][0])


def test_the_service_is_the_image_that_is_built_and_answers_under_its_name(tmp_path: Path) -> None:
    services: dict[str, Any] = yaml.safe_load(blocks(PAGE, "yaml")[2].text)["services"]
    service, tests = services["wechat"], services["tests"]
    build = next(words for words in commands(PAGE) if words[:2] == ["docker", "build"])
    assert build[build.index("--target") + 1] in stages()
    assert build[build.index("--tag") + 1] == service["image"]
    assert instructions("core", "HEALTHCHECK"), "without one, service_healthy never comes"
    assert tests["depends_on"] == {"wechat": {"condition": "service_healthy"}}
    token = service["environment"]["CLOUDBASE_OCR_CONTROL_TOKEN"]
    assert tests["environment"]["CLOUDBASE_OCR_CONTROL_TOKEN"] == token
    given = dict(pair.split("=", 1) for pair in instructions("core", "ENV")[-1].split() if "OCR_" in pair)
    environment = {**variables(Path(sys.executable)), **given, **service["environment"]}
    words = [sys.executable, "-u", "-m", "cloudbase_ocr", *words_of("core", "CMD"), "--port", "0", "--no-tls"]
    with processes.started(words, cwd=tmp_path, env=environment) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if " at http" in line)
        port = line.split(" at ")[1].split()[0].rpartition(":")[2]
        headers = {"Host": "wechat:8787"}
        query = {"access_token": "mock://wx1", "img_url": "mock://idcard"}
        base = f"http://127.0.0.1:{port}"
        reply = requests.post(base + "/cv/ocr/idcard", params=query, headers=headers, timeout=10)
        assert reply.json()["errcode"] == 0
        asked = [
            requests.get(base + "/_emulator/requests", headers={**headers, **more}, timeout=10).status_code
            for more in ({}, {"Authorization": f"Bearer {token}"})
        ]
        assert asked == [401, 200]


@pytest.mark.check
@pytest.mark.timeout(900)
def test_the_steps_run_in_a_new_project(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True, timeout=120)
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    project = tmp_path / "shop"
    words = ["-m", "cloudbase_ocr", "init", str(project), "--source", str(wheel)]
    subprocess.run([sys.executable, *words], check=True, capture_output=True, timeout=60)
    written = (project / ".github/workflows/test.yml").read_text(encoding="utf-8")
    assert written == blocks(PAGE, "yaml")[0].text
    printed = [run(project, variables(python), *in_shell(step)) for step in steps()]
    assert "3 passed" in printed[1]
    assert (project / "dist").is_dir()
    around = [line for line in commands(PAGE) if line[:2] == ["cloudbase-ocr", "env"]]
    assert len(around) == 2
    passed, told = (run(project, variables(python), *in_shell(shlex.join(line))) for line in around)
    assert "3 passed" in passed
    assert "http://127.0.0.1:" in told


def in_shell(line: str) -> tuple[str, ...]:
    return ("sh", "-c", line)
