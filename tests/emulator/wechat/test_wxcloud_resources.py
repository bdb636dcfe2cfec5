"""A cloud function that calls another one and keeps files, with wxcloud and the emulator and nothing between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.server import Server

Serve = Callable[..., Server]

ADD = """
def main(event, context):
    return {"sum": event["a"] + event["b"]}
"""
ALL = """
import wxcloud as cloud

cloud.init(env=cloud.DYNAMIC_CURRENT_ENV)

@cloud.function
def main(event, context):
    stored = cloud.upload_file("notes/一.txt", "你好".encode())
    file = stored["fileID"]
    return {
        "sum": cloud.call_function("add", {"a": 1, "b": 2})["result"]["sum"],
        "stored": stored,
        "text": cloud.download_file(file)["fileContent"].decode(),
        "urls": cloud.getTempFileURL({"fileList": [file]})["fileList"],
        "deleted": cloud.delete_file([file, "cloud://other.x/none"])["fileList"],
        "again": cloud.get_temp_file_url([{"fileID": file, "maxAge": 60}])["fileList"],
    }
"""
MISSING = """
import wxcloud as cloud

@cloud.function
def main(event, context):
    return cloud.download_file("cloud://env-1.x/none") if event.get("file") else cloud.call_function("none")
"""


@pytest.fixture(scope="module")
def functions(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder: Path = tmp_path_factory.mktemp("functions")
    for name, code in {"add": ADD, "all": ALL, "missing": MISSING}.items():
        (folder / name).mkdir()
        (folder / name / "index.py").write_text(code, encoding="utf-8")
        (folder / name / "config.json").write_text('{"timeout": 20}', encoding="utf-8")
    return serve(functions=folder)


def result_of(server: Server, name: str, event: dict[str, Any]) -> Any:
    invocation = server.emulator.runtime.invoke(name, event)
    assert invocation.error is None, invocation.log
    return json.loads(invocation.result or "")


def test_functions_and_files(functions: Server) -> None:
    answer = result_of(functions, "all", {})
    assert answer["sum"] == 3
    file = answer["stored"]["fileID"]
    assert answer["stored"] == {"fileID": file, "statusCode": 204, "errMsg": "uploadFile:ok"}
    assert file.startswith("cloud://")
    assert file.endswith("/notes/一.txt")
    assert answer["text"] == "你好"
    assert [url["status"] for url in answer["urls"]] == [0]
    assert [each["status"] for each in answer["deleted"]] == [0, -503003]
    assert [each["errMsg"] for each in answer["again"]] == ["storage file not exists"]


@pytest.mark.parametrize(
    ("event", "call", "code"), [({"file": 1}, "downloadFile", -503003), ({}, "callFunction", -501000)]
)
def test_what_is_missing(functions: Server, event: dict[str, Any], call: str, code: int) -> None:
    answer = result_of(functions, "missing", event)
    assert answer["errCode"] == code
    assert answer["errMsg"].startswith(f"{call}:fail ")
