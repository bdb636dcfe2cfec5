"""What several files say of one function, put together, and what a value that makes no sense says."""

from __future__ import annotations

from typing import Any

import pytest

from cloudbase_ocr.project import ConfigError, Layer, Trigger
from cloudbase_ocr.project.function_config import KEYS, FunctionConfig, merge
from cloudbase_ocr.project.sources import Source

TIMER = {"name": "daily", "type": "timer", "config": "0 0 2 * * * *"}
EVERYTHING: dict[str, Any] = {
    "envVariables": {"A": "1"},
    "handler": "main.main_handler",
    "ignore": ["*.md"],
    "installDependency": True,
    "layers": [{"name": "deps", "version": 2}],
    "memorySize": 512,
    "permissions": {"openapi": ["ocr.idcard"]},
    "runtime": "Python3.9",
    "timeout": 20,
    "triggers": [TIMER],
    "type": "HTTP",
}


def rc(**values: Any) -> Source:
    return Source("cloudbaserc.json", values, "functions[0].", deploys=True)


def own(**values: Any) -> Source:
    return Source("config.json", values)


def test_every_key_counts() -> None:
    assert set(EVERYTHING) == KEYS
    assert merge([rc(**EVERYTHING)]) == FunctionConfig(
        handler="main.main_handler",
        runtime="Python3.9",
        timeout=20,
        memory=512,
        permissions=("ocr.idcard",),
        environment={"A": "1"},
        layers=(Layer("deps", 2),),
        triggers=(Trigger("daily", "timer", "0 0 2 * * * *"),),
        install_dependency=True,
        ignore=("*.md",),
        kind="HTTP",
    )
    assert merge([rc(**EVERYTHING)]).set_by == dict.fromkeys(KEYS, "cloudbaserc.json")


def test_the_first_source_counts_and_variables_are_put_together() -> None:
    found = merge(
        [
            rc(timeout=20, envVariables={"A": "rc", "B": "rc"}),
            own(timeout=5, memorySize=512, envVariables={"B": "own", "C": "own"}),
        ]
    )
    assert (found.timeout, found.memory) == (20, 512)
    assert found.environment == {"A": "rc", "B": "rc", "C": "own"}
    assert found.set_by["timeout"] == "cloudbaserc.json"
    assert found.set_by["memorySize"] == "config.json"


def test_the_deploy_tools_file_may_have_numbers_as_variables_and_texts_as_numbers() -> None:
    found = merge([rc(timeout="20", envVariables={"N": 5, "T": True, "F": 1.5})])
    assert (found.timeout, found.environment) == (20, {"N": "5", "T": "true", "F": "1.5"})
    for wrong in (own(timeout="20"), own(envVariables={"N": 5})):
        with pytest.raises(ConfigError):
            merge([wrong])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"timeout": 0}, "timeout must be a whole number from 1 to 900, not 0"),
        ({"timeout": "x"}, "timeout must be a whole number from 1 to 900, not 'x'"),
        ({"timeout": "9" * 5000}, "timeout must be a whole number"),
        ({"installDependency": "yes"}, "installDependency must be true or false, not 'yes'"),
        ({"type": "Web"}, 'type must be "Event" or "HTTP", not \'Web\''),
        ({"ignore": 1}, "ignore must be a pattern or a list of them, not 1"),
        ({"layers": {"name": "deps"}}, 'layers must be a list such as [{"name": "...", "version": 1}]'),
        ({"layers": [{"version": 1}]}, "layers[0].name must be the name of a layer, not None"),
        ({"layers": [{"name": "a", "version": "1"}]}, "layers[0].version must be a whole number, not '1'"),
        ({"layers": [{"name": "a"}] * 6}, "layers are 6, and a function takes 5 at most"),
        ({"triggers": [1]}, "triggers must be a list such as"),
        ({"triggers": [{**TIMER, "name": "1"}]}, "triggers[0].name must be a name of its own"),
        ({"triggers": [TIMER, TIMER]}, "triggers[1].name must be a name of its own"),
        ({"triggers": [{**TIMER, "config": 5}]}, "triggers[0].config must be text"),
        ({"envVariables": {"SCF_A": "1"}}, "envVariables: 'SCF_A' is not allowed"),
    ],
)
def test_a_mistake_names_file_and_key(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as error:
        merge([rc(**values)])
    assert str(error.value).startswith(f"cloudbaserc.json: functions[0].{says}")


def test_variables_of_all_files_share_one_limit() -> None:
    with pytest.raises(ConfigError, match="more than 4096 bytes"):
        merge([rc(envVariables={"A": "x" * 3000}), own(envVariables={"B": "x" * 3000})])
