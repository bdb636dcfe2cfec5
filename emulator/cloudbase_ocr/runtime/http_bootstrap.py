"""``scf_bootstrap``, the file that starts the web server of an HTTP function.

Documented (cloud-function/develop/scf-bootstrap): this very name, permission to execute (755 or 777), LF line ends, an
interpreter in the first line, absolute paths of the platform such as ``/var/lang/python310/bin/python3.10``, a server
on port 9000. This machine has neither those paths nor that port for everybody, so what the file says of them is
replaced while it is read, and the file itself stays as it is.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "scf_bootstrap"
PORT = 9000
"""Where the platform expects the server (documented)."""

_SHELLS = frozenset({"ash", "bash", "dash", "sh"})
_PLATFORM = re.compile(r"/var/lang/(python|node)[\w.]*/bin/(\w+)[\d.]*")
_FIXED_PORT = re.compile(rf"(?<![\w.]){PORT}(?![\w.])")


def problem(folder: Path) -> str:
    """Return why the platform could not start the function in `folder`, in one sentence; empty when it could."""
    path = folder / NAME
    if sys.platform == "win32":
        return _("an HTTP function is started by {name}, a script for Linux; run the emulator in WSL").format(
            name=NAME
        )
    try:
        first, rest = path.read_bytes().partition(b"\n")[::2]
        mode = path.stat().st_mode
    except OSError as error:
        return _("an HTTP function is started by {name}, which cannot be read: {strerror}").format(
            name=NAME, strerror=error.strerror
        )
    if not first.startswith(b"#!"):
        return _("{name} has no #!/bin/bash in its first line, so nothing can start it; add it").format(
            name=NAME
        )
    if b"\r" in first or b"\r\n" in rest:
        return _(
            "{name} has the line ends of Windows, and the platform takes LF only; convert it (sed -i "
            "'s/\\r$//')"
        ).format(name=NAME)
    if not mode & 0o111:
        return _("{name} may not be executed, and the platform starts no other: chmod +x {path}").format(
            name=NAME, path=path
        )
    words = _words(first)
    if not words:
        return _(
            "{name} has no #!/bin/bash in its first line, so nothing can start it; write the "
            "interpreter there"
        ).format(name=NAME)
    if not _PLATFORM.fullmatch(words[0]) and shutil.which(words[0]) is None:
        return _("{name} asks for {words} in its first line, which this machine does not have").format(
            name=NAME, words=words[0]
        )
    return ""


def command(folder: Path, tools: Path, port: int) -> tuple[str, ...]:
    """Return the command that does what the file says.

    `tools` is a folder with the interpreters that stand for those of the platform; the server is meant to listen on
    `port`. A script finds itself under its own name in ``$0``.
    """
    path = folder / NAME
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    words = [_here(word, tools) for word in _words(os.fsencode(text.partition("\n")[0]))]
    if Path(words[-1] if Path(words[0]).name == "env" else words[0]).name not in _SHELLS:
        return (*words, str(path))
    return (*words, "-c", _FIXED_PORT.sub(str(port), _here(text, tools)), str(path))


def make_tools(folder: Path, interpreters: Sequence[str]) -> None:
    """Put into `folder` what stands for the platform's ``python3`` and ``node``: each an absolute path.

    Python finds no package that is installed here: the platform installs none for an HTTP function.
    """
    for interpreter in interpreters:
        python = "python" in Path(interpreter).name
        for name in ("python3", "python") if python else (Path(interpreter).name,):
            tool = folder / name
            # Not a link: a virtual environment is known by the name that its interpreter is started under.
            tool.write_text(
                f'#!/bin/sh\nexec "{interpreter}"{" -S" if python else ""} "$@"\n', encoding="utf-8"
            )
            tool.chmod(0o755)


def _words(first: bytes) -> list[str]:
    return os.fsdecode(first[2:]).split()


def _here(text: str, tools: Path) -> str:
    """Replace the platform's interpreters, unless this machine has them."""

    def replace(match: re.Match[str]) -> str:
        name = re.match(r"[a-z]+", match[2])
        here = tools / ("python3" if match[1] == "python" and name and name[0] == "python" else match[2])
        return match[0] if Path(match[0]).exists() else str(here)

    return _PLATFORM.sub(replace, text)
