"""Rows of a table: flat, one line each, harmless in a spreadsheet, and the same in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.batch.tables import TABLES, TableError, columns, csv_line, require, row_of, write_table
from wxcloud.contract import METHODS, by_key

PLACE = {"x": 1, "y": 2}
QUAD = dict.fromkeys(("left_top", "right_top", "right_bottom", "left_bottom"), PLACE)
ENTRIES: list[dict[str, Any]] = [
    {
        "file": "一.jpg",
        "method": "ocr.idcard",
        "wechat": {"errcode": 0, "errmsg": "ok", "name": "林知夏", "id": "992407199408164622", "addr": ""},
        "lowest": {"field": "name", "confidence": 0.7},
        "doubtful": True,
    },
    {
        "file": "a.pdf",
        "page": 2,
        "pages": 2,
        "method": "ocr.printedText",
        "wechat": {
            "errcode": 0,
            "errmsg": "ok",
            "items": [{"text": "=1+1", "pos": QUAD}, {"text": "two\nlines", "pos": QUAD}],
            "img_size": {"w": 1, "h": 2},
        },
    },
    {
        "file": "gone.jpg",
        "error": "gone.jpg: No such file or directory. Check the path.",
    },
]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES), encoding="utf-8")
    return path


def test_fields_of_every_method_have_a_column_and_places_have_none() -> None:
    for method in METHODS:
        expected = {field.name for field in method.fields if field.type != "object"}
        assert expected <= set(columns(method)) <= set(columns(None))
    assert "cert_position" not in columns(None)
    assert columns(by_key("platenum")) == [
        *("file", "page", "pages", "method", "errcode", "lowest_field", "lowest_confidence", "doubtful"),
        *("number", "reason", "error"),
    ]


def test_rows_are_flat_and_have_what_the_line_has() -> None:
    card, page, gone = map(row_of, ENTRIES)
    assert card == {
        "file": "一.jpg",
        "method": "ocr.idcard",
        "errcode": 0,
        "lowest_field": "name",
        "lowest_confidence": 0.7,
        "doubtful": "yes",
        "name": "林知夏",
        "id": "992407199408164622",
    }
    assert (page["page"], page["items"]) == (2, "=1+1 | two lines")
    assert set(gone) == {"file", "error"}


def test_csv_is_one_line_a_row_and_runs_nothing_in_a_spreadsheet() -> None:
    names = columns(None)
    text = csv_line(names) + b"".join(csv_line(names, row_of(entry)) for entry in ENTRIES)
    assert text.startswith(b"\xef\xbb\xbffile,page")
    assert text.count(b"\n") == 4
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows[0]["name"] == "林知夏"
    assert rows[1]["items"] == "'=1+1 | two lines"


def test_xlsx_has_texts_and_never_formulas(lines: Path, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="run: pip install 'cloudbase-ocr[tables]'")
    write_table(lines, tmp_path / "out.xlsx", None)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    header, *rows = sheet.iter_rows()
    place = {cell.value: number for number, cell in enumerate(header)}
    assert rows[0][place["id"]].value == "992407199408164622"
    assert (rows[1][place["items"]].value, rows[1][place["items"]].data_type) == ("=1+1 | two lines", "s")
    assert rows[0][place["lowest_confidence"]].value == 0.7
    assert len(rows) == 3


def test_parquet_has_numbers_where_they_count(lines: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="run: pip install 'cloudbase-ocr[tables]'")
    write_table(lines, tmp_path / "out.parquet", None)
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == columns(None)
    assert table.column("page").to_pylist() == [None, 2, None]
    assert table.column("id").to_pylist() == ["992407199408164622", None, None]
    assert table.column("error").to_pylist()[2].startswith("gone.jpg")


@pytest.mark.parametrize("suffix", sorted(TABLES))
def test_without_the_extra_it_is_said_before_anything_is_read(
    suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(TableError, match=r"another package; run: pip install 'cloudbase-ocr\[tables\]'"):
        require(suffix)


def test_a_table_that_cannot_be_written_leaves_the_former_one(lines: Path, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl", reason="run: pip install 'cloudbase-ocr[tables]'")
    out = tmp_path / "out.xlsx"
    out.write_bytes(b"before")
    lines.write_text("{broken\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Expecting property name"):
        write_table(lines, out, None)
    assert out.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lines.jsonl", "out.xlsx"]
