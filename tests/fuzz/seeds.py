"""Good requests, one or more for every route: what the mutations begin with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from urllib3.filepost import encode_multipart_formdata

from cloudbase_ocr import specimens
from cloudbase_ocr.app import create_app
from cloudbase_ocr.cloudbase.messages import CallMessage, Pair
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

CONTROL = ("/_emulator/", "/console/")
ENDLESS = "/_emulator/journal/stream"
"""Has no end, which is its use; its own tests look at it."""

_BOUNDARY = "-" * 26 + "0123456789abcdef"
_EVENT = {"imgUrl": "mock://idcard", "a": [1, "\u4e2d", None]}
_PATHS = {
    "bucket": ("6c6f-local-ocr-1300000000", "b"),
    "name": ("idcard", "idcard/front", "absent", "idcard-front"),
    "path": ("a/b.jpg", "console.css"),
    "id": ("f1", "0-1", "x/y"),
    "digest": ("0123456789abcdef",),
}
_QUERY = ("img_url", "appid", "secret", "type", "env", "name", "grant_type")
_FIELDS: dict[str, tuple[Any, ...]] = {
    "access_token": ("mock://wx1", "absent"),
    "action": ("wx.openApi", "functions.invokeFunction", "storage.getUploadMetadata"),
    "appid": ("wx1", ""),
    "answers": ([-1, "success"], [{"delay": 0}]),
    "cgi_path": ("/cv/ocr/idcard",),
    "data": (_EVENT, "x"),
    "env": ("local-ocr",),
    "errcode": (-1, 40001, 101000),
    "error": (101000,),
    "event": (_EVENT,),
    "file_list": ([{"fileid": "cloud://a.b/c", "max_age": 60}],),
    "fileid_list": (["cloud://a.b/c"],),
    "function": ("idcard", "*"),
    "grant_type": ("client_credential", "anonymous"),
    "image": ("/9j/4AAQ",),
    "img_url": ("mock://idcard", "mock://-1", "http://127.0.0.1:1/a.jpg", "cloud://a.b/c"),
    "match": ({"sha256": "0" * 64},),
    "method": ("ocr.idcard", "ocr.menu", "/cv/*"),
    "ms": (1,),
    "name": ("idcard/fuzz", "idcard"),
    "path": ("a/b.jpg",),
    "reply": ({"errcode": 0, "errmsg": "ok", "name": "\u674e\u56db"},),
    "secret": ("x" * 20,),
    "seconds": (1,),
    "sha256": ("0" * 64,),
    "specimen": ("idcard-front",),
    "to": ("2026-01-31", "2026-01-31T12:00:00+08:00"),
    "type": ("errcode", "truncated", "html", "photo"),
}


@dataclass(frozen=True)
class Seed:
    """A request in its parts. `path` is unquoted text; `query` are names and values."""

    rule: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    kind: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def encoded(self, body: bytes | None = None) -> bytes:
        """Return the request as bytes, with a length that fits its body."""
        data = self.body if body is None else body
        target = quote(self.path, safe="/") + ("?" + urlencode(self.query) if self.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.kind:
            lines.append(f"Content-Type: {self.kind}")
        if data or self.method in {"POST", "PUT", "PATCH"}:
            lines.append(f"Content-Length: {len(data)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + data


class Seeds:
    """Makes good requests of all routes of an application."""

    def __init__(self, app: Flask, random: Random) -> None:
        """Look at the routes of `app` and the parameters that its own description names."""
        self._random = random
        self._documented: dict[str, Any] = (
            app.test_client().get("/_emulator/openapi.json").get_json()["paths"]
        )
        self.routes = sorted(
            (rule.rule, method)
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if rule.rule != ENDLESS
        )

    def main(self) -> list[tuple[str, str]]:
        """Return rule and method of what clients of WeChat and CloudBase use."""
        return [route for route in self.routes if not route[0].startswith(CONTROL)]

    def control(self) -> list[tuple[str, str]]:
        """Return rule and method of the control side and the console."""
        return [route for route in self.routes if route[0].startswith(CONTROL)]

    def seed(self, rule: str, method: str) -> Seed:
        """Return a good request for a route."""
        query = tuple(
            (name, str(self._value(name)))
            for name in self._some(("img_url", "appid", "secret", "type", "env", "name", "grant_type"))
        )
        if rule.startswith(CONTROL) and self._random.random() < 0.8:
            query = ()  # the control side refuses what it does not know, and would refuse nearly all
        headers = tuple(self._some_headers())
        if rule.startswith(("/cv/", "/cgi-bin/", "/tcb/")):
            query = (("access_token", str(self._value("access_token"))), *query)
        seed = Seed(rule, method, self._path(rule), query, headers)
        if method not in {"POST", "PUT", "PATCH"}:
            return seed
        return self._with_body(seed)

    def _with_body(self, seed: Seed) -> Seed:
        random = self._random
        if seed.rule.startswith("/cv/") or seed.rule in {"/_cos/<bucket>/<path:path>", "/_emulator/files"}:
            body, kind = encode_multipart_formdata(
                {"img": ("a.jpg", self._picture()), "type": "photo"}, _BOUNDARY
            )
            return _replace(seed, body, kind)
        if seed.rule == "/admin" and random.random() < 0.7:
            body, kind = encode_multipart_formdata(list(self._form().items()), _BOUNDARY)
            return _replace(seed, body, kind)
        names = self._properties(seed.rule) or tuple(self._some(tuple(_FIELDS)))
        fields = {name: self._value(name) for name in names}
        return _replace(seed, json.dumps(fields).encode(), "application/json", fields)

    def _form(self) -> dict[str, Any]:
        pairs = [Pair("img_url", json.dumps(self._value("img_url")).encode())]
        if self._random.random() < 0.4:
            pairs.append(Pair("img", self._picture(), filename=self._random.choice(("img.png", ""))))
        message = CallMessage(tuple(pairs), appid=self._random.choice(("", "wx1"))).encode()
        return {
            "action": self._random.choice(("wx.openApi", "wx.wxPayApi", "functions.invokeFunction")),
            "apiName": self._random.choice(("ocr.idcard", "ocr.printedText", "img.aiCrop", "ocr.x", "")),
            "requestData": message,
            "envName": "local-ocr",
            "wxCloudApiToken": self._random.choice(("", "emulator/idcard/wx1/o1/r", "emulator/../x/y/z")),
            "tcb_sessionToken": "",
        }

    def _properties(self, rule: str) -> tuple[str, ...]:
        """Return the parameters that the description of the control side names for a route."""
        for path, operations in self._documented.items():
            if path.translate(_TO_RULE) == rule.translate(_TO_RULE) and "requestBody" in operations.get(
                "post", {}
            ):
                content = operations["post"]["requestBody"]["content"]
                schema = content.get("application/json", {}).get("schema", {})
                needed = schema.get("required", [])
                return (
                    *needed,
                    *self._some(tuple(name for name in schema.get("properties", {}) if name not in needed)),
                )
        return ()

    def _path(self, rule: str) -> str:
        parts = []
        for part in rule.replace("<path:", "<").split("<"):
            name, closed, rest = part.partition(">")
            parts.append(self._random.choice(_PATHS[name]) + rest if closed else part)
        return "".join(parts)

    def _value(self, name: str) -> Any:
        return self._random.choice(_FIELDS.get(name, ("x", 1, True)))

    def _some(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if self._random.random() < 0.5]

    def _some_headers(self) -> Iterator[tuple[str, str]]:
        offered = (
            ("Origin", "http://localhost:3000"),
            ("X-TC-Action", "Invoke"),
            ("Authorization", "Bearer x"),
            ("Range", "bytes=0-1"),
            ("Accept-Language", "zh-CN,en;q=0.5"),
            ("Cookie", "a=b; cloudbase-ocr-lang=zh"),
        )
        for header in offered:
            if self._random.random() < 0.1:
                yield header

    def _picture(self) -> bytes:
        data = Path(specimens.__file__).with_name("menu.jpg").read_bytes()
        return data[: self._random.choice((0, 100, 20_000))]


def application() -> Flask:
    """Return an application as the fuzzed servers run it, to ask for its routes."""
    return create_app(Settings(recognizer=False, functions=included_functions()))


_TO_RULE = str.maketrans("{}", "<>")


def _replace(seed: Seed, body: bytes, kind: str, fields: dict[str, Any] | None = None) -> Seed:
    return Seed(seed.rule, seed.method, seed.path, seed.query, seed.headers, body, kind, fields or {})
