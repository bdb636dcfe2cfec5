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
from cloudbase_ocr.build.overlay import SHARED_PACKAGE, lay_out
from cloudbase_ocr.build.pins import read_pins
from cloudbase_ocr.build.targets import DEFAULT_VERSION
from cloudbase_ocr.build.wheels import cache_folder
from cloudbase_ocr.runtime.function_folders import FunctionInfo, list_functions
from cloudbase_ocr.runtime.languages import PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVENT, CONTAINER = "event", "container"
KINDS = (EVENT, HTTP, CONTAINER)


@dataclass(frozen=True)
class Options:
    """How to build. `kind` is event, http or container; `cache` keeps wheels; `variables` see cloudbaserc.py."""

    python: str = DEFAULT_VERSION
    kind: str = EVENT
    cache: Path = field(default_factory=cache_folder)
    env_id: str | None = None
    variables: tuple[str, ...] = ()


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


def select_functions(root: Path, names: Sequence[str]) -> list[FunctionInfo]:
    """Return the functions called `names`, or all that are written in Python.

    Raises:
        BuildError: one is not there, or is not written in Python.
    """
    known = {info.name: info for info in list_functions(root)}
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        listed = ", ".join(known) or "none"
        raise BuildError(f"there is no function {', '.join(unknown)} in {root}. Functions there: {listed}.")
    chosen = (
        [known[name] for name in names] if names else [info for info in known.values() if _buildable(info)]
    )
    for info in chosen:
        if not _buildable(info):
            reason = (
                info.reason
                or f"it is written in {info.language.name}, which the deploy tools pack themselves"
            )
            raise BuildError(f"{info.name} cannot be built: {reason}.")
    return chosen


def _buildable(info: FunctionInfo) -> bool:
    return info.runnable and info.language is PYTHON


def build(
    root: Path,
    names: Sequence[str],
    out: Path,
    options: Options,
    tell: Callable[[Package], object] = lambda _: None,
) -> list[Package]:
    """Build functions of the folder `root` into `out`; `tell` is told of each.

    Raises:
        BuildError: a function cannot be built; the message says why, and what to do.
    """
    chosen = select_functions(root, names)
    for info in chosen:
        _guard(info, out)
    out.mkdir(parents=True, exist_ok=True)
    packages = []
    compiler = Compiler(options.python)
    for info in chosen:
        packages.append(build_one(info, out, options, compiler))
        tell(packages[-1])
    entries = [
        function_entry(
            info,
            options.python,
            handler=handler_of(info),
            kind=options.kind,
            variables=options.variables,
        )
        for info in chosen
    ]
    write_cloudbaserc(out, entries, options.env_id)
    return packages


def build_one(info: FunctionInfo, out: Path, options: Options, compiler: Compiler) -> Package:
    """Build one function into ``out/<name>/`` and ``out/<name>.zip``, which come to be only when all is well."""
    with tempfile.TemporaryDirectory(dir=out, prefix=".build-") as temporary:
        folder = Path(temporary) / info.name
        folder.mkdir()
        with_server = options.kind != EVENT
        parts = lay_out(
            info,
            folder,
            python=options.python,
            pins=read_pins(options.python),
            cache=options.cache,
            always=(SHARED_PACKAGE,) if with_server else (),
        )
        refusals = compiler.compile(folder)
        if with_server:
            _add_starters(info, folder, options)
        archive = Path(temporary) / f"{info.name}.zip"
        write_zip(folder, archive, frozenset({starters.BOOTSTRAP}))
        shutil.rmtree(out / info.name, ignore_errors=True)
        folder.rename(out / info.name)
        archive.replace(out / archive.name)
    folder, archive = out / info.name, out / archive.name
    files = tuple(file_names(folder))
    return Package(
        name=info.name,
        python=options.python,
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


def _add_starters(info: FunctionInfo, folder: Path, options: Options) -> None:
    files = {starters.BOOTSTRAP: starters.bootstrap(options.python, handler_of(info), info.timeout)}
    if options.kind == CONTAINER:
        files[starters.DOCKERFILE] = starters.dockerfile(options.python)
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
        raise BuildError(f"{out} is where {info.name} itself is. Choose another folder with --out.")
    if target.exists() and not (out / f"{info.name}.zip").is_file():
        raise BuildError(
            f"{out / info.name} is there, and was not built by this command. Remove it, or choose another --out."
        )
