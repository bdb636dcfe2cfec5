"""How commands show what they take: options in groups, examples at the end, lists of commands whole.

cloup does this, too, and more; with its 580 KB it does not fit into the core installation.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.commands.common import UserError
from cloudbase_ocr.commands.wrong_calls import explained, unknown_command
from cloudbase_ocr.language import _, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
_WHOLE = 1000
"""More characters than the first sentence of any command has."""


@contextmanager
def _section(formatter: click.HelpFormatter, title: str) -> Iterator[None]:
    """Write a title, and what comes below it further in."""
    formatter.write_paragraph()
    heading = shown(_("{title}:").format(title=title))
    formatter.write(f"{'':>{formatter.current_indent}}{heading}\n")
    with formatter.indentation():
        yield


class Command(click.Command):
    """A command whose help has sections, and whose wrong calls end in one line."""

    def __init__(
        self,
        *arguments: Any,
        sections: Mapping[str, Sequence[str]] | None = None,
        examples: Sequence[tuple[str, str]] = (),
        **attributes: Any,
    ) -> None:
        """`sections`: names of parameters by title; `examples`: what is done, and the line that does it."""
        super().__init__(*arguments, **attributes)
        self.sections = sections or {}
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            UserError: they are wrong.
        """
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise UserError(explained(error, self, ctx, given)) from error

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section; those of none come last."""
        records = list(self._records(ctx))
        sections = {title: list(names) for title, names in self.sections.items()}
        of_none = {name for name, _record in records}.difference(*sections.values())
        sections["Options"] = [name for name, _record in records if name in of_none]
        for title, names in sections.items():
            rows = [(names.index(name), record) for name, record in records if name in names]
            if rows:
                with _section(formatter, title):
                    formatter.write_dl([record for _place, record in sorted(rows)])

    def _records(self, ctx: click.Context) -> Iterator[tuple[str, tuple[str, str]]]:
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                flags, text = record
                if parameter.default is False:  # what turns it off again is for those who have it in a file
                    flags = flags.partition(" / ")[0]
                yield parameter.name or "", (flags, text)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples."""
        if not self.examples:
            return
        with _section(formatter, _("Examples")):
            for remark, line in self.examples:
                for text in (click.style(f"# {shown(remark)}", dim=True), line):
                    formatter.write(f"{'':>{formatter.current_indent}}{text}\n")


class Group(click.Group, Command):
    """A group of commands that names all of them whole."""

    command_class = Command
    group_class = type

    def sections_of_commands(self, ctx: click.Context) -> Mapping[str, Sequence[str]]:
        """Return the names of commands by title."""
        return {"Commands": self.list_commands(ctx)}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first sentence of every command."""
        for title, names in self.sections_of_commands(ctx).items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with _section(formatter, title):
                formatter.write_dl(
                    [(name, command.get_short_help_str(_WHOLE)) for name, command in commands if command]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named.

        Raises:
            UserError: there is none of this name.
        """
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None and args[0][:1] != "-":
            raise UserError(unknown_command(args[0], self.list_commands(ctx), ctx))
        return super().resolve_command(ctx, args)
