"""What there is on this machine, and whether it works: one finding for each part."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.project import ConfigError, find_project
from cloudbase_ocr.project.toml_file import find_toml
from cloudbase_ocr.settings import ENVIRONMENT_PREFIX, Settings, setting_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OK, NOTE, BROKEN = "ok", "note", "broken"
"""It works; it is not there, or not free, and that may be meant; it is needed, and does not work."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge", "firefox", "safari")
_RECORDER_PORT = 8788
_EXTRA = re.compile(r"^(?P<package>[\w.-]+).*;.*\bextra\s*==\s*['\"](?P<extra>[\w-]+)['\"]")
_FOR_US = "dev"
"""The extra with what changes of this package are tested with."""


@dataclass(frozen=True)
class Finding:
    """What was found of one part: `state` is one of OK, NOTE and BROKEN."""

    name: str
    state: str
    text: str


def diagnose() -> Iterator[Finding]:
    """Look at one part after the other; loading the engine takes seconds."""
    settings, given = _settings()
    for finding in (
        Finding(
            "Python",
            OK,
            f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}",
        ),
        Finding("system", OK, _system()),
        Finding("packages", OK, _versions(_packages())),
        *_extras(),
        _engine(),
        _font(),
        _node(),
        _browser(),
        _port("port", given.port),
        _port("recorder", _RECORDER_PORT),
        settings,
        _functions(given),
        _variables(),
        *_folders(),
    ):
        yield Finding(finding.name, finding.state, _without_home(finding.text))


def _without_home(text: str) -> str:
    try:
        home = str(Path.home())
    except RuntimeError:  # no HOME, and a user whom the system does not know
        return text
    return text.replace(home, "~") if len(home) > 1 else text


def _system() -> str:
    from cloudbase_ocr.recognizer.ocr.cpu import cores

    count = cores()
    return f"{platform.platform()}, {count} core{'' if count == 1 else 's'}"


def _packages() -> dict[str, list[str]]:
    """Return what each extra brings, as the installed package says it; under "" what is always there."""
    found: dict[str, list[str]] = {"": []}
    try:
        required = importlib.metadata.requires("cloudbase-ocr") or []
    except importlib.metadata.PackageNotFoundError:
        return found
    for text in required:
        extra = _EXTRA.match(text)
        name = extra["package"] if extra else re.split(r"[^\w.-]", text)[0]
        if name != "cloudbase-ocr":
            found.setdefault(extra["extra"] if extra else "", []).append(name)
    return found


def _versions(packages: dict[str, list[str]]) -> str:
    """Return the versions of what is there and not only for our tests."""
    names = [name for extra, names in packages.items() if extra != _FOR_US for name in names]
    found = {name: _version(name) for name in names}
    return ", ".join(f"{name} {version}" for name, version in found.items() if version) or "unknown"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _extras() -> Iterator[Finding]:
    extras = {name: names for name, names in _packages().items() if name not in ("", _FOR_US)}
    missing = [name for name, packages in extras.items() if not all(map(_version, packages))]
    there = [name for name in extras if name not in missing]
    yield Finding("extras", OK, ", ".join(there) or "none")
    if missing:
        yield Finding(
            "", NOTE, f"not installed: {', '.join(missing)}\npip install 'cloudbase-ocr[NAME]' adds one"
        )


def _engine() -> Finding:
    from cloudbase_ocr.recognizer import Recognizer, RecognizerNotInstalled

    began, recognizer = time.monotonic(), Recognizer()
    try:
        recognizer.warm()
    except RecognizerNotInstalled as error:
        return Finding("engine", NOTE, str(error))
    except Exception as error:  # whatever keeps it from loading is what a report is about
        return Finding("engine", BROKEN, f"cannot be loaded: {error}")
    finally:
        recognizer.close()
    return Finding("engine", OK, f"loaded in {time.monotonic() - began:.1f} s")


def _font() -> Finding:
    from cloudbase_ocr.batch.fonts import NoFont, find_face

    try:
        return Finding("font", OK, find_face().file)
    except NoFont as error:
        return Finding("font", NOTE, f"recognize --draw writes names only: {error}")


def _node() -> Finding:
    from cloudbase_ocr.runtime.interpreters import find_node

    node = find_node(None)
    if node.problem:
        return Finding("Node.js", NOTE, f"functions in JavaScript do not run: {node.problem}")
    return Finding("Node.js", OK, f"{'.'.join(map(str, node.version))}, {node.command}")


def _browser() -> Finding:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return (
        Finding("browser", OK, found)
        if found
        else Finding("browser", NOTE, "none on PATH; the console needs one")
    )


def _port(name: str, port: int) -> Finding:
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere this option takes a port away from whoever has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Finding(name, NOTE, f"{port}: {_user_of(port) or error.strerror or error}")
    return Finding(name, OK, f"{port} is free")


def _user_of(port: int) -> str:
    from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError

    client = EmulatorClient(f"http://127.0.0.1:{port}")
    if not client.is_running():
        return "used by another program"
    try:
        health = client.health()
    except EmulatorUnreachableError:  # it asks for its token
        return "an emulator runs there"
    return f"an emulator runs there, version {health['version']}, functions in {health['root']}"


def _settings() -> tuple[Finding, Settings]:
    """Return what is to say of the settings, and those that `serve` would have here."""
    import click

    from cloudbase_ocr.commands.common import UserError
    from cloudbase_ocr.commands.defaults import use_defaults
    from cloudbase_ocr.commands.serve import serve

    root = click.get_current_context().find_root()
    try:
        file = find_toml(Path.cwd())
        if file.path is not None and isinstance(root.command, click.Group):
            use_defaults(file, root, "serve", serve, root.command.list_commands(root))
        values = serve.make_context("serve", [], parent=root).params
    except (ConfigError, UserError) as error:
        return Finding("settings", BROKEN, str(error)), Settings()
    names = [each.name for each in setting_fields()]
    where = str(file.path or "no cloudbase-ocr.toml here, and no [tool.cloudbase-ocr] in pyproject.toml")
    return Finding("settings", OK, where), Settings(**{name: values[name] for name in names})


def _functions(settings: Settings) -> Finding:
    from cloudbase_ocr.runtime.function_folders import list_functions

    try:
        project = find_project(settings.functions, Path.cwd())
        project.read()
        found = list_functions(project)
    except ConfigError as error:
        return Finding("functions", BROKEN, str(error))
    return Finding("functions", OK, f"{len(found)} in {project.root}")


def _variables() -> Finding:
    names = sorted(name for name in os.environ if name.startswith(f"{ENVIRONMENT_PREFIX}_"))
    return Finding("variables", OK, ", ".join(names) or f"no {ENVIRONMENT_PREFIX}_... is set")


def _folders() -> Iterator[Finding]:
    from cloudbase_ocr.core.paths import user_cache
    from cloudbase_ocr.tls.store import default_folder

    for name, folder_of in (("cache", user_cache), ("https", default_folder)):
        try:
            folder = folder_of()
        except RuntimeError as error:  # as above
            yield Finding(name, NOTE, str(error))
            continue
        yield Finding(
            name,
            OK,
            f"{folder}: {_size(folder.rglob('*'))}" if folder.is_dir() else f"{folder}: not made yet",
        )


def _size(paths: Iterable[Path]) -> str:
    total = sum(path.stat().st_size for path in paths if path.is_file() and not path.is_symlink())
    return f"{total / 1e6:.1f} MB"
