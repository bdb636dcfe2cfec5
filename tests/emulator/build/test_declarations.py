"""wxcloud.d.ts says what the contract says."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from cloudbase_ocr.build.declarations import declarations
from cloudbase_ocr.cli import main
from wxcloud.casing import to_camel
from wxcloud.contract import METHODS, Field
from wxcloud.service_market import DOCUMENTS


def test_every_function_and_every_field_is_there() -> None:
    text = declarations()
    for method in METHODS:
        name = method.cloud_names[0]
        assert f"    {name}: {{ event: Event; result: {name[0].upper()}{name[1:]} | Failure }}" in text
        for field in all_fields(method.fields):
            assert f" {to_camel(field.name)}{'' if field.status == 'documented' else '?'}: " in text
    assert "interface IdcardBack extends Success {\n    type: 'Back'" in text
    assert "    | 101003 //" in text
    assert "    | 0 //" not in text, (
        "a failure's code is never 0, which is how TypeScript tells the two apart"
    )
    assert "ruling" not in text


def test_every_document_of_the_service_market_is_there() -> None:
    text = declarations()
    for document in DOCUMENTS:
        assert f"    {document.result}?: {{" in text
        for field in document.fields:
            assert f"      {field.name}?: " in text
    assert "type OcrType = 1 | 2 | 3 | 4 | 7 | 8 | 10 | 'idcard'" in text
    assert "ocrAllInOne: { event: Picture & { ocrType: OcrType }; result: OcrAllInOne | Failure }" in text
    assert "    | 9301010 // consumption failure" in text


def all_fields(fields: tuple[Field, ...]) -> list[Field]:
    return [inner for field in fields for inner in (field, *all_fields(field.fields))]


def test_command_prints_or_writes(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["types"]).output == declarations()
    path = tmp_path / "wxcloud.d.ts"
    assert CliRunner().invoke(main, ["types", "--out", str(path)]).exit_code == 0
    assert path.read_text(encoding="utf-8") == declarations()
    missing = CliRunner().invoke(main, ["types", "--out", str(tmp_path / "no" / "x.d.ts")])
    assert missing.exit_code == 2
    assert "Check the path" in missing.output
