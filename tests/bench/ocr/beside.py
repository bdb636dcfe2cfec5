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
    (
        "photographs",
        "pictures",
        "reader",
        "values",
        "exact",
        "wrong",
        "missing",
        "invented",
        "CPU s a picture",
    ),
    ("照片", "张数", "引擎", "值", "完全正确", "错误", "缺失", "凭空答出", "每张 CPU 秒"),
)


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
    """Return a row for each set and reader, in Markdown; `language` is 0 for English, 1 for Chinese."""
    lines = [f"| {' | '.join(HEADS[language])} |", "|" + " --- |" * len(HEADS[language])]
    named = [*SETS, *sorted({name for rows in results.values() for name in rows} - set(SETS))]
    for name in named:
        for reader, rows in results.items():
            if name in rows:
                title = SETS[name][language] if name in SETS else name
                lines.append(_row(title, reader, rows[name]))
    return "\n".join(lines)


def _row(title: str, reader: str, row: dict[str, float]) -> str:
    exact, wrong, missing = row.get("e", 0), row.get("w", 0), row.get("m", 0)
    # A dish with another price is wrong and not missing: there the share tells how many values there are.
    values = round(exact / row["exact"]) if row["exact"] else exact + wrong + missing
    share = f"{100 * row['exact']:.1f} % ({exact:.0f})"
    counts = (f"{wrong:.0f}", f"{missing:.0f}", f"{row.get('v', 0):.0f}")
    cells = (
        title,
        f"{row['n']:.0f}",
        reader,
        f"{values:.0f}",
        share,
        *counts,
        f"{row['cpu'] / row['n']:.2f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
