"""The accuracy benchmark: ``make bench-ocr``; ``python -m tests.bench.ocr --help`` for small slices."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tests.bench.ocr import fonts, sheets
from tests.bench.ocr.cases import DOCUMENTS, HALVES, LEVELS, Case, cases


@click.command()
@click.option(
    "--documents",
    default="",
    help=f"Names or beginnings, with commas: {', '.join(d.name for d in DOCUMENTS)}.",
)
@click.option(
    "--levels", default=",".join(LEVELS), show_default=True, help="L0 to L3, each also with r and/or c."
)
@click.option("--images", default=40, show_default=True, help="Pictures for each document and level.")
@click.option(
    "--half",
    type=click.Choice(HALVES),
    default="test",
    show_default=True,
    help="dev to work on, test to report.",
)
@click.option(
    "--pictures", type=click.Path(path_type=Path), help="Only write the pictures and their truth here."
)
@click.option("--sheet", type=click.Path(path_type=Path), help="Only write a contact sheet (PNG) here.")
def main(
    documents: str, levels: str, images: int, half: str, pictures: Path | None, sheet: Path | None
) -> None:
    """Measure how well documents are read from photos, by us and by peers."""
    try:
        fonts.check_installed()
    except fonts.MissingFonts as error:
        raise click.ClickException(str(error)) from error
    chosen = list(cases(_words(documents), _words(levels), half, images))
    if sheet is not None:
        sheets.write((case.picture() for case in chosen), sheet)
    elif pictures is not None:
        _write(chosen, pictures)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _write(chosen: list[Case], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for case in chosen:
        picture = case.picture()
        (folder / f"{case.name}.jpg").write_bytes(picture.jpeg)
        truth = {"key": case.document.key, "fields": picture.fields, "positions": picture.positions}
        (folder / f"{case.name}.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
