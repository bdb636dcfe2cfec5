"""``cloudbase-ocr completion``: what lets a shell complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from cloudbase_ocr.commands.help import Command

SHELLS = ("bash", "zsh", "fish")
_PROGRAM = "cloudbase-ocr"


@click.command(
    cls=Command,
    examples=(
        ("bash: into ~/.bashrc", 'eval "$(cloudbase-ocr completion bash)"'),
        ("zsh: into ~/.zshrc, after compinit", 'eval "$(cloudbase-ocr completion zsh)"'),
        ("fish: into ~/.config/fish/config.fish", "cloudbase-ocr completion fish | source"),
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what lets SHELL complete commands, options and names with the Tab key.

    Names are those of methods, of the functions of the project here, of types of faults, and of the fixtures, faults
    and scenarios of a running emulator.
    """
    kind = get_completion_class(shell)
    if kind is not None:
        main = click.get_current_context().find_root().command
        click.echo(kind(main, {}, _PROGRAM, "_CLOUDBASE_OCR_COMPLETE").source())
