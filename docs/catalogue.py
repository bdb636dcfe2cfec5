"""Brings the catalogue of Chinese sentences up to date: ``python -m docs.catalogue --write`` (or ``make docs``).

Sentences are found in two places: in the code, where they are marked with ``_`` and ``ngettext``, and on the help
pages, which are asked for what they show. click's own are taken from its source, as far as the catalogue has them. A
new sentence gets an empty translation, one that is gone is taken out, and nothing is ever guessed.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po, write_po

from cloudbase_ocr.cli import main as command_line
from cloudbase_ocr.commands.help import Command, Group
from cloudbase_ocr.commands.translated import paragraphs, translate
from cloudbase_ocr.language import CATALOGUE, ENGLISH, speak

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parent.parent / "emulator/cloudbase_ocr"

Message = str | tuple[str, ...]

_FORMS = {"_": 1, "ngettext": 2}
_MARKS = re.compile(r"^from (cloudbase_ocr\.language|gettext) import .*\b(_|ngettext)\b", re.MULTILINE)


def help_texts(command: click.Command = command_line) -> Iterator[str]:
    """Give what the help page of a command shows, and those of the commands below it, in English."""
    speak(ENGLISH)
    translate(command)  # a command is one object, and may have been called in Chinese before
    context = click.Context(command)
    for owner in (command, *command.params):
        for name in ("help", "short_help", "epilog"):
            if text := getattr(owner, name, None):
                yield from (paragraph for paragraph, _ in paragraphs(text))
    if isinstance(command, Command):
        yield from command.sections
        yield from (remark for remark, _ in command.examples)
    if isinstance(command, Group):
        yield from command.sections_of_commands(context)
        for name in command.list_commands(context):
            if below := command.get_command(context, name):
                yield from help_texts(below)


@cache
def code_messages(folder: Path = PACKAGE) -> tuple[Message, ...]:
    """Return the sentences that the code of a folder marks; one with a plural is a pair."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
    trees = (ast.parse(text) for text in texts if _MARKS.search(text))
    return tuple(message for tree in trees for node in ast.walk(tree) if (message := _message(node)))


def _message(node: ast.AST) -> Message:
    """Return what a call of ``_`` or ``ngettext`` marks; nothing if the sentence is not written out there."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FORMS):
        return ""
    written = node.args[: _FORMS[node.func.id]]
    texts = [str(each.value) for each in written if isinstance(each, ast.Constant)]
    return texts[0] if len(texts) == 1 else tuple(texts)


@cache
def click_messages() -> dict[str, Message]:
    """Return what click may say, by its key."""
    return {key_of(message): message for message in code_messages(Path(click.__file__).parent)}


def key_of(message: Message | list[str]) -> str:
    """Return what the catalogue has a sentence under."""
    return message if isinstance(message, str) else message[0]


def messages() -> dict[str, Message]:
    """Return every sentence of this package by its key, in the order of the catalogue."""
    return {key_of(message): message for message in (*help_texts(), *code_messages())}


def read_catalogue() -> Catalog:
    """Return the catalogue as babel reads it."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


def updated() -> str:
    """Return the text that the catalogue should have: what it has for what there is."""
    old = read_catalogue()
    new = Catalog(locale="zh")
    ours = messages()
    theirs = {key: message for key, message in click_messages().items() if key in old}
    for key, message in {**theirs, **ours}.items():
        text = text_of(old.get(key))
        new.add(message, text if isinstance(message, str) else (text,)).flags.clear()
    written = io.BytesIO()
    write_po(written, new, width=0, omit_header=True, no_location=True)
    return written.getvalue().decode()


def text_of(entry: Entry | None) -> str:
    """Return the translation that there is, of the only form that Chinese has."""
    string = entry.string if entry else ""
    return string if isinstance(string, str) else (string or [""])[0]


def main(arguments: list[str]) -> int:
    """Write the catalogue with ``--write``; without it, return 1 if it differs. What lacks Chinese is named."""
    text = updated()
    differs = text != CATALOGUE.read_text(encoding="utf-8")
    if differs and arguments == ["--write"]:
        CATALOGUE.write_text(text, encoding="utf-8")
    if differs:
        print(("wrote " if arguments == ["--write"] else "differs from the code: ") + CATALOGUE.name)
    lacking = [entry.id for entry in read_po(io.StringIO(text)) if entry.id and not text_of(entry)]
    if lacking:
        print(
            f"{len(lacking)} sentences lack their Chinese in {CATALOGUE.name}; the first: {key_of(lacking[0])!r}"
        )
    return 1 if lacking or (differs and arguments != ["--write"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
