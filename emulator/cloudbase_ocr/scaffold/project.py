"""Which files a new project has, and a new function of one that is there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.build.targets import DEFAULT_VERSION, runtime_name
from cloudbase_ocr.core.methods import find_method
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.dependencies.shared import WXCLOUD
from cloudbase_ocr.language import _
from cloudbase_ocr.project import cloudbaserc
from cloudbase_ocr.runtime.function_folders import NAME, NAME_RULE
from cloudbase_ocr.runtime.languages import PYTHON, language_of
from cloudbase_ocr.scaffold.methods import call_name_of, is_call_name, telling_field
from cloudbase_ocr.scaffold.new_files import ScaffoldError, text_of, write_new

if TYPE_CHECKING:
    from cloudbase_ocr.project import Project
    from cloudbase_ocr.scaffold.origin import Origin

FUNCTIONS = "cloudfunctions"
"""Where mini-programs have their functions (documented: `cloudfunctionRoot` of project.config.json)."""
_TESTS = "tests"
_CONFTEST = "conftest.py"
_README = {False: "README.md.tpl", True: "README.zh-CN.md.tpl"}


def begin_project(folder: Path, method: str, origin: Origin, *, chinese: bool = False) -> list[Path]:
    """Write a project of one function, which is called like its method, into `folder`; return its files.

    `chinese`: its README.md is in Chinese.

    Raises:
        ScaffoldError: one of the files is there already, or cannot be written, or there is no such method.
    """
    name = call_name_of(method)
    _check_folder(folder, "a project")
    another = "idcard" if name == "bankcard" else "bankcard"
    values = {"name": name, "another": another, "project": folder.resolve().name or "project"}
    files = {
        ".github/workflows/test.yml": text_of("workflow.yml.tpl", python=DEFAULT_VERSION),
        ".gitignore": text_of("gitignore"),
        ".vscode/launch.json": text_of("launch.json"),
        "README.md": text_of(_README[chinese], **values),
        cloudbaserc.FILE: text_of(
            "cloudbaserc.json.tpl", name=name, functions=FUNCTIONS, runtime=runtime_name(DEFAULT_VERSION)
        ),
        "miniprogram/ocr.js": text_of("ocr.js"),
        "pytest.ini": text_of("pytest.ini"),
        "requirements-dev.txt": text_of("requirements-dev.txt.tpl", origin=origin.requirement),
    }
    new = {folder / file: text for file, text in files.items()}
    new |= _function(folder / FUNCTIONS / name, name) | _tests(folder, folder / FUNCTIONS, name, name)
    write_new(
        new,
        _(
            "Choose another folder: cloudbase-ocr init DIR. Or add a function to a project that is "
            "there: cloudbase-ocr new NAME --method idcard"
        ),
    )
    return sorted(new)


def add_function(project: Project, name: str, method: str | None) -> list[Path]:
    """Write the function `name` and its test into a project; return its files.

    Without a `method`, the function is one that is called like its method.

    Raises:
        ScaffoldError: the name cannot be, or is taken; there is no such method; a file cannot be written.
        ConfigError: a file of the project is not what it should be.
    """
    _check_name(name)
    if project.root == included_functions():
        raise ScaffoldError(
            _(
                "{folder} is no project: it has neither {file} nor a folder functions or {functions}. Go "
                "to your project, name its folder with --functions, or begin one: cloudbase-ocr init"
            ).format(folder=project.folder, file=cloudbaserc.FILE, functions=FUNCTIONS)
        )
    _check_folder(project.root, _("the place of functions"))
    if method is None and not is_call_name(name):
        raise ScaffoldError(
            _("nothing says what {name} reads. Say it, for example --method idcard").format(name=name)
        )
    call = call_name_of(method or name)
    folder = project.root / name
    _check_place(project, name, folder)
    new = _function(folder, call) | _tests(project.folder, project.root, name, call)
    write_new(new, _("Choose another name, or move it away"))
    return sorted(new)


def api_of(name: str, method: str | None) -> str:
    """Return what a new function's config.json permits: ``ocr.idcard``."""
    return f"ocr.{call_name_of(method or name)}"


def _check_folder(path: Path, what: str) -> None:
    if os.path.lexists(path) and not path.is_dir():
        raise ScaffoldError(
            _("{path} is a file, and {what} is a folder. Choose another name").format(path=path, what=what)
        )


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ScaffoldError(
            _("{name!r} cannot be a function's name: {name_rule}").format(name=name[:80], name_rule=NAME_RULE)
        )
    if name == WXCLOUD:
        raise ScaffoldError(
            _("{name} is the package that functions import. Choose another name").format(name=name)
        )


def _check_place(project: Project, name: str, folder: Path) -> None:
    """Refuse what would not run as it is written: a place that is taken, or an entry that says otherwise.

    Raises:
        ScaffoldError: it would not.
    """
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise ScaffoldError(
            _(
                "{folder} is there, and no file is ever overwritten. Choose another name, or move it away"
            ).format(folder=folder)
        )
    config = project.read()
    wanted = config.function(name, folder)
    told = {
        "dir": name in config.folders and config.folders[name] != folder.resolve(),
        "handler": wanted.handler not in (None, "index.main"),
        "runtime": wanted.runtime is not None and language_of(wanted.runtime) is not PYTHON,
        "type": wanted.kind != "Event",
    }
    for key, differs in told.items():
        if differs:
            raise ScaffoldError(
                _(
                    "{key}: {what} of {name} is of another function than the one that would be written. "
                    "Choose another name, or correct the entry"
                ).format(key=wanted.set_by.get(key, cloudbaserc.FILE), what=key, name=name)
            )


def _function(folder: Path, call: str) -> dict[Path, str]:
    title = find_method(call).title
    return {
        folder / "config.json": text_of("config.json.tpl", call=call),
        folder / "index.py": text_of("index.py.tpl", call=call, title=title),
    }


def _tests(folder: Path, root: Path, name: str, call: str) -> dict[Path, str]:
    tests = folder / _TESTS
    place, value = telling_field(find_method(call))
    module = name.replace("-", "_")
    new = {
        tests / f"test_{module}.py": text_of(
            "test_function.py.tpl", name=name, call=call, place=place, value=_quoted(value)
        )
    }
    if not any(os.path.lexists(each / _CONFTEST) for each in (folder, tests)):
        functions = Path(os.path.relpath(root, folder)).as_posix()
        new[tests / _CONFTEST] = text_of("conftest.py.tpl", functions=functions)
    return new


def _quoted(value: str) -> str:
    """Return a text as formatters of Python write it."""
    return repr(value) if '"' in value else json.dumps(value, ensure_ascii=False)
