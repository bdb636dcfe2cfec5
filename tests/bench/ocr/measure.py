"""Measures readers over drawn pictures, and makes the tables of docs/accuracy.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click

from tests.bench.ocr import fonts, page, peers, run, sheets
from tests.bench.ocr.cases import DOCUMENTS, HALVES, LEVELS, REAL, Case, cases

NAMES = ", ".join(document.name for document in DOCUMENTS)


@dataclass(frozen=True)
class Options:
    """What the command was asked for."""

    documents: str
    levels: str
    images: int
    half: str
    readers: str
    failures: Path | None
    results: Path | None
    fresh: bool
    write: bool
    pictures: Path | None
    sheet: Path | None
    jobs: int
    report: bool


@click.command()
@click.option("--documents", default="", help=f"Names or beginnings, with commas: {NAMES}.")
@click.option(
    "--levels",
    default=",".join((*LEVELS, REAL)),
    show_default=True,
    help="L0 to L3, each also with r and/or c; R: as real pictures are.",
)
@click.option("--images", default=40, show_default=True, help="Pictures for each document and level.")
@click.option(
    "--half",
    type=click.Choice(HALVES),
    default="test",
    show_default=True,
    help="dev to work, test to report.",
)
@click.option(
    "--readers", default="", help="ours and peers, with commas. Default: ours on dev; all there are on test."
)
@click.option(
    "--failures", type=click.Path(path_type=Path), help="Write the pictures that we do not read in full here."
)
@click.option("--results", type=click.Path(path_type=Path), help="JSON-lines file to go on with.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="So many at a time, without times.",
)
@click.option("--report", is_flag=True, help="Read nothing; make the tables of the results there are.")
@click.option("--fresh", is_flag=True, help="Forget the results of earlier runs.")
@click.option("--write", is_flag=True, help="Put the tables into docs/accuracy.md.")
@click.option(
    "--pictures", type=click.Path(path_type=Path), help="Only write the pictures and their truth here."
)
@click.option("--sheet", type=click.Path(path_type=Path), help="Only write a contact sheet (PNG) here.")
def main(**given: object) -> None:
    """Measure how well documents are read from photos, by us and by peers.

    An interrupted run goes on where it was: results are kept until the code that draws or reads changes.
    """
    options = Options(**given)  # type: ignore[arg-type]  # click has checked them
    try:
        fonts.check_installed()
    except fonts.MissingFonts as error:
        raise click.ClickException(str(error)) from error
    chosen = list(cases(_words(options.documents), _words(options.levels), options.half, options.images))
    if not chosen:
        raise click.ClickException(f"no document is called {options.documents!r}; there are {NAMES}")
    if options.sheet is not None:
        sheets.write((case.picture() for case in chosen), options.sheet)
    elif options.pictures is not None:
        _write(chosen, options.pictures)
    else:
        _measure(options, chosen)


def _measure(options: Options, chosen: list[Case]) -> None:
    readers = list(_words(options.readers))
    if not readers:
        readers = ["ours"] if options.half == "dev" else ["ours", *peers.available()]
    results = options.results or run.FOLDER / f"{options.half}.jsonl"
    if options.fresh:
        results.unlink(missing_ok=True)
    if not options.report:
        run.run(chosen, readers, results, options.failures, options.jobs)
    names = {case.name for case in chosen}
    editions = {name: run.edition(name) for name in readers}
    rows = [
        row
        for row in run.load(results)
        if row["case"] in names and row["edition"] == editions.get(row["reader"])
    ]
    command = (
        f"python -m tests.bench.ocr --levels {options.levels} --images {options.images} --half {options.half}"
        + (f" --jobs {options.jobs}" if options.jobs > 1 else "")
    )
    command += f" --documents {options.documents}" if options.documents else ""
    command += f" --readers {','.join(readers)}"
    text = page.tables_of(rows, readers, list(_words(options.levels)), options.half, command)
    click.echo(text)
    if options.write:
        page.write(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _write(chosen: list[Case], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for case in chosen:
        picture = case.picture()
        (folder / f"{case.name}.jpg").write_bytes(picture.jpeg)
        truth = {"key": case.document.key, "fields": picture.fields, "positions": picture.positions}
        (folder / f"{case.name}.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), "utf-8")
