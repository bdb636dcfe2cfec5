"""Help pages, and what click itself says, in the language of the terminal."""

from __future__ import annotations

import inspect
import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click
from click import core, exceptions, formatting, parser, termui, types

from cloudbase_ocr import language
from cloudbase_ocr.language import CHINESE, ENGLISH, LANGUAGES, language_of, shown, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OPTION = "--lang"

_WIDE = "[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60]"
_NEVER_FIRST = "，。；：！？、）】》"
_NEVER_LAST = "（【《"
_FIRM = "\u200b"
"""Takes a column as click counts them, and is no place to break a line."""

_TEXTS = ("help", "short_help", "epilog")
_KEPT = "_english_texts"


def language_for(arguments: Sequence[str], environment: Mapping[str, str], encoding: str) -> str:
    """Return the language that a command line asks for, wherever ``--lang`` stands in it, else the environment's.

    It is looked for before anything is parsed, so that a wrong option is told in it, too. A terminal whose `encoding`
    has no Chinese characters is spoken to in English.
    """
    chosen = _asked(arguments) or language_of(environment)
    try:
        "识别".encode(encoding)
    except (LookupError, UnicodeError):
        return ENGLISH
    return chosen


def _asked(arguments: Sequence[str]) -> str:
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        if argument == "--":
            break
        name, joined, value = argument.partition("=")
        if name == OPTION and (value if joined else following) in LANGUAGES:
            return value if joined else following
    return ""


def translate(command: click.Command, parent: click.Context | None = None) -> None:
    """Put the texts of a command and of those below it into the language of the terminal; let it take ``--lang``."""
    if not any(OPTION in parameter.opts for parameter in command.params):
        command.params.append(_option())
    context = click.Context(command, parent=parent, **command.context_settings)
    _translate_texts(command)
    for parameter in (*command.params, command.get_help_option(context)):
        if parameter is not None:
            _translate_texts(parameter)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            translate(below, context)


def paragraphs(text: str) -> Iterator[tuple[str, bool]]:
    """Give the paragraphs of a help text as the catalogue has them, and whether each is set as it is (``\\b``)."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if paragraph.startswith("\b\n"):
            yield paragraph.removeprefix("\b\n"), True
        else:
            yield " ".join(paragraph.split()), False


def _option() -> click.Option:
    return click.Option([OPTION], type=click.Choice(LANGUAGES), expose_value=False, hidden=True)


def _translate_texts(owner: click.Command | click.Parameter) -> None:
    """Replace what is shown of a command or an option.

    A command is one object for all who run it in this process, so what its module says is kept beside it.
    """
    kept: dict[str, str | None] | None = vars(owner).get(_KEPT)
    if kept is None:
        if spoken() == ENGLISH:
            return
        kept = {name: getattr(owner, name) for name in _TEXTS if hasattr(owner, name)}
        setattr(owner, _KEPT, kept)
    for name, text in kept.items():
        setattr(owner, name, text and _in_language(text))
    if isinstance(owner, click.Command) and spoken() == CHINESE:
        # click would look for its end at a dot, and cut it at a space.
        owner.short_help = (owner.short_help or owner.help or "").partition("。")[0]


def _in_language(text: str) -> str:
    return "\n\n".join(("\b\n" if as_it_is else "") + shown(each) for each, as_it_is in paragraphs(text))


def _plural(singular: str, plural: str, number: int) -> str:
    return shown(language.ngettext(singular, plural, number))


_wrap_text = formatting.wrap_text


def _wrap_wide(text: str, *arguments: Any, **options: Any) -> str:
    """Wrap text of which some characters take two columns, and may be parted from each other without a space.

    Each gets a space, or what is as wide and holds together, until the lines are made.
    """
    if spoken() == CHINESE:
        text = re.sub(r"  \[[^][]+\]$", lambda facts: facts[0].replace("; ", "；"), text)
    padded = re.sub(f"({_WIDE})(?=(.?))", _padded, text)
    return re.sub(f"({_WIDE})[ {_FIRM}]", r"\1", _wrap_text(padded, *arguments, **options))


def _padded(found: re.Match[str]) -> str:
    firm = found[1] in _NEVER_LAST or (found[2] and found[2] in _NEVER_FIRST)
    return found[1] + (_FIRM if firm else " ")


def _teach_click() -> None:
    """Let click's own sentences come from the catalogue.

    It asks gettext for them, which only follows the environment: for a language that an option chooses there is no
    other way in than its modules' own names. Texts that it makes once, while commands are defined, stay English here
    and are translated with the command's own.
    """
    ours = {"_": shown, "ngettext": _plural, "wrap_text": _wrap_wide}
    for module in (core, exceptions, formatting, parser, termui, types):
        for name in ours.keys() & vars(module).keys():
            setattr(module, name, ours[name])


_teach_click()
