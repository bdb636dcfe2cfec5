"""The files of a new project, from ``templates/``: all of them are written, or none.

In those whose name ends in ``.tpl``, ``$name`` is filled in.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping


_FOLDER = Path(__file__).parent / "templates"
_FILLED_IN = ".tpl"


class ScaffoldError(Exception):
    """Nothing was written; the message says why, and what to do."""


def text_of(template: str, **values: str) -> str:
    """Return the text of a template, with `values` in their places."""
    text = (_FOLDER / template).read_text(encoding="utf-8")
    return Template(text).substitute(values) if template.endswith(_FILLED_IN) else text


def write_new(files: Mapping[Path, str], otherwise: str) -> None:
    """Write texts by path, as UTF-8; when one cannot be written, what was written before it is removed again.

    Raises:
        ScaffoldError: a file is there already, and `otherwise` says what to do; or it cannot be written.
    """
    taken = [path for path in files if os.path.lexists(path)]
    if taken:
        raise ScaffoldError(
            _("{taken} is there, and no file is ever overwritten. {otherwise}").format(
                taken=taken[0], otherwise=otherwise
            )
        )
    with ExitStack() as undo:
        for path, text in files.items():
            _write(path, text, undo)
        undo.pop_all()


def _write(path: Path, text: str, undo: ExitStack) -> None:
    try:
        _make_folder(path.parent, undo)
        # "x": a file that somebody has just put there stays theirs.
        with path.open("x", encoding="utf-8", newline="\n") as file:
            undo.callback(path.unlink, missing_ok=True)
            file.write(text)
    except OSError as error:
        raise ScaffoldError(
            _(
                "{path} cannot be written: {strerror}. Nothing was written; see to the folder, or choose "
                "another"
            ).format(path=path, strerror=error.strerror)
        ) from error


def _make_folder(folder: Path, undo: ExitStack) -> None:
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir()
            undo.callback(_remove_folder, each)


def _remove_folder(folder: Path) -> None:
    with suppress(OSError):  # somebody else has put a file there
        folder.rmdir()
