"""The forms of cloudbaserc.json, what is filled in, and what a mistake in it says."""

from __future__ import annotations

from typing import Any

import pytest

from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.cloudbaserc import read_cloudbaserc
from tests.emulator.project.conftest import WriteFiles


def plugin(**inputs: Any) -> dict[str, Any]:
    return {
        "framework": {
            "plugins": {"server": {"use": "@cloudbase/framework-plugin-function", "inputs": inputs}}
        }
    }


def test_without_the_file_everything_is_empty(files: WriteFiles) -> None:
    found = read_cloudbaserc(files())
    assert (found.env_id, found.function_root, found.entries) == (None, None, {})


def test_templates_come_from_the_environment_then_the_local_file(
    files: WriteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_PROCESS", "process")
    variables = {
        "A": "{{env.FROM_PROCESS}}",
        "B": "{{ env.FROM_FILE }}",
        "C": "at {{env.FROM_FILE}}/{{tcb.envId}}",
        "D": "{{env.NOWHERE}}",
        "E": "{{util.uid}}",
    }
    content = {"envId": "{{env.ID}}", "functions": [{"name": "f", "envVariables": variables}]}
    dotenv = "FROM_PROCESS=file\nFROM_FILE=file\nID=prod-1\n"
    found = read_cloudbaserc(files(**{"cloudbaserc.json": content, ".env.local": dotenv}))
    assert found.env_id == "prod-1"
    assert found.raw_env_id == "{{env.ID}}"
    filled = found.entries["f"].source.values["envVariables"]
    assert filled == {"A": "process", "B": "file", "C": "at file/prod-1", "D": "", "E": ""}
    assert found.entries["f"].raw["envVariables"] == variables
    assert found.missing == {
        "env.NOWHERE": "functions[0].envVariables.D",
        "util.uid": "functions[0].envVariables.E",
    }


def test_the_id_of_the_environment_is_a_variable_of_its_own(
    files: WriteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENV_ID", raising=False)
    content = {"envId": "env-7", "functions": [{"name": "f", "envVariables": {"ID": "{{env.ENV_ID}}"}}]}
    found = read_cloudbaserc(files(**{"cloudbaserc.json": content}))
    assert found.entries["f"].source.values["envVariables"] == {"ID": "env-7"}


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ({"functions": [{"name": "f", "timeout": 9}]}, {"timeout": 9}),
        ({"functions": [{"name": "f", "timeout": 5, "config": {"timeout": 9}}]}, {"timeout": 9}),
        ({"functionDefaultConfig": {"timeout": 9}, "functions": [{"name": "f"}]}, {"timeout": 9}),
        (plugin(functions=[{"name": "f", "memory": 128}]), {"memorySize": 128}),
        ({**plugin(functions=[{"name": "f"}]), "functions": []}, {}),
    ],
)
def test_forms_of_an_entry(files: WriteFiles, content: dict[str, Any], values: dict[str, Any]) -> None:
    found = read_cloudbaserc(files(**{"cloudbaserc.json": content})).entries["f"]
    assert found.source.values == {"name": "f", **values} == found.raw


def test_the_root_of_the_frameworks_plugin(files: WriteFiles) -> None:
    content = plugin(functionRootPath="cloudfunctions", functions=[{"name": "f"}])
    assert read_cloudbaserc(files(**{"cloudbaserc.json": content})).function_root == "cloudfunctions"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cloudbaserc.json: is not JSON"),
        ("[]", "cloudbaserc.json: must be an object"),
        ({"envId": 5}, "envId must be text, not 5"),
        ({"functionRoot": []}, "functionRoot must be text"),
        ({"functions": {}}, None),
        ({"functions": {"f": {}}}, 'functions must be a list such as [{"name": "idcard"}]'),
        ({"functions": ["f"]}, "functions must be a list"),
        ({"functions": [{}]}, "functions[0].name must be the name of a function, not None"),
        ({"functions": [{"name": "f", "dir": 1}]}, "functions[0].dir must be text"),
        ({"functions": [{"name": "f", "config": 1}]}, "functions[0].config must be an object"),
        ({"functions": [{"name": "f"}], "functionDefaultConfig": 1}, "functionDefaultConfig must be"),
        (
            plugin(functions=[{"name": 1}]),
            "framework.plugins.server.inputs.functions[0].name must be the name of a function, not 1",
        ),
    ],
)
def test_a_mistake_names_file_and_key(files: WriteFiles, content: Any, says: str | None) -> None:
    folder = files(**{"cloudbaserc.json": content})
    if says is None:
        assert read_cloudbaserc(folder).entries == {}
        return
    with pytest.raises(ConfigError, match=r"^cloudbaserc\.json: ") as error:
        read_cloudbaserc(folder)
    assert says in str(error.value)
