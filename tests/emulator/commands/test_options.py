"""Every setting is an option and an environment variable, and says what it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cloudbase_ocr.cli import main
from cloudbase_ocr.commands.options import option_of, settings_options, variable_of
from cloudbase_ocr.commands.serve import serve
from cloudbase_ocr.settings import Settings, setting_fields

NAMES = [setting.name for setting in setting_fields()]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_an_option_of_serve(name: str) -> None:
    option = next(option for option in serve.params if option.name == name)
    assert option_of(name) in option.opts
    assert isinstance(option.envvar, list)
    assert option.envvar[0] == variable_of(name) == "CLOUDBASE_OCR_" + name.upper()
    assert isinstance(option, click.Option)
    assert option.help


def settings_from(arguments: list[str], environment: dict[str, str]) -> Settings:
    found: list[Settings] = []

    @click.command()
    @settings_options()
    def command(**values: object) -> None:
        found.append(Settings(**values))  # type: ignore[arg-type]  # click has checked the types

    result = CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return found[0]


def test_without_options_the_defaults_hold() -> None:
    assert settings_from([], {}) == Settings()


def test_the_former_name_of_the_timeout_is_taken_for_one_release() -> None:
    wanted = Settings(recognizer_timeout=7.0)
    assert settings_from(["--recognizer-patience", "7"], {}) == wanted
    assert settings_from([], {"CLOUDBASE_OCR_RECOGNIZER_PATIENCE": "7"}) == wanted
    both = {"CLOUDBASE_OCR_RECOGNIZER_PATIENCE": "5", "CLOUDBASE_OCR_RECOGNIZER_TIMEOUT": "7"}
    assert settings_from([], both) == wanted


def test_options_win_over_variables_and_variables_over_defaults(tmp_path: Path) -> None:
    settings = settings_from(
        ["--port", "0", "--allow-host", "a.example", "--allow-host", "b.example", "--strict", "--no-hints"],
        {
            "CLOUDBASE_OCR_PORT": "99",
            "CLOUDBASE_OCR_SEED": "7",
            "CLOUDBASE_OCR_ALLOW_PORTS": "8080 9090",
            "CLOUDBASE_OCR_FUNCTIONS": str(tmp_path),
            "CLOUDBASE_OCR_RECOGNIZER": "no",
        },
    )
    assert settings == Settings(
        port=0,
        allow_hosts=("a.example", "b.example"),
        strict=True,
        hints=False,
        seed=7,
        allow_ports=(8080, 9090),
        functions=tmp_path,
        recognizer=False,
    )


def test_help_names_every_command() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    for command in ("serve", "demo", "invoke", "recognize"):
        assert command in output


def test_the_start_is_not_slowed_down_by_the_engine() -> None:
    code = "import sys, json, cloudbase_ocr.commands.serve; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env=os.environ
    ).stdout
    loaded = json.loads(output)
    assert "flask" in loaded
    for heavy in ("numpy", "cv2", "openvino", "PIL", "requests"):
        assert heavy not in loaded
