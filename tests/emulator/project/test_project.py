"""Which files belong to a folder of functions, in which order they count, and that a change is noticed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.project import ConfigError, find_project
from tests.emulator.project.conftest import WriteFiles

ONE = {"functions": [{"name": "f", "timeout": 20}]}


def test_the_working_directory_is_the_project(files: WriteFiles) -> None:
    folder = files(**{"cloudbaserc.json": {"functionRoot": "./src/cloud"}, "src/cloud/f/index.py": ""})
    project = find_project(None, folder)
    assert (project.root, project.folder) == (folder / "src/cloud", folder)


@pytest.mark.parametrize("name", ["functions", "cloudfunctions"])
def test_without_a_root_the_usual_folders_are_looked_for(files: WriteFiles, name: str) -> None:
    folder = files(**{"cloudbaserc.json": ONE, f"{name}/f/index.py": ""})
    project = find_project(None, folder)
    assert (project.root, project.folder) == (folder / name, folder)


def test_without_any_the_included_functions_are_taken(tmp_path: Path) -> None:
    assert find_project(None, tmp_path).root == included_functions()


def test_functions_that_are_described_are_never_replaced_by_the_included_ones(files: WriteFiles) -> None:
    folder = files(**{"cloudbaserc.json": {"functions": [{"name": "f", "dir": "./"}]}, "index.py": ""})
    project = find_project(None, folder)
    assert project.root == folder / "functions"
    assert project.read().folders == {"f": folder}


@pytest.mark.parametrize("where", ["", "a/", "a/b/"])
def test_a_folder_that_is_named_has_its_files_in_it_or_above(files: WriteFiles, where: str) -> None:
    folder = files(**{f"{where}cloudbaserc.json": ONE, "a/b/f/index.py": ""})
    assert find_project(folder / "a/b", folder).folder == folder / where


def test_outside_the_working_directory_only_the_parent_is_looked_at(files: WriteFiles) -> None:
    folder = files(**{"cloudbaserc.json": ONE, "a/b/f/index.py": "", "elsewhere/x": ""})
    assert find_project(folder / "a/b", folder / "elsewhere").folder == folder / "a"
    assert find_project(folder / "a", folder / "elsewhere").folder == folder


def test_the_order_of_the_files(files: WriteFiles) -> None:
    folder = files(
        **{
            "cloudbase-ocr.toml": "[function.f]\ntimeout = 40\n",
            "cloudbaserc.json": {"functions": [{"name": "f", "timeout": 20, "memorySize": 512}]},
            "functions/f/config.json": {
                "timeout": 5,
                "memorySize": 128,
                "permissions": {"openapi": ["ocr.menu"]},
            },
        }
    )
    config = find_project(None, folder).read().function("f", folder / "functions/f")
    assert (config.timeout, config.memory, config.permissions) == (40, 512, ("ocr.menu",))
    assert config.set_by == {
        "timeout": "cloudbase-ocr.toml",
        "memorySize": "cloudbaserc.json",
        "permissions": "config.json",
    }


@pytest.mark.parametrize("name", ["cloudbaserc.json", "cloudbase-ocr.toml", ".env", ".env.local"])
def test_a_change_of_any_file_is_noticed(files: WriteFiles, name: str) -> None:
    content = {"functions": [{"name": "f", "envVariables": {"A": "{{env.X_OF_TEST}}"}}]}
    folder = files(**{"cloudbaserc.json": content, "functions/f/index.py": ""})
    project = find_project(None, folder)
    before = project.read()
    assert project.read() is before
    text = {"cloudbase-ocr.toml": "port = 5\n", "cloudbaserc.json": "{}"}.get(name, "X_OF_TEST=1\n")
    (folder / name).write_text(text, encoding="utf-8")
    os.utime(folder / name, ns=(1, 1))
    assert project.read() != before


def test_a_root_that_is_not_there(files: WriteFiles) -> None:
    folder = files(**{"cloudbaserc.json": {"functionRoot": "nowhere"}})
    with pytest.raises(ConfigError, match="functionRoot is nowhere, and there is no folder"):
        find_project(None, folder)
