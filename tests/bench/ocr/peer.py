"""A peer behind the command line of our own reader, so that one program can score both.

python -m tests.bench.ocr peer NAME recognize METHOD FILES --lines
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tests.bench.ocr.peers import FOR_ONE_DOCUMENT, PEERS
from tests.bench.ocr.reader import Reader
from wxcloud.contract import METHODS

_KEYS = {name: method.key for method in METHODS for name in method.cloud_names}


@click.command()
@click.argument("name", type=click.Choice([*PEERS, *FOR_ONE_DOCUMENT]))
@click.argument("command", type=click.Choice(["recognize"]))
@click.argument("method", type=click.Choice(list(_KEYS)))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--lines", is_flag=True, help="For the same call as cloudbase-ocr's; there are only lines.")
def main(name: str, command: str, method: str, files: tuple[Path, ...], lines: bool) -> None:
    """Read FILES as METHOD with the peer NAME and the simplest field rules; print a line of JSON for each."""
    del command, lines  # they only make the call look like cloudbase-ocr's
    with Reader(name) as reader:
        for file in files:
            reply = reader.read(_KEYS[method], file)
            entry: dict[str, Any] = {"file": str(file), "wechat": reply["answer"]}
            if reply["error"]:
                entry["error"] = reply["error"]
            click.echo(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
