"""Which modules Python files import, read from their syntax; nothing is run."""

from __future__ import annotations

import ast
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GONE_SINCE = frozenset({
    "aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt", "distutils",
    "formatter", "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "parser",
    "pipes", "smtpd", "sndhdr", "spwd", "sunau", "symbol", "telnetlib", "uu", "xdrlib",
})  # fmt: skip
"""Standard modules of Python 3.9 to 3.11 that later versions, which may run this, do not have."""

STANDARD = sys.stdlib_module_names | _GONE_SINCE


@dataclass(frozen=True)
class Import:
    """One import of a module outside the file's package: the first part of its name, and where it stands.

    `optional`: the file is prepared for its absence (``try`` with ``except ImportError``), or it is for types only.
    """

    module: str
    line: int
    optional: bool = False


def parse(path: Path, feature_version: tuple[int, int] | None = None) -> ast.Module:
    """Return the syntax of a file.

    Raises:
        SyntaxError: it is no Python, or its bytes are no source text.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the compiler thinks of the style is not our subject
            return ast.parse(path.read_bytes(), str(path), feature_version=feature_version)
    except ValueError as error:
        raise SyntaxError(str(error)) from error


def imports(tree: ast.AST) -> Iterator[Import]:
    """Give every absolute import of a file, those inside functions too."""
    yield from _imports(tree, optional=False)


def _imports(node: ast.AST, *, optional: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name.partition(".")[0], node.lineno, optional)
    elif isinstance(node, ast.ImportFrom):
        if node.level == 0 and node.module:
            yield Import(node.module.partition(".")[0], node.lineno, optional)
    elif isinstance(node, ast.Try):
        prepared = any(_catches_import_error(handler) for handler in node.handlers)
        for part in node.body:
            yield from _imports(part, optional=optional or prepared)
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            # What an `except ImportError` imports instead is the other of two ways, so neither is sure to be needed.
            yield from _imports(rest, optional=optional or prepared)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for part in node.orelse:
            yield from _imports(part, optional=optional)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _imports(child, optional=optional)


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type else "Exception"
    return any(name in caught for name in ("ImportError", "ModuleNotFoundError", "Exception"))
