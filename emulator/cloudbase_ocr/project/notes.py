"""What the files of a project ask for and the emulator does not do, and what looks like a mistake in them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from cloudbase_ocr.project import toml_file
from cloudbase_ocr.project.cloudbaserc import FILE
from cloudbase_ocr.project.function_config import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from cloudbase_ocr.project.project import ProjectConfig

NOT_DONE: Mapping[str, str] = {
    "aclRule": "whoever can call the emulator can call every function",
    "codeSecret": "code runs as it is on the disk",
    "eipConfig": "calls leave from this machine's address",
    "imageConfig": "no images are run",
    "instanceConcurrencyConfig": "an instance takes one call at a time, and --max-instances says how many there are",
    "l5": "there is no L5",
    "logConfig": "logs are in the journal",
    "protocolParams": "there are no WebSockets",
    "protocolType": "there are no WebSockets",
    "publicNetConfig": "functions use this machine's network",
    "role": "there are no roles",
    "vpc": "functions use this machine's network",
}
"""Keys of a function that do nothing here, and what holds instead."""

_SILENT = frozenset({"config", "description", "dir", "isWaitInstall", "name", "params", "path"})
_TOP = frozenset({"envId", "functionDefaultConfig", "functionRoot", "functions"})


def notes(config: ProjectConfig, functions: Set[str]) -> Iterator[str]:
    """Give a sentence for each; `functions` are the names of those that are there."""
    file = config.cloudbaserc
    for name, place in file.missing.items():
        if name.startswith("env."):
            yield (
                f"{FILE}: {place} asks for {name}, which neither .env.local, .env nor the environment sets: it is empty"
            )
        else:
            yield f"{FILE}: {place} asks for {name}, which is not known here: it is empty"
    for name, entry in file.entries.items():
        if name not in functions:
            yield f"{FILE}: {entry.source.prefix}name is {name}, and there is no folder of such a function"
    for name in config.toml.functions:
        if name not in functions:
            yield f"{toml_file.FILE}: there is no function {name}, which [function.{name}] is about"
    yield from _without_effect(config)
    yield from _unknown(config)


def _without_effect(config: ProjectConfig) -> Iterator[str]:
    users: dict[str, list[str]] = {}
    timed = []
    for name, entry in config.cloudbaserc.entries.items():
        for key in entry.source.values:
            if key in NOT_DONE:
                users.setdefault(key, []).append(name)
        if entry.source.values.get("triggers"):
            timed.append(name)
    for key, names in sorted(users.items()):
        yield f"{FILE}: {key} of {', '.join(names)} does nothing here: {NOT_DONE[key]}"
    if timed:
        yield (
            f"{FILE}: triggers of {', '.join(timed)} do not fire by themselves here: "
            f"cloudbase-ocr invoke {timed[0]} --trigger NAME"
        )


def _unknown(config: ProjectConfig) -> Iterator[str]:
    known = KEYS | set(NOT_DONE) | _SILENT
    for key in config.cloudbaserc.content:
        yield from _meant(str(key), "", _TOP)
    for entry in config.cloudbaserc.entries.values():
        for key in entry.source.values:
            yield from _meant(str(key), entry.source.prefix, known)


def _meant(key: str, prefix: str, known: Set[str]) -> Iterator[str]:
    """Tell of a key that is nearly one that counts; others belong to other tools."""
    near = difflib.get_close_matches(key, known, 1, 0.75)
    if near and key not in known:
        yield f"{FILE}: {prefix}{key} is no key that counts; is {near[0]} meant?"
