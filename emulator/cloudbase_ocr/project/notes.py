"""What the files of a project ask for and the emulator does not do, and what looks like a mistake in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.core.nearest import nearest
from cloudbase_ocr.language import _
from cloudbase_ocr.project.cloudbaserc import FILE
from cloudbase_ocr.project.function_config import KEYS
from cloudbase_ocr.project.http_routes import route_notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from cloudbase_ocr.project.project import ProjectConfig

NOT_DONE: Mapping[str, str] = {
    "aclRule": _("whoever can call the emulator can call every function"),
    "codeSecret": _("code runs as it is on the disk"),
    "eipConfig": _("calls leave from this machine's address"),
    "imageConfig": _("no images are run"),
    "instanceConcurrencyConfig": _(
        "an instance takes one call at a time, and --max-instances says how many there are"
    ),
    "l5": _("there is no L5"),
    "logConfig": _("logs are in the journal"),
    "protocolParams": _("there are no WebSockets"),
    "protocolType": _("there are no WebSockets"),
    "publicNetConfig": _("functions use this machine's network"),
    "role": _("there are no roles"),
    "vpc": _("functions use this machine's network"),
}
"""Keys of a function that do nothing here, and what holds instead."""

_SILENT = frozenset({"config", "description", "dir", "isWaitInstall", "name", "params", "path"})
_TOP = frozenset({"envId", "functionDefaultConfig", "functionRoot", "functions", "gateway"})


def notes(config: ProjectConfig, functions: Set[str]) -> Iterator[str]:
    """Give a sentence for each; `functions` are the names of those that are there."""
    file = config.cloudbaserc
    for name, place in file.missing.items():
        if name.startswith("env."):
            yield (
                _(
                    "{file}: {place} asks for {name}, which neither .env.local, .env nor the environment "
                    "sets: it is empty"
                ).format(file=FILE, place=place, name=name)
            )
        else:
            yield _("{file}: {place} asks for {name}, which is not known here: it is empty").format(
                file=FILE, place=place, name=name
            )
    for name, entry in file.entries.items():
        if name not in functions:
            yield _("{file}: {prefix}name is {name}, and there is no folder of such a function").format(
                file=FILE, prefix=entry.source.prefix, name=name
            )
    for name in config.toml.functions:
        if name not in functions:
            yield _("{place}: there is no function {name}, which [function.{name}] is about").format(
                place=config.toml.place(), name=name
            )
    for route in config.routes:
        if route.function not in functions:
            yield _("{file}: the path {path} leads to {function}, and there is no such function").format(
                file=FILE, path=route.path, function=route.function
            )
    yield from route_notes(file.content)
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
        yield _("{file}: {key} of {names} does nothing here: {not_done}").format(
            file=FILE, key=key, names=", ".join(names), not_done=NOT_DONE[key]
        )
    if timed:
        yield (
            _(
                "{file}: triggers of {timed} do not fire by themselves here: cloudbase-ocr invoke "
                "{first} --trigger NAME"
            ).format(file=FILE, timed=", ".join(timed), first=timed[0])
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
    near = nearest(key, known, 0.75)
    if near and key not in known:
        yield _("{file}: {prefix}{key} is no key that counts; is {near} meant?").format(
            file=FILE, prefix=prefix, key=key, near=near
        )
