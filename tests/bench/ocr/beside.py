"""The table of our reader beside peers on real photographs, as docs/accuracy.md opens with it.

python -m tests.bench.ocr beside --results ours=ours.json --results rapidocr=rapidocr.json --write

Each file has for each set of photographs `n` pictures, `e` values exact, `w` wrong, `m` missing, `v` invented, the
share `exact`, and `cpu`, the processor's seconds of all threads for the whole set.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tests.bench.ocr import page

SETS = {
    "platenum": ("number plates, photos", "车牌，照片"),
    "platecrop": ("number plates, cut out", "车牌，裁好的小图"),
    "bankcard": ("bank cards", "银行卡"),
    "bizlicense": ("business licences, fields", "营业执照，字段"),
    "driving": ("vehicle licences, fields", "行驶证，字段"),
    "drivinglicense": ("driver licences, fields", "驾驶证，字段"),
    "idcard": ("ID cards, fields", "身份证，字段"),
    "menu": ("menus, dishes with price", "菜单，菜名连同价格"),
    "comm-print": ("print, lines", "印刷文字，行"),
    "comm-traditional": ("traditional characters, lines", "繁体字，行"),
    "comm-accents/kana": ("kana and accents, lines", "假名与带符号的字母，行"),
    "comm-handwriting": ("handwriting, lines", "手写，行"),
}
HEADS = (
    ("photographs", "pictures", "values", "CPU s a picture"),
    ("照片", "张数", "值", "每张 CPU 秒"),
)
OURS = ("ours", "本项目")


class _Named(click.ParamType[tuple[str, Path]]):
    """NAME=FILE."""

    name = "NAME=FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        reader, sign, file = str(value).partition("=")
        if not sign or not Path(file).is_file():
            self.fail(f"{value!r} does not name a reader and a file: ours=ours.json", param, ctx)
        return reader, Path(file)


@click.command()
@click.option(
    "--results", "named", type=_Named(), multiple=True, required=True, help="A reader and its results."
)
@click.option("--write", is_flag=True, help="Put the table into both pages about accuracy.")
def main(named: tuple[tuple[str, Path], ...], write: bool) -> None:
    """Put the results of several readers over the same photographs side by side."""
    results = {reader: json.loads(file.read_text("utf-8")) for reader, file in named}
    tables = [table(results, language) for language in range(len(HEADS))]
    click.echo(tables[0])
    if write:
        for path, text in zip((page.PAGE, page.CHINESE), tables, strict=True):
            page.write(text + "\n", "photographs", path)


def table(results: dict[str, dict[str, dict[str, float]]], language: int = 0) -> str:
    """Return a row for each set, in Markdown; `language` is 0 for English, 1 for Chinese.

    An engine's cell is the share of exact values, and in brackets how many are wrong, missing and invented.
    """
    pictures, *counts, seconds = HEADS[language]
    engines = [OURS[language] if name == OURS[0] else name for name in results]
    head = (pictures, *counts, *engines, seconds)
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for name in [*SETS, *sorted({name for rows in results.values() for name in rows} - set(SETS))]:
        title = SETS[name][language] if name in SETS else name
        if any(name in rows for rows in results.values()):
            lines.append(_row(title, [rows.get(name) for rows in results.values()]))
    return "\n".join(lines)


def _row(title: str, rows: list[dict[str, float] | None]) -> str:
    first = next(row for row in rows if row)
    seconds = " / ".join(f"{row['cpu'] / row['n']:.2f}" if row else "–" for row in rows)
    cells = (title, f"{first['n']:.0f}", f"{_values(first):.0f}", *map(_cell, rows), seconds)
    return f"| {' | '.join(cells)} |"


def _values(row: dict[str, float]) -> float:
    # A dish with another price is wrong and not missing: there the share tells how many values there are.
    return round(row["e"] / row["exact"]) if row["exact"] else row.get("w", 0) + row.get("m", 0)


def _cell(row: dict[str, float] | None) -> str:
    if row is None:
        return "–"
    return f"{100 * row['exact']:.1f} % ({', '.join(f'{row.get(kind, 0):.0f}' for kind in 'wmv')})"


if __name__ == "__main__":
    main()
