"""What users write against wxcloud has types, as strict mypy sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import wxcloud


@pytest.mark.check
def test_typed_use_passes_a_type_checker(tmp_path: Path) -> None:
    source = tmp_path / "typed_use.py"
    source.write_text(
        "from __future__ import annotations\n"
        "from typing import Any\n"
        "import wxcloud as cloud\n"
        "cloud.init(env=cloud.DYNAMIC_CURRENT_ENV, timeout=5)\n"
        'card: dict[str, Any] = cloud.openapi.ocr.idcard({"imgUrl": "u"})\n'
        'text: dict[str, Any] = cloud.openapi(convertCase=False).ocr.printedText(img=b"")\n'
        "who: dict[str, Any] = cloud.get_wx_context()\n"
        'main = cloud.function("ocr.idcard")\n'
        "@cloud.function\n"
        "def mine(event: dict[str, Any], context: Any) -> Any:\n"
        "    try:\n"
        "        return cloud.openapi.ocr.menu(event)\n"
        "    except cloud.QuotaError as error:\n"
        "        code: int = error.errCode\n"
        "        return {'code': code, 'message': error.errMsg}\n",
        encoding="utf-8",
    )
    options = ["--strict", "--no-error-summary", f"--cache-dir={tmp_path / 'cache'}", str(source)]
    folder = str(Path(wxcloud.__file__).parents[1])
    command = [sys.executable, "-m", "mypy", *options]
    done = subprocess.run(command, capture_output=True, text=True, env={"MYPYPATH": folder}, check=False)
    assert (done.stdout, done.returncode) == ("", 0)
