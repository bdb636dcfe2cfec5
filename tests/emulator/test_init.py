"""The public face, `cloudbase_ocr` itself: complete, typed, and free to import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import cloudbase_ocr
from tests.docs.page_blocks import ROOT, read

SOURCE = Path(cloudbase_ocr.__file__)


def homes() -> Iterator[tuple[str, str]]:
    """Give each name that type checkers see, with the module that it is from."""
    for node in ast.walk(ast.parse(SOURCE.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cloudbase_ocr."):
            yield from ((alias.name, str(node.module)) for alias in node.names)


def test_exported_members() -> None:
    """What is exported is sorted, and is what type checkers see and what is found when the program runs."""
    names = [name for name, _ in homes()]
    assert sorted(names) == sorted(cloudbase_ocr.__all__)
    assert cloudbase_ocr.__all__ == sorted(cloudbase_ocr.__all__)
    assert set(cloudbase_ocr.__all__) <= set(dir(cloudbase_ocr))
    for name, module in homes():
        assert getattr(cloudbase_ocr, name) is getattr(import_module(module), name), name


def test_other_names_do_not_exist() -> None:
    with pytest.raises(AttributeError, match="'cloudbase_ocr' has no attribute 'recognise'"):
        _ = cloudbase_ocr.recognise  # type: ignore[attr-defined]  # is what is asked


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import cloudbase_ocr", ("cloudbase_ocr.api", "cloudbase_ocr.live", "wxcloud", "yaml", "logging")),
        ("from cloudbase_ocr import start", ("flask", "requests", "yaml", "wxcloud")),
        ("from cloudbase_ocr import recognize", ("flask", "requests")),
        ("from cloudbase_ocr import Settings, RecognitionError", ("flask", "requests", "yaml")),
    ],
)
def test_importing_is_cheap(code: str, absent: tuple[str, ...]) -> None:
    heavy = {"numpy", "cv2", "openvino", "PIL", "pytest", "click", *absent}
    program = f"import sys\n{code}\nprint(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


TYPED_USE = """
from __future__ import annotations
from pathlib import Path
from typing import Any
from cloudbase_ocr import (
    FieldEvidence, OcrEmulator, PictureOutcome, RecognitionError, Recognizer, Settings, recognize, start
)

settings: Settings = Settings(port=0, functions=Path("functions"))
def read(path: Path) -> str:
    try:
        card = recognize(path, method="idcard")
        again = recognize(path.read_bytes())
        with path.open("rb") as file:
            recognize(file, "auto")
    except RecognitionError as error:
        return str(error)
    reply: dict[str, Any] = again.reply
    name: FieldEvidence = card.evidence["name"]
    (x, y), *_ = name.quads[0]
    width: int = x + y
    sure: float = name.confidence or 0.0
    return f"{card.method} {reply} {width} {sure}"
with Recognizer(threads=1, max_pixels=1_000_000, limit=None) as recognizer:
    recognizer.warm()
    fields: dict[str, Any] = recognizer.recognize("card.pdf", "ocr.idcard", page=2).fields
    for outcome in recognizer.recognize_many([Path("a.jpg"), b"bytes", "b.pdf"], processes=2, ordered=False):
        one: PictureOutcome = outcome
        number: int | None = one.page
        answer: str = one.result.method if one.result else str(one.error)
with start(quota_per_day=1) as ocr:
    other: OcrEmulator = ocr.account("wx1")
    address: str = other.url
    paths: list[str] = [call.path for call in ocr.requests]
    environment: dict[str, str] = ocr.env("idcard")
"""
MISUSE = {
    "from cloudbase_ocr import recognise": "attr-defined",
    "recognize(12)": "arg-type",
    "recognize('a.jpg').field": "attr-defined",
    "recognize('a.jpg').fields = {}": "misc",
    "Recognizer(2)": "call-arg",
    "Recognizer().recognize_many(2)": "arg-type",
    "start().urls": "attr-defined",
}


@pytest.mark.check
def test_typed_use_passes_a_type_checker(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(TYPED_USE, encoding="utf-8")
    wrong.write_text(
        "from cloudbase_ocr import Recognizer, recognize, start\n" + "\n".join(MISUSE) + "\n",
        encoding="utf-8",
    )
    options = ["--strict", "--no-error-summary", f"--cache-dir={ROOT / '.mypy_cache'}"]
    command = [sys.executable, "-m", "mypy", *options, str(right), str(wrong)]
    path = {"MYPYPATH": f"{ROOT / 'emulator'}:{ROOT / 'functions'}"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=path, cwd=tmp_path, timeout=110)
    told = re.findall(r"(\w+)\.py:(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    expected = [("wrong", str(line), code) for line, code in enumerate(MISUSE.values(), 2)]
    assert sorted(told) == sorted(expected), done.stdout + done.stderr


@pytest.mark.parametrize("language", ["", ".zh-CN"])
def test_every_name_is_described(language: str) -> None:
    text = read(f"docs/python{language}.md") + read(f"docs/test-kit{language}.md")
    for name in cloudbase_ocr.__all__:
        assert name == "__version__" or re.search(rf"`{name}\b", text), name
