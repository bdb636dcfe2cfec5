"""cloudbase-ocr.toml: settings and functions."""

from __future__ import annotations

import pytest

from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.toml_file import read_toml
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
