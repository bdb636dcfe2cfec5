"""Readings as rows of a table: CSV while they come, XLSX and Parquet at the end, from the JSON lines."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.private_files import open_private
from cloudbase_ocr.language import _
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wxcloud.contract import Method

REMEDY = "pip install 'cloudbase-ocr[tables]'"

_PACKAGES = {".xlsx": "openpyxl", ".parquet": "pyarrow"}
TABLES = frozenset(_PACKAGES)
"""Suffixes of the tables that are made at the end."""

_ALWAYS = ("file", "page", "pages", "method", "errcode", "lowest_field", "lowest_confidence", "doubtful")
_AFTER = ("reason", "error")
_NUMBERS = {"page": int, "pages": int, "errcode": int, "lowest_confidence": float}

_ROWS_OF_XLSX = 1_048_576
_ROW_GROUP = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet takes for a formula: what a photo says must not run (OWASP, CSV injection)."""


class TableError(Exception):
    """A table cannot be made; the message says why, and what to do."""


def require(suffix: str) -> None:
    """Raise `TableError` if what writes tables of this suffix is not installed."""
    if importlib.util.find_spec(_PACKAGES[suffix]) is None:
        raise TableError(
            _("{suffix} tables need another package; run: {remedy}").format(suffix=suffix, remedy=REMEDY)
        )


def columns(method: Method | None) -> list[str]:
    """Return the columns of a table: those of every reading, then the fields of `method`, or of all methods.

    Places and sizes are left out; a list is one cell. Fields of several methods that are called alike share a column.
    """
    methods = METHODS if method is None else (method,)
    fields = [field.name for each in methods for field in each.fields if field.type != "object"]
    return list(dict.fromkeys((*_ALWAYS, *fields, *_AFTER)))


def row_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a line by column, those that are empty left out. No cell has a line break."""
    wechat = entry.get("wechat", {})
    lowest = entry.get("lowest", {})
    row = {name: entry.get(name) for name in ("file", "page", "pages", "method", "reason", "error")}
    row |= {name: _cell(value) for name, value in wechat.items() if name != "errmsg"}
    row |= {"errcode": wechat.get("errcode")}
    row |= {"lowest_field": lowest.get("field"), "lowest_confidence": lowest.get("confidence")}
    row |= {"doubtful": "yes" if entry.get("doubtful") else None}
    return {name: _one_line(value) for name, value in row.items() if value not in (None, "")}


def csv_line(names: list[str], row: dict[str, Any] | None = None) -> bytes:
    """Return a row as one line of CSV (RFC 4180); without a row the header, marked as UTF-8 for Excel."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    if row is None:
        writer.writerow(names)
        return b"\xef\xbb\xbf" + stream.getvalue().encode()
    writer.writerow([_harmless(row.get(name, "")) for name in names])
    return stream.getvalue().encode("utf-8", "replace")


def write_table(lines: Path, out: Path, method: Method | None) -> None:
    """Write the table `out`, an .xlsx or .parquet file, from a file of JSON lines; it is there whole, or as before.

    Raises:
        TableError: there are more rows than it can hold, or what writes it is not installed.
        OSError: it cannot be written.
    """
    suffix = out.suffix.lower()
    require(suffix)
    write = {".xlsx": _xlsx, ".parquet": _parquet}[suffix]
    temporary = out.with_name(f".{out.name}.tmp")
    try:
        with open_private(temporary) as file:
            write(file, columns(method), _rows(lines))
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _rows(lines: Path) -> Iterator[dict[str, Any]]:
    with lines.open(encoding="utf-8") as file:
        for line in file:
            yield row_of(json.loads(line))


def _xlsx(file: Any, names: list[str], rows: Iterable[dict[str, Any]]) -> None:
    book = import_module("openpyxl").Workbook(write_only=True)
    sheet = book.create_sheet("recognize")
    sheet.freeze_panes = "B2"
    try:
        sheet.append(names)
        for number, row in enumerate(rows, 2):
            if number > _ROWS_OF_XLSX:
                raise TableError(
                    _(".xlsx holds {rows_of_xlsx} rows; name a .parquet or .csv file").format(
                        rows_of_xlsx=_ROWS_OF_XLSX
                    )
                )
            sheet.append([_text_cell(sheet, row.get(name)) for name in names])
    except BaseException:
        sheet.close()
        raise
    book.save(file)


def _text_cell(sheet: Any, value: Any) -> Any:
    """Return a text as a cell that is never a formula; anything else as it is."""
    if not isinstance(value, str):
        return value
    cells = import_module("openpyxl.cell.cell")
    cell = cells.WriteOnlyCell(sheet, cells.ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell


def parquet_schema(names: list[str]) -> Any:
    """Return the schema of a Parquet table: text, and numbers where they count something."""
    pa = import_module("pyarrow")
    kinds = {int: pa.int32(), float: pa.float64()}
    return pa.schema([(name, kinds[_NUMBERS[name]] if name in _NUMBERS else pa.string()) for name in names])


def parquet_table(names: list[str], rows: list[dict[str, Any]]) -> Any:
    """Return rows as a table of Arrow."""
    texts = [
        {name: value if name in _NUMBERS or value is None else str(value) for name, value in row.items()}
        for row in rows
    ]
    return import_module("pyarrow").Table.from_pylist(texts, schema=parquet_schema(names))


def _parquet(file: Any, names: list[str], rows: Iterable[dict[str, Any]]) -> None:
    remaining = iter(rows)
    with import_module("pyarrow.parquet").ParquetWriter(file, parquet_schema(names)) as writer:
        while group := list(islice(remaining, _ROW_GROUP)):
            writer.write_table(parquet_table(names, group))


def _cell(value: Any) -> Any:
    """Return the text of a field; of a list, its items side by side; None for a place or a size."""
    if isinstance(value, list):
        return " | ".join(filter(None, (str(_item(item) or "") for item in value)))
    return None if isinstance(value, dict) else value


def _item(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(str(inner) for inner in value.values() if not isinstance(inner, (dict, list)))
    return value


def _one_line(value: Any) -> Any:
    return " ".join(value.splitlines()) if isinstance(value, str) else value


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
