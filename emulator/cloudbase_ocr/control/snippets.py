"""One OCR call as code to copy: the same picture through curl, wxcloud, a mini-program, a fixture, a test.

Through the service market by curl, wxcloud and Node. Each runs as it is printed, in the folder of the picture;
tests/emulator/control/test_snippets.py does so.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers import Fixture
from cloudbase_ocr.answers.entries import dump, entry_of
from wxcloud.casing import to_camel
from wxcloud.service_market import API, IMG_DATA, INVOKE_SERVICE, SERVICE

if TYPE_CHECKING:
    from wxcloud.contract import Method
    from wxcloud.service_market import Document

OTHERWISE_NAMED = "picture.jpg"

_FILE = re.compile(r"\w[\w .()-]{0,100}\.[A-Za-z0-9]{1,8}")
_NOT_OF_A_VARIANT = re.compile(r"[^a-z0-9._-]+")
_TOLD = 2  # values that an example prints
_ENVELOPE = ("errcode", "errmsg")
_PLAIN = (str, int, float, bool)
_NOT_FOUND = 101001  # on the service market a success without fields (ruling R57)


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
    told = ", ".join(f"reply[{_text(to_camel(name))}]" for name in example.told)
    return _program(example, url, appid, call, "" if example.code else told or "reply")


def _program(example: Example, url: str, appid: str, call: str, told: str) -> str:
    """Return a program that makes a call and prints what is `told`; "": the error that the call raises."""
    head = [
        "from pathlib import Path",
        "",
        "import wxcloud as cloud",
        "",
        "# Inside a cloud function init() needs nothing of this.",
        f'cloud.init(api_base="{url}", credentials=lambda: "mock://{appid}", timeout=60)',
        f"picture = Path({_text(example.file)}).read_bytes()",
    ]
    if told:
        return _lines(*head, call, f"print({told})")
    return _lines(
        *head,
        "try:",
        f"    {call}",
        "except cloud.CloudSDKError as error:",
        "    print(error.errCode, error.errMsg)",
    )


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


def market_curl(example: Example, document: Document, url: str, appid: str) -> str:
    """Return the call of the service market as a command."""
    data = f'{{"data_type":{IMG_DATA},"img_data":"%s","ocr_type":{document.ocr_type}}}'
    body = f'{{"service":"{SERVICE}","api":"{API}","data":{data},"client_msg_id":"1"}}'
    # Through a pipe, because a picture is longer than a command line may be.
    return (
        f"""printf '{body}' "$(base64 < "{example.file}" | tr -d '\\n')" |\n"""
        f"  curl -H 'Content-Type: application/json' -d @- '{_market_address(url, appid)}'\n"
    )


def market_python(example: Example, document: Document, url: str, appid: str) -> str:
    """Return the call of the service market as a program with wxcloud."""
    call = f'reply = cloud.ocr_all_in_one({{"img": picture, "ocrType": {document.ocr_type}}})'
    if example.code == _NOT_FOUND:
        return _program(example, url, appid, call, 'cloud.market_fields(reply) or "nothing was recognised"')
    if example.code:
        return _program(example, url, appid, call, "")
    known = {field.name for field in document.fields} - {"type"}
    names = [document.name_of(name) for name, value in example.fields.items() if value != ""]
    told = [f"fields[{_text(name)}]" for name in names if name in known][:_TOLD]
    call += "\nfields = cloud.market_fields(reply)"
    return _program(example, url, appid, call, ", ".join(told) or "fields")


def market_node(example: Example, document: Document, url: str, appid: str) -> str:
    """Return the call of the service market as a program for Node.js, without any package."""
    file = _text(example.file)
    return _lines(
        "const { readFileSync } = require('node:fs')",
        "",
        "async function main() {",
        f"  const answer = await fetch('{_market_address(url, appid)}', {{",
        "    method: 'POST',",
        "    headers: { 'Content-Type': 'application/json' },",
        "    body: JSON.stringify({",
        f"      service: '{SERVICE}',",
        f"      api: '{API}',",
        f"      data: {{ data_type: {IMG_DATA}, img_data: readFileSync({file}, 'base64'), "
        f"ocr_type: {document.ocr_type} }},",
        "      client_msg_id: String(Date.now()),",
        "    }),",
        "  })",
        "  const reply = await answer.json()",
        "  if (reply.errcode) console.error(reply.errcode, reply.errmsg)",
        f"  else console.log(JSON.stringify(JSON.parse(reply.data).{document.result}, null, 2))",
        "}",
        "",
        "main()",
    )


def _market_address(url: str, appid: str) -> str:
    return f"{url}{INVOKE_SERVICE.path}?access_token=mock://{appid}"


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
