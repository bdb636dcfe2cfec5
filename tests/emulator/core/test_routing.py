"""Routes: what only building an address needs is not compiled before one is built."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.routing import Application
from cloudbase_ocr.settings import Settings


def test_starting_compiles_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    create_app(Settings(recognizer=False))  # what is compiled once a process is compiled now
    compiled: list[Any] = []
    real = builtins.compile

    def counting(*args: Any, **options: Any) -> Any:
        compiled.append(args[1:2])
        return real(*args, **options)

    monkeypatch.setattr(builtins, "compile", counting)
    create_app(Settings(recognizer=False))
    assert compiled == []


def test_addresses_can_be_built_all_the_same() -> None:
    app = Application("test")
    app.add_url_rule("/files/<path:name>", "file", lambda name: name)
    with app.test_request_context():
        assert app.url_for("file", name="a b/c", page=2) == "/files/a%20b/c?page=2"
        assert app.url_for("file", name="x") == "/files/x"
    assert app.test_client().get("/files/a/b").text == "a/b"
