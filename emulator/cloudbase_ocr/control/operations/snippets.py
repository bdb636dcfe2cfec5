"""The operation that gives one call as code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.control import snippets
from cloudbase_ocr.control.operation import ControlError, operation, wanted_method
from wxcloud.contract import ERRORS
from wxcloud.service_market import document_of_method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.state.emulator import Emulator

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Snippet:
    """Code to copy; `name` is curl, python, miniprogram, fixture, pytest; of the service market curl, python, node."""

    name: str
    language: str
    text: str


@dataclass(frozen=True)
class SnippetList:
    """The same call in every form, for a picture that is called `file`."""

    file: str
    snippets: list[Snippet]


class SnippetsControl:
    """Gives a call as code."""

    def __init__(self, emulator: Emulator) -> None:
        """Give code that reaches `emulator`."""
        self._emulator = emulator

    @operation(
        "snippets",
        "POST",
        "snippets",
        method="the cloud call, such as ocr.idcard",
        file="the picture's file name; one that a command line would not take is replaced",
        sha256="the picture's SHA-256, in hexadecimal digits",
        reply="WeChat's reply to the picture, with errcode",
        market="through the service market instead: curl, wxcloud, Node",
    )
    def show(
        self, method: str, file: str, sha256: str, reply: dict[str, Any], market: bool = False
    ) -> SnippetList:
        """Give one call as code to copy: curl, wxcloud, mini-program, fixture, pytest.

        Raises:
            ControlError: there is no such method or error code, the hash is none, or the market has no such document.
        """
        example = self._example(method, file, sha256, reply)
        url = self._emulator.base_url or "http://127.0.0.1:8787"
        appid = self._emulator.settings.appid
        made = _of_market(example, url, appid) if market else _of_method(example, url, appid)
        return SnippetList(example.file, [Snippet(*each) for each in made])

    def _example(self, method: str, file: str, sha256: str, reply: dict[str, Any]) -> snippets.Example:
        if not _SHA256.fullmatch(sha256):
            raise ControlError("sha256: must be 64 hexadecimal digits, in lower case")
        known = wanted_method(method, "method")
        return snippets.Example(known, snippets.file_name(file), sha256, {**reply, "errcode": _code(reply)})


def _of_method(example: snippets.Example, url: str, appid: str) -> Iterator[tuple[str, str, str]]:
    yield "curl", "sh", snippets.curl(example, url, appid)
    yield "python", "python", snippets.python(example, url, appid)
    yield "miniprogram", "js", snippets.mini_program(example)
    yield "fixture", "yaml", snippets.fixture(example)
    yield "pytest", "python", snippets.pytest(example)


def _of_market(example: snippets.Example, url: str, appid: str) -> Iterator[tuple[str, str, str]]:
    document = document_of_method(example.method.key)
    if document is None:
        raise ControlError(
            f"market: the service market has no document that {example.method.permission} reads"
        )
    yield "curl", "sh", snippets.market_curl(example, document, url, appid)
    yield "python", "python", snippets.market_python(example, document, url, appid)
    yield "node", "js", snippets.market_node(example, document, url, appid)


def _code(reply: dict[str, Any]) -> int:
    """Return the errcode, which some settings make a text (ruling R1)."""
    try:
        code = int(reply["errcode"])
    except (KeyError, TypeError, ValueError):
        raise ControlError("reply.errcode: missing, or not a number; 0 stands for success") from None
    if code not in ERRORS:
        raise ControlError(f"reply.errcode: {code} is not an error code of the contract")
    return code
