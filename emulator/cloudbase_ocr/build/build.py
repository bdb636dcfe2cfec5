"""Builds packages: one folder and one zip for each function, and the configuration that deploys them."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.build import starters
from cloudbase_ocr.build.archive import file_names, sha256_of, write_zip
from cloudbase_ocr.build.bytecode import Compiler, Refusal
from cloudbase_ocr.build.cloudbaserc import HTTP, function_entry, write_cloudbaserc
from cloudbase_ocr.build.errors import BuildError
from cloudbase_ocr.build.overlay import lay_out
from cloudbase_ocr.build.targets import DEFAULT_VERSION, VERSIONS, runtime_name
from cloudbase_ocr.build.wheels import Wheels, cache_folder
from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.dependencies.pins import read_pins
from cloudbase_ocr.dependencies.shared import WXCLOUD
from cloudbase_ocr.language import _
from cloudbase_ocr.runtime.function_folders import FunctionInfo, as_project, list_functions
from cloudbase_ocr.runtime.languages import PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudbase_ocr.project import Project

EVENT, CONTAINER = "event", "container"
KINDS = (EVENT, HTTP, CONTAINER)


@dataclass(frozen=True)
class Options:
    """How to build. `kind` is event, http or container; `cache` keeps wheels; `variables` see cloudbaserc.py.

    `python` is the version for all functions; None: each has that of its `runtime`, else `DEFAULT_VERSION`.
    """

    python: str | None = None
    kind: str = EVENT
    cache: Path = field(default_factory=cache_folder)
    env_id: str | None = None
    variables: tuple[str, ...] = ()


class Tools:
    """What one run of a command downloads and compiles with, so that a check and a build do both once.

    `tell` is told, line by line, what takes time.
    """

    def __init__(self, cache: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        """Keep wheels in the folder `cache`."""
        self.wheels = Wheels(cache, lambda step: tell(f"  {step}"))
        self.tell = tell
        self._compilers: dict[str, Compiler] = {}

    def compiler(self, python: str) -> Compiler:
        """Return the compiler for a Python version."""
        if python not in self._compilers:
            self._compilers[python] = Compiler(python)
        return self._compilers[python]


@dataclass(frozen=True)
class Package:
    """One built function. Sizes are in bytes; `compiled` is False when the machine lacks the target version."""

    name: str
    python: str
    folder: Path
    zip: Path
    files: tuple[str, ...]
    size: int
    unpacked_size: int
    sha256: str
    wheels: tuple[str, ...]
    compiled: bool
    refusals: tuple[Refusal, ...]


def select_functions(functions: Project | Path, names: Sequence[str]) -> list[FunctionInfo]:
    """Return the functions called `names`, or all that are written in Python.

    Raises:
        BuildError: one is not there, or is not written in Python.
    """
    root = as_project(functions).root
    known = {info.name: info for info in list_functions(functions)}
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        listed = ", ".join(known) or "none"
        meant = is_meant(unknown[0], known) if unknown else ""
        raise BuildError(
            _("there is no function {unknown} in {root}{meant} Functions there: {listed}.").format(
                unknown=", ".join(unknown), root=root, meant=meant or ".", listed=listed
            )
        )
    chosen = (
        [known[name] for name in names] if names else [info for info in known.values() if _buildable(info)]
    )
    for info in chosen:
        if not _buildable(info):
            what = (
                "an HTTP function" if info.is_http else _("written in {name}").format(name=info.language.name)
            )
            reason = info.reason or _("it is {what}, which the deploy tools pack themselves").format(
                what=what
            )
            raise BuildError(_("{name} cannot be built: {reason}.").format(name=info.name, reason=reason))
    return chosen


def _buildable(info: FunctionInfo) -> bool:
    return info.runnable and info.language is PYTHON and not info.is_http


def python_of(info: FunctionInfo, options: Options) -> str:
    """Return the Python version of a function's package.

    Raises:
        BuildError: its `runtime` is one that packages are not built for.
    """
    if options.python or not info.config.runtime:
        return options.python or DEFAULT_VERSION
    for version in VERSIONS:
        if info.config.runtime == runtime_name(version):
            return version
    raise BuildError(
        _(
            "{set_by}: runtime of {name} is {runtime}, and packages are built for {known}. "
            "Write one of these, or choose with --python"
        ).format(
            set_by=info.config.set_by["runtime"],
            name=info.name,
            runtime=info.config.runtime,
            known=", ".join(map(runtime_name, VERSIONS)),
        )
    )


def build(
    functions: Project | Path,
    names: Sequence[str],
    out: Path,
    options: Options,
    tell: Callable[[Package], object] = lambda _: None,
    tools: Tools | None = None,
) -> list[Package]:
    """Build functions of a project into `out`; `tell` is told of each; `tools` are those of a check before it.

    Raises:
        BuildError: a function cannot be built; the message says why, and what to do.
    """
    project = as_project(functions)
    chosen = select_functions(project, names)
    pythons = {info.name: python_of(info, options) for info in chosen}
    for info in chosen:
        _guard(info, out)
    out.mkdir(parents=True, exist_ok=True)
    packages = []
    tools = tools or Tools(options.cache)
    for info in chosen:
        tools.tell(
            _("building {name} for Python {pythons}").format(name=info.name, pythons=pythons[info.name])
        )
        packages.append(build_one(info, out, options, pythons[info.name], tools))
        tell(packages[-1])
    written = project.read().cloudbaserc
    entries = [
        function_entry(
            info,
            pythons[info.name],
            handler=handler_of(info),
            kind=options.kind,
            variables=options.variables,
            written=written.entries[info.name].raw if info.name in written.entries else None,
        )
        for info in chosen
    ]
    write_cloudbaserc(out, entries, options.env_id or written.raw_env_id)
    return packages


def build_one(info: FunctionInfo, out: Path, options: Options, python: str, tools: Tools) -> Package:
    """Build one function into ``out/<name>/`` and ``out/<name>.zip``, which come to be only when all is well."""
    with tempfile.TemporaryDirectory(dir=out, prefix=".build-") as temporary:
        folder = Path(temporary) / info.name
        folder.mkdir()
        with_server = options.kind != EVENT
        parts = lay_out(
            info,
            folder,
            python=python,
            pins=read_pins(python),
            wheels=tools.wheels,
            always=(WXCLOUD,) if with_server else (),
        )
        refusals = tools.compiler(python).compile(folder)
        if with_server:
            _add_starters(info, folder, options.kind, python)
        archive = Path(temporary) / f"{info.name}.zip"
        write_zip(folder, archive, frozenset({starters.BOOTSTRAP}))
        shutil.rmtree(out / info.name, ignore_errors=True)
        folder.rename(out / info.name)
        archive.replace(out / archive.name)
    folder, archive = out / info.name, out / archive.name
    files = tuple(file_names(folder))
    return Package(
        name=info.name,
        python=python,
        folder=folder,
        zip=archive,
        files=files,
        size=archive.stat().st_size,
        unpacked_size=sum((folder / name).stat().st_size for name in files),
        sha256=sha256_of(archive),
        wheels=parts.wheels,
        compiled=refusals is not None,
        refusals=tuple(refusals or ()),
    )


def handler_of(info: FunctionInfo) -> str:
    """Return the handler: what config.json says, else index.main, else index.main_handler where only that is."""
    if info.handler:
        return info.handler
    text = (info.path / "index.py").read_text(encoding="utf-8", errors="replace")
    only_scf_name = "main_handler" in text and not any(
        line.startswith(("def main(", "async def main(", "main =", "main:")) for line in text.splitlines()
    )
    return "index.main_handler" if only_scf_name else "index.main"


def _add_starters(info: FunctionInfo, folder: Path, kind: str, python: str) -> None:
    files = {starters.BOOTSTRAP: starters.bootstrap(python, handler_of(info), info.timeout)}
    if kind == CONTAINER:
        files[starters.DOCKERFILE] = starters.dockerfile(python)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    bootstrap = folder / starters.BOOTSTRAP
    mode = bootstrap.stat().st_mode
    bootstrap.chmod(
        mode | (mode & 0o444) >> 2
    )  # may be executed by those who may read it, which the umask says


def _guard(info: FunctionInfo, out: Path) -> None:
    """Never overwrite what was not built here, least of all the function itself."""
    target = (out / info.name).resolve()
    source = info.path.resolve()
    if target == source or target.is_relative_to(source) or source.is_relative_to(target):
        raise BuildError(
            _("{out} is where {name} itself is. Choose another folder with --out.").format(
                out=out, name=info.name
            )
        )
    if target.exists() and not (out / f"{info.name}.zip").is_file():
        raise BuildError(
            _(
                "{out} is there, and was not built by this command. Remove it, or choose another --out."
            ).format(out=out / info.name)
        )
