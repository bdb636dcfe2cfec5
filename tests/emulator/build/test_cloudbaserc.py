"""What the project's own cloudbaserc.json says is in the one that is built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.build import BuildError, Options, Package, build
from tests.emulator.project.conftest import write_files

TIMER = {"name": "daily", "type": "timer", "config": "0 0 2 * * * *"}
ENTRY = {
    "name": "f",
    "runtime": "Python3.9",
    "handler": "main.main_handler",
    "timeout": 30,
    "memorySize": 512,
    "installDependency": True,
    "envVariables": {"KEY": "{{env.KEY}}", "PLAIN": "1"},
    "triggers": [TIMER],
    "vpc": {"vpcId": "vpc-1", "subnetId": "subnet-1"},
    "layers": [{"name": "deps", "version": 2}],
    "ignore": ["*.md", "notes/**"],
}
FILES = {
    "cloudbaserc.json": {"envId": "{{env.ENV_ID}}", "functions": [ENTRY]},
    ".env.local": "KEY=secret\n",
    "functions/f/main.py": "def main_handler(event, context): return 1\n",
    "functions/f/README.md": "",
    "functions/f/notes/a.txt": "",
    "functions/f/config.json": {"timeout": 5, "envVariables": {"OWN": "2"}, "permissions": {"openapi": []}},
}


def built(tmp_path: Path, **options: Any) -> tuple[Package, dict[str, Any]]:
    """Build the function; give the package and what cloudbaserc.json beside it says."""
    (package,) = build(tmp_path / "functions", (), tmp_path / "dist", Options(**options))
    return package, json.loads((tmp_path / "dist/cloudbaserc.json").read_text(encoding="utf-8"))


def test_what_the_project_says_is_kept_and_secrets_stay_where_they_are(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    package, content = built(tmp_path)
    assert package.python == "3.9"
    assert [name for name in package.files if "__pycache__" not in name] == ["config.json", "main.py"]
    assert content["envId"] == "{{env.ENV_ID}}"
    (entry,) = content["functions"]
    ignore = entry.pop("ignore")
    assert entry == {
        "name": "f",
        "runtime": "Python3.9",
        "handler": "main.main_handler",
        "timeout": 30,
        "memorySize": 512,
        "installDependency": False,
        "envVariables": {"OWN": "2", "KEY": "{{env.KEY}}", "PLAIN": "1"},
        "triggers": [TIMER],
        "vpc": {"vpcId": "vpc-1", "subnetId": "subnet-1"},
        "layers": [{"name": "deps", "version": 2}],
    }
    assert ignore[-2:] == ["*.md", "notes/**"]
    for path in (tmp_path / "dist").rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes()


def test_options_go_before_the_file(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    package, content = built(tmp_path, python="3.10", env_id="mine", variables=("KEY",))
    assert package.python == "3.10"
    assert content["envId"] == "mine"
    assert content["functions"][0]["runtime"] == "Python3.10"


def test_a_runtime_that_no_package_is_built_for(tmp_path: Path) -> None:
    entry = {"name": "f", "handler": "main.main_handler", "runtime": "Python3.7"}
    write_files(tmp_path, {**FILES, "cloudbaserc.json": {"functions": [entry]}})
    with pytest.raises(BuildError) as error:
        built(tmp_path)
    assert str(error.value) == (
        "cloudbaserc.json: runtime of f is Python3.7, and packages are built for Python3.9, Python3.10, Python3.11. "
        "Write one of these, or choose with --python"
    )


def test_a_function_in_a_folder_of_another_name(tmp_path: Path) -> None:
    entry = {"name": "g", "dir": "functions/f", "handler": "main.main_handler", "runtime": "Python3.10"}
    write_files(tmp_path, {**FILES, "cloudbaserc.json": {"functions": [entry]}})
    package, content = built(tmp_path)
    assert package.name == "g"
    assert "dir" not in content["functions"][0]
