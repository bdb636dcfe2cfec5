"""``cloudbaserc.json``, which @cloudbase/cli deploys a project by (documented: cli-v1/config, functions/configs).

Read are its present form and two earlier ones that public templates have: keys of a function below ``config``, and
functions as the inputs of CloudBase Framework's plugin (``framework.plugins.*.inputs``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _
from cloudbase_ocr.project.env_files import read_env_files
from cloudbase_ocr.project.errors import ConfigError
from cloudbase_ocr.project.sources import Source, read_object
from cloudbase_ocr.project.templates import fill_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILE = "cloudbaserc.json"
_PLUGIN = "@cloudbase/framework-plugin-function"


@dataclass(frozen=True)
class Entry:
    """What the file says of one function: `source` with ``{{...}}`` filled in, `raw` as it is written."""

    name: str
    source: Source
    raw: Mapping[str, Any]
    folder: str | None = None
    """Where its code is (`dir`), from the file's folder."""


@dataclass(frozen=True)
class Cloudbaserc:
    """The file; without one, everything is empty.

    `env_id`, `region` and `function_root` are None where it does not say; `raw_env_id` may be ``{{env.X}}``.
    `missing` has the names in ``{{...}}`` that nothing sets, with the place of the first use.
    """

    env_id: str | None = None
    raw_env_id: str | None = None
    function_root: str | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)


def read_cloudbaserc(folder: Path) -> Cloudbaserc:
    """Read the file in `folder`, with ``.env`` and ``.env.local`` beside it; the process's variables go before these.

    Raises:
        ConfigError: one of these files is not what it should be.
    """
    raw = read_object(folder / FILE)
    if raw is None:
        return Cloudbaserc()
    missing: dict[str, str] = {}
    variables = {f"env.{name}": value for name, value in {**read_env_files(folder), **os.environ}.items()}
    raw_env_id = _text(raw, "envId")
    env_id = fill_in(raw_env_id, variables, {}) or None
    if env_id:
        variables = {"env.ENV_ID": env_id, **variables, "tcb.envId": env_id}
    content = fill_in(raw, variables, missing)
    form = _form_of(content)
    root = _text(form.container, form.root_key, form.prefix) or _text(content, "functionRoot")
    return Cloudbaserc(
        env_id=env_id,
        raw_env_id=raw_env_id,
        function_root=root,
        entries={entry.name: entry for entry in _entries(content, form, _form_of(raw))},
        missing=missing,
        content=content,
    )


@dataclass(frozen=True)
class _Form:
    """Where the functions are: `container` has the list, `prefix` leads to it; `memory` is the key of the memory."""

    container: Mapping[str, Any]
    prefix: str = ""
    root_key: str = "functionRoot"
    memory: str = "memorySize"


def _form_of(content: Mapping[str, Any]) -> _Form:
    framework = content.get("framework")
    plugins = framework.get("plugins") if isinstance(framework, dict) else None
    if not content.get("functions") and isinstance(plugins, dict):
        for name, plugin in plugins.items():
            inputs = plugin.get("inputs") if isinstance(plugin, dict) else None
            if isinstance(inputs, dict) and plugin.get("use") == _PLUGIN and inputs.get("functions"):
                return _Form(inputs, f"framework.plugins.{name}.inputs.", "functionRootPath", "memory")
    return _Form(content)


def _entries(content: Mapping[str, Any], form: _Form, raw_form: _Form) -> Iterator[Entry]:
    listed = form.container.get("functions") or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ConfigError(
            _('{file}: {prefix}functions must be a list such as [{{"name": "idcard"}}]').format(
                file=FILE, prefix=form.prefix
            )
        )
    defaults = content.get("functionDefaultConfig") or {}
    if not isinstance(defaults, dict):
        raise ConfigError(
            _('{file}: functionDefaultConfig must be an object such as {{"timeout": 20}}').format(file=FILE)
        )
    for index, (entry, raw) in enumerate(
        zip(listed, raw_form.container["functions"] if listed else [], strict=True)
    ):
        place = f"{form.prefix}functions[{index}]."
        name = entry.get("name")
        if not isinstance(name, str) or not name:
            raise ConfigError(
                _("{file}: {place}name must be the name of a function, not {name!r}").format(
                    file=FILE, place=place, name=name
                )
            )
        values = _flattened({**defaults, **entry}, place, form.memory)
        folder = _text(values, "dir", place)
        yield Entry(
            name,
            Source(FILE, values, place, deploys=True),
            _flattened({**defaults, **raw, "name": name}, place, form.memory),
            folder,
        )


def _flattened(entry: Mapping[str, Any], place: str, memory: str) -> dict[str, Any]:
    """Return an entry in its present form; what stands below ``config`` goes first, as the tool has it."""
    nested = entry.get("config")
    if nested is not None and not isinstance(nested, dict):
        raise ConfigError(
            _('{file}: {place}config must be an object such as {{"timeout": 20}}, not {nested!r}').format(
                file=FILE, place=place, nested=nested
            )
        )
    values = {**{key: value for key, value in entry.items() if key != "config"}, **(nested or {})}
    if memory in values:
        values["memorySize"] = values.pop(memory)
    return values


def _text(values: Mapping[str, Any], key: str, place: str = "") -> str | None:
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError(
            _("{file}: {place}{key} must be text, not {value!r}").format(
                file=FILE, place=place, key=key, value=value
            )
        )
    return value or None
