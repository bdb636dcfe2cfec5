"""cloudbase-ocr.toml: settings and functions."""

from __future__ import annotations

import pytest

from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.toml_file import find_toml, is_in, read_toml
from tests.emulator.project.conftest import WriteFiles


def test_settings_and_functions(files: WriteFiles) -> None:
    text = 'quota-per-day = 5\nfunctions = "cloud"\n[function.f]\ntimeout = 9\nenvVariables = { A = "1" }\n'
    found = read_toml(files(**{"cloudbase-ocr.toml": text}))
    assert found.settings == {"quota_per_day": 5, "functions": "cloud"}
    assert found.functions["f"].values == {"timeout": 9, "envVariables": {"A": "1"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("port = ", "cloudbase-ocr.toml: cannot be read: "),
        ("function = 5", "cloudbase-ocr.toml: function must be tables such as [function.idcard]"),
        (
            "[function.f]\ntimeOut = 5",
            "cloudbase-ocr.toml: function.f.timeOut is no key of a function; is timeout meant?",
        ),
        (
            "[function.f]\nx = 5",
            "cloudbase-ocr.toml: function.f.x is no key of a function; there are envVariables,",
        ),
    ],
)
def test_a_mistake_names_file_and_key(files: WriteFiles, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_toml(files(**{"cloudbase-ocr.toml": text}))
    assert str(error.value).startswith(says)


def test_pyproject_has_a_table_of_the_same(files: WriteFiles) -> None:
    text = "[tool.cloudbase-ocr]\nport = 1\n[tool.cloudbase-ocr.function.f]\ntimeout = 9\n"
    folder = files(**{"pyproject.toml": text})
    found = read_toml(folder)
    assert (found.settings, found.functions["f"].values) == ({"port": 1}, {"timeout": 9})
    assert found.place("port") == "pyproject.toml: tool.cloudbase-ocr.port"
    assert is_in(folder)
    files(**{"cloudbase-ocr.toml": "port = 2"})
    assert read_toml(folder).settings == {"port": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.cloudbase-ocr]\nport =", "pyproject.toml: cannot be read: "),
        (
            "[tool]\ncloudbase-ocr = 'tool.cloudbase-ocr'",
            "pyproject.toml: tool.cloudbase-ocr must be a table",
        ),
        (
            "[tool.cloudbase-ocr.function.f]\ntimeOut = 9",
            "pyproject.toml: tool.cloudbase-ocr.function.f.timeOut is no key",
        ),
        ("[tool.cloudbase-ocr]\nfunction = 9", "pyproject.toml: tool.cloudbase-ocr.function must be tables"),
    ],
)
def test_a_mistake_in_pyproject_names_file_and_key(files: WriteFiles, text: str, says: str) -> None:
    folder = files(**{"pyproject.toml": text})
    with pytest.raises(ConfigError) as error:
        read_toml(folder)
    assert str(error.value).startswith(says)
    assert is_in(folder)


def test_a_pyproject_that_says_nothing_is_none(files: WriteFiles) -> None:
    folder = files(**{"pyproject.toml": "[project]\nname = 'x'\n# broken ="})
    assert read_toml(folder).path is None
    assert not is_in(folder)


def test_it_is_looked_for_up_to_the_repository(files: WriteFiles) -> None:
    folder = files(**{"cloudbase-ocr.toml": "port = 1", "a/b/file": "", "a/.git/file": ""})
    assert find_toml(folder).settings == {"port": 1}
    assert find_toml(folder / "a/b").path is None, "the file stands above the repository"
    files(**{"a/cloudbase-ocr.toml": "port = 2"})
    assert find_toml(folder / "a/b").settings == {"port": 2}
    files(**{"c/file": ""})
    assert find_toml(folder / "c").path is None, "where there is no repository, only this folder counts"
