"""One OCR call as code to copy: the same picture through curl, wxcloud, a mini-program, a fixture, a test.

Each runs as it is printed, in the folder of the picture; tests/emulator/control/test_snippets.py does so.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers import Fixture
from cloudbase_ocr.answers.entries import dump, entry_of
from wxcloud.casing import to_camel

if TYPE_CHECKING:
    from wxcloud.contract import Method

OTHERWISE_NAMED = "picture.jpg"

_FILE = re.compile(r"\w[\w .()-]{0,100}\.[A-Za-z0-9]{1,8}")
_NOT_OF_A_VARIANT = re.compile(r"[^a-z0-9._-]+")
_TOLD = 2  # values that an example prints
_ENVELOPE = ("errcode", "errmsg")
_PLAIN = (str, int, float, bool)


@dataclass(frozen=True)
class Example:
    """A call: the picture's file and hash, and WeChat's reply with errcode and errmsg, as on the wire."""

    method: Method
    file: str
    sha256: str
    reply: dict[str, Any]

    @property
    def code(self) -> int:
        """The reply's errcode."""
        return int(self.reply["errcode"])

    @property
    def fields(self) -> dict[str, Any]:
        """The business fields."""
        return {name: value for name, value in self.reply.items() if name not in _ENVELOPE}

    @property
    def told(self) -> list[str]:
        """The first fields that are worth printing, in snake_case."""
        return [name for name in self.fields if name != "type" and name.isidentifier()][:_TOLD]


def file_name(name: str) -> str:
    """Return a file's name if it can stand in a command line as it is, else one that can."""
    return name if _FILE.fullmatch(name) else OTHERWISE_NAMED


def curl(example: Example, url: str, appid: str) -> str:
    """Return the call as a command."""
    # The inner quotes keep curl from reading a comma or a semicolon as its own.
    return f"""curl -F 'img=@"{example.file}"' '{url}{example.method.path}?access_token=mock://{appid}'\n"""


def python(example: Example, url: str, appid: str) -> str:
    """Return the call as a program with wxcloud."""
    call = f'reply = cloud.openapi.ocr.{example.method.cloud_names[0]}({{"img": picture}})'
    head = [
        "from pathlib import Path",
        "",
        "import wxcloud as cloud",
        "",
        "# Inside a cloud function init() needs nothing of this.",
        f'cloud.init(api_base="{url}", credentials=lambda: "mock://{appid}", timeout=60)',
        f"picture = Path({_text(example.file)}).read_bytes()",
    ]
    if example.code:
        return _lines(
            *head,
            "try:",
            f"    {call}",
            "except cloud.CloudSDKError as error:",
            "    print(error.errCode, error.errMsg)",
        )
    told = ", ".join(f"reply[{_text(to_camel(name))}]" for name in example.told)
    return _lines(*head, call, f"print({told or 'reply'})")


def mini_program(example: Example) -> str:
    """Return the call as a mini-program makes it."""
    told = ", ".join(f"result.{to_camel(name)}" for name in example.told)
    extension = example.file.rpartition(".")[2]
    return _lines(
        "const photo = await wx.chooseMedia({ count: 1, mediaType: ['image'] })",
        "const upload = await wx.cloud.uploadFile({",
        f"  cloudPath: `{example.method.cloud_names[0]}/${{Date.now()}}.{extension}`,",
        "  filePath: photo.tempFiles[0].tempFilePath,",
        "})",
        "const { result } = await wx.cloud.callFunction({",
        f"  name: '{example.method.cloud_names[0]}',",
        "  data: { fileID: upload.fileID },",
        "})",
        "if (result.errCode === 0) {",
        f"  console.log({told or 'result'})",
        "} else {",
        "  console.error(result.errCode, result.errMsg)",
        "}",
    )


def fixture(example: Example) -> str:
    """Return the answer as a file of fixtures, which holds for this picture alone."""
    variant = _NOT_OF_A_VARIANT.sub("-", example.file.rpartition(".")[0].lower()).strip("-._") or "picture"
    known = Fixture(
        name=f"{example.method.key}/{variant}",
        method=example.method,
        provenance="written",
        reference=f"read from {example.file} by the emulator",
        reply=None if example.code else example.fields,
        error=example.code or None,
        match={"sha256": example.sha256},
    )
    return dump(entry_of(known))


def pytest(example: Example) -> str:
    """Return a test that reads the picture and expects the same."""
    return _lines(
        "from pathlib import Path",
        "",
        "import requests",
        "",
        f"PICTURE = Path(__file__).with_name({_text(example.file)})",
        "",
        "",
        f"def test_{example.method.key}(ocr_emulator):",
        f'    url = f"{{ocr_emulator.url}}{example.method.path}?access_token={{ocr_emulator.token}}"',
        '    files = {"img": (PICTURE.name, PICTURE.read_bytes())}',
        "    reply = requests.post(url, files=files, timeout=60).json()",
        f'    assert reply["errcode"] == {example.code}',
        *_expected(example),
    )


def _expected(example: Example) -> list[str]:
    if example.code:
        return []
    found = [
        f"    assert reply[{_text(name)}] == {_literal(value)}"
        for name, value in example.fields.items()
        if isinstance(value, _PLAIN)
    ]
    if isinstance(items := example.fields.get("items"), list):
        texts = [item["text"] for item in items if isinstance(item, dict) and "text" in item]
        found += [f'    assert [item["text"] for item in reply["items"]] == {_literal(texts)}']
    return found


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _literal(value: Any) -> str:
    """Return a value as Python writes it; texts in double quotes."""
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return _text(value) if isinstance(value, str) else repr(value)
