"""The function folders and the contract agree, in both directions."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from wxcloud.contract import METHODS, by_cloud_name
from wxcloud.service_market import INVOKE_SERVICE

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(path.parent for path in (ROOT / "functions").glob("*/index.py"))

MARKET = ROOT / "functions/ocrAllInOne"
OF_METHODS = [folder for folder in FUNCTIONS if folder != MARKET]


def permissions(path: Path) -> list[str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    listed: list[str] = content["permissions"]["openapi"]
    return listed


def load(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"function_{folder.name}", folder / "index.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_method_has_a_function_and_every_function_a_method() -> None:
    reached = [by_cloud_name(folder.name) for folder in OF_METHODS]
    assert None not in reached
    assert {method.key for method in reached if method} == {method.key for method in METHODS}
    assert len(OF_METHODS) == len(METHODS) == len(FUNCTIONS) - 1


def test_the_function_of_the_service_market_is_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    assert permissions(MARKET / "config.json") == [INVOKE_SERVICE.permission]
    tree = ast.parse((MARKET / "index.py").read_text(encoding="utf-8"))
    assert INVOKE_SERVICE.path in (ast.get_docstring(tree) or "")
    monkeypatch.chdir(MARKET)
    monkeypatch.setenv("TENCENTCLOUD_RUNENV", "SCF")
    main = load(MARKET).main
    result = main({"ocrType": "idcard", "userInfo": {}}, {})
    assert result["errCode"] == 41005, "past the permission, only the picture is missing"
    assert result["errMsg"].startswith("openapi.serviceMarket.invokeService:fail media data missing")
    assert "1 (idcard), 2 (bankcard), 3 (vehicleLicense)" in main({"imgUrl": "https://a"}, {})["errMsg"]


@pytest.mark.parametrize("folder", OF_METHODS, ids=lambda folder: folder.name)
def test_config_lists_the_method_that_the_code_calls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"ocr.{folder.name}"
    assert permissions(folder / "config.json") == [name]
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TENCENTCLOUD_RUNENV", "SCF")
    result = load(folder).main({}, {})
    assert result["errCode"] == 41005, "past the name and the permission, only the picture is missing"
    assert result["errMsg"].startswith(f"openapi.{name}:fail media data missing")


@pytest.mark.parametrize("folder", OF_METHODS, ids=lambda folder: folder.name)
def test_function_is_a_docstring_and_three_lines(folder: Path) -> None:
    tree = ast.parse((folder / "index.py").read_text(encoding="utf-8"))
    method = by_cloud_name(folder.name)
    assert method is not None
    assert method.path in (ast.get_docstring(tree) or "")
    assert len(tree.body) == 3


def test_top_level_config_covers_the_whole_package() -> None:
    listed = permissions(ROOT / "config.json")
    assert listed == [name for method in (*METHODS, INVOKE_SERVICE) for name in method.permissions]
