"""Writes docs/conformance.md: every client, every method, run now. ``python -m tests.clients.conformance --write``

An object is expected to be letter for letter the one that wx-server-sdk 4.0.2 makes of the same reply, as recorded in
tests/conformance; a reply, to be the one that the HTTPS interface sends.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.scf.v20180416.models import InvokeRequest
from tencentcloud.scf.v20180416.scf_client import ScfClient

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import LOCAL_ENV_ID
from tests import needs
from tests.clients import literal
from tests.clients.chromium import bundle, run_page
from tests.clients.sdks import (
    FOLDER,
    Call,
    Outcome,
    chromium,
    functions_framework,
    js_sdk_input,
    missing,
    read_outcomes,
    run_js_sdk,
    run_server_sdk,
    run_tcb,
    version_of,
)
from tests.conformance.record import RECORDING
from tests.conformance.test_sdk_objects import RULINGS, call
from tests.conformance.upstream import PROFILES, Case, cases, settings_of
from wxcloud.contract import METHODS, OBSERVED, Method

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
SERVER_SDKS = ("wx-server-sdk", "wx-server-sdk-3", "wx-server-sdk-2", "wx-server-sdk-1")
PLAIN_SDKS = ("@cloudbase/node-sdk", "tcb-admin-node")
BROWSER_SDKS = (("@cloudbase/js-sdk", 3), ("js-sdk-2", 2), ("js-sdk-1", 1))
FRAMEWORK = "@cloudbase/functions-framework"
MANAGER = "@cloudbase/manager-node"
COMMAND_LINE = "@cloudbase/cli"
CLIENTS = (
    *SERVER_SDKS,
    *PLAIN_SDKS,
    *(package for package, _ in BROWSER_SDKS),
    FRAMEWORK,
    MANAGER,
    COMMAND_LINE,
)
NAMES = {method.key: method.cloud_names[0] for method in METHODS}
FILE = {"$buffer": "/9g="}, {"$bytes": "/9g="}
COLUMNS = (*(f"ocr.{name}" for name in NAMES.values()), "img.*", "callFunction", "files", "refusals")


@dataclass
class Row:
    """One client: how many of its checks held, by column."""

    client: str
    how: str
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)

    def count(self, column: str, good: bool) -> None:
        """Count one check."""
        held, made = self.cells.get(column, (0, 0))
        self.cells[column] = (held + good, made + 1)

    def line(self) -> str:
        """Return the row of the table; a dash where the client has no such call."""
        shown = (f"{cell[0]}/{cell[1]}" if (cell := self.cells.get(column)) else "–" for column in COLUMNS)
        return f"| {self.client} | {self.how} | {' | '.join(shown)} |"


def absent(libraries: Path) -> str:
    """Return why the page cannot be made here, or ""; what is installed for it comes into the folder `libraries`."""
    packages = (
        *SERVER_SDKS,
        *PLAIN_SDKS,
        FRAMEWORK,
        MANAGER,
        COMMAND_LINE,
        *(package for package, _ in BROWSER_SDKS),
        "esbuild",
    )
    return missing(*packages) or ("" if chromium() else needs.BROWSER) or literal.absent(libraries)


def rows(libraries: Path) -> list[Row]:
    """Run every client, one after the other."""
    with _servers(libraries) as servers, tempfile.TemporaryDirectory() as folder:
        made = [_wxcloud(servers)]
        made += [_server_sdk(package, servers) for package in SERVER_SDKS]
        made += [_plain_sdk(package, servers[OBSERVED]) for package in PLAIN_SDKS]
        made.append(_web_sdk("@cloudbase/js-sdk", "Node", servers[OBSERVED], run_js_sdk))
        for package, major in BROWSER_SDKS:
            place = Path(folder) / str(major)
            place.mkdir()
            made.append(_web_sdk(package, "Chromium", servers[OBSERVED], _in_chromium(major, place)))
        made.append(_framework(servers, Path(folder)))
        made.append(_manager(servers[OBSERVED]))
        made.append(_command_line(servers[OBSERVED], Path(folder)))
        made.append(_scf(servers[OBSERVED]))
        made += [_literal(client, servers[OBSERVED], libraries) for client in literal.CLIENTS]
        return made


def page(made: list[Row]) -> str:
    """Return the page."""
    head = f"| Client | Runs in | {' | '.join(COLUMNS)} |\n|{' --- |' * 2}{' ---: |' * len(COLUMNS)}"
    return _TEXT.format(table="\n".join((head, *(row.line() for row in made))))


def main() -> int:
    """Print the page, or write it; return 1 when a check did not hold or a client is not there."""
    with tempfile.TemporaryDirectory() as folder:
        libraries = Path(folder)
        if reason := absent(libraries):
            print(f"tests.clients.conformance: {reason}", file=sys.stderr)
            return 1
        made = rows(libraries)
    text = page(made)
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0 if all(held == done for row in made for held, done in row.cells.values()) else 1


@contextmanager
def _servers(libraries: Path) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        yield {
            profile: stack.enter_context(running(replace(settings_of(profile), tls_folder=libraries / "tls")))
            for profile in PROFILES
        }


def _recorded(case: Case) -> str:
    return _RECORDED[case.key]


_RECORDED: dict[str, str] = {
    line["key"]: line["object"]
    for line in map(json.loads, RECORDING.read_text(encoding="utf-8").splitlines())
}


def _method(case: Case) -> Method:
    return next(method for method in METHODS if case.api in method.permissions)


def _column(case: Case) -> str:
    return f"ocr.{NAMES[_method(case).key]}"


def _wxcloud(servers: dict[str, Server]) -> Row:
    row = Row(f"`wxcloud` {version('cloudbase-ocr')}", "Python")
    for profile, server in servers.items():
        for case in cases(profile):
            expected = _recorded(case)
            if case.url in RULINGS:
                expected = expected.replace(*RULINGS[case.url])
            made = json.dumps(call(server, case), ensure_ascii=False, separators=(",", ":"))
            row.count(_column(case), made == expected)
    return row


def _server_sdk(package: str, servers: dict[str, Server]) -> Row:
    row = Row(f"`wx-server-sdk` {version_of(package)}", "Node")
    for profile, server in servers.items():
        asked = cases(profile)
        calls = [Call(case.key, f"openapi.{case.api}", ({"imgUrl": case.url},)) for case in asked]
        calls += _EXTRAS if profile == OBSERVED else ()
        outcomes = _run(package, server, calls)
        for case in asked:
            made = outcomes[case.key].value or outcomes[case.key].error
            row.count(_column(case), made == _recorded(case))
        if profile == OBSERVED:
            _count_extras(row, outcomes)
    refused = _run(package, servers[OBSERVED], [_REFUSED], function="menu")["refused"]
    row.count("refusals", refused.error == '{"errCode":-604101,"errMsg":"system error: error code: -604101"}')
    return row


_REFUSED = Call("refused", "openapi.ocr.idcard", ({"imgUrl": "mock://idcard"},))
_FUNCTION = Call("function", "callFunction", ({"name": "idcard", "data": {"imgUrl": "mock://idcard"}},))
_UPLOADED = {"$result": ["upload", "fileID"]}
_EXTRAS = (
    Call("crop", "openapi.img.aiCrop", ({"imgUrl": "mock://any"},)),
    Call("codes", "openapi.img.scanQRCode", ({"imgUrl": "mock://any"},)),
    Call("no api", "openapi.ocr.passport", ({"imgUrl": "mock://any"},)),
    _FUNCTION,
    Call("upload", "uploadFile", ({"cloudPath": "a/b.jpg", "fileContent": FILE[0]},)),
    Call("url", "getTempFileURL", ({"fileList": [_UPLOADED]},)),
    Call("download", "downloadFile", ({"fileID": _UPLOADED},)),
    Call("delete", "deleteFile", ({"fileList": [_UPLOADED]},)),
)


def _count_extras(row: Row, outcomes: dict[str, Outcome]) -> None:
    for name in ("crop", "codes"):
        row.count("img.*", outcomes[name].value is not None and outcomes[name].result["errCode"] == 0)
    row.count("refusals", '"errCode":-604100' in (outcomes["no api"].error or ""))
    _count_function(row, outcomes)
    _count_files(row, outcomes, ("upload", "url", "download", "delete"))


def _count_function(row: Row, outcomes: dict[str, Outcome]) -> None:
    value = outcomes["function"].value
    expected = _recorded(Case("ocr.idcard", "mock://idcard/front", OBSERVED))
    row.count("callFunction", value is not None and _compact(json.loads(value)["result"]) == expected)


def _count_files(row: Row, outcomes: dict[str, Outcome], names: tuple[str, ...]) -> None:
    for name in names:
        value = outcomes[name].value or ""
        row.count("files", bool(value) and "NONEXIST" not in value and '"status":-' not in value)


def _plain_sdk(package: str, server: Server) -> Row:
    row = Row(f"`{package}` {version_of(package)}", "Node")
    asked = [case for case in cases(OBSERVED) if case.url not in RULINGS]
    calls = [
        Call(case.key, "callWxOpenApi", ({"apiName": case.api, "requestData": {"img_url": case.url}},))
        for case in asked
    ]
    outcomes = _run(package, server, [*calls, *(extra for extra in _EXTRAS if "." not in extra.path)])
    for case in asked:
        row.count(_column(case), _compact(outcomes[case.key].result["result"]) == _https(server, case))
    _count_function(row, outcomes)
    _count_files(row, outcomes, ("upload", "url", "download", "delete"))
    return row


def _run(package: str, server: Server, calls: list[Call], function: str = "") -> dict[str, Outcome]:
    init = {"env": server.emulator.runtime.env_id, "serviceUrl": f"{server.url}/admin"}
    return run_server_sdk(package, init, calls, EmulatorClient(server.url).environment(function))


def _through_functions() -> list[Case]:
    """Return two cases for each method, as its function answers them: the example, and one error."""
    every = cases(OBSERVED)
    firsts = {
        case.api: case for case in reversed(every) if case.url[7:8].isalpha() and case.url not in RULINGS
    }
    errors = {case.api: case for case in reversed(every) if case.url == "mock://101002"}
    apis = [f"ocr.{name}" for name in NAMES.values()]
    return [found[api] for found in (firsts, errors) for api in apis if api in found]


def _web_sdk(
    package: str, place: str, server: Server, run: Callable[[str, str, list[Call]], dict[str, Outcome]]
) -> Row:
    row = Row(f"`@cloudbase/js-sdk` {version_of(package)}", place)
    asked = _through_functions()
    calls = [
        Call(case.key, "callFunction", ({"name": case.api[4:], "data": {"imgUrl": case.url}},))
        for case in asked
    ]
    file_id = server.emulator.files.file_id(server.emulator.runtime.env_id, "a/b.jpg")
    calls.append(_FUNCTION)
    calls.append(Call("upload", "uploadFile", ({"cloudPath": "a/b.jpg", "filePath": FILE[1]},)))
    calls.append(Call("url", "getTempFileURL", ({"fileList": [file_id]},)))
    calls.append(Call("delete", "deleteFile", ({"fileList": [file_id]},)))
    outcomes = run(package, urlsplit(server.url).netloc, calls)
    for case in asked:
        value = outcomes[case.key].value
        row.count(
            _column(case), value is not None and _compact(json.loads(value)["result"]) == _recorded(case)
        )
    _count_function(row, outcomes)
    _count_files(row, outcomes, ("upload", "url", "delete"))
    return row


def _in_chromium(major: int, folder: Path) -> Callable[[str, str, list[Call]], dict[str, Outcome]]:
    def run(package: str, host: str, calls: list[Call]) -> dict[str, Outcome]:
        data = js_sdk_input(package, major, host, calls, env=LOCAL_ENV_ID)
        return read_outcomes(run_page(bundle(package, folder), data, folder))

    return run


def _scf(server: Server) -> Row:
    row = Row(f"`tencentcloud-sdk-python-scf` {version('tencentcloud-sdk-python-scf')}", "Python")
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=urlsplit(server.url).netloc))
    client = ScfClient(Credential("any-id", "any-key"), "ap-shanghai", profile)
    for case in _through_functions():
        request = InvokeRequest()
        request.FunctionName = case.api[4:]
        request.ClientContext = json.dumps({"imgUrl": case.url})
        made = _compact(json.loads(client.Invoke(request).Result.RetMsg))
        row.count(_column(case), made == _recorded(case))
        row.count("callFunction", made == _recorded(case))
    return row


def _framework(servers: dict[str, Server], folder: Path) -> Row:
    row = Row(f"`{FRAMEWORK}` {version_of(FRAMEWORK)}", "Node")
    for profile, server in servers.items():
        env = EmulatorClient(server.url).environment()
        with functions_framework(FOLDER / "node_function" / "any.js", env, folder) as url:
            for case in cases(profile):
                event = {"api": f"ocr.{case.api[4:]}", "args": {"imgUrl": case.url}}
                made = requests.post(url, json=event, timeout=30).content.decode()
                row.count(_column(case), _compact(json.loads(made)) == _recorded(case))
    return row


def _manager(server: Server) -> Row:
    row = Row(f"`{MANAGER}` {version_of(MANAGER)}", "Node")
    asked = _through_functions()
    calls = [
        Call(case.key, "functions.invokeFunction", (case.api[4:], {"imgUrl": case.url})) for case in asked
    ]
    calls.append(Call("url", "storage.getTemporaryUrl", (["a/b.jpg"],)))
    calls.append(Call("delete", "storage.deleteFile", (["a/b.jpg"],)))
    env_id = server.emulator.runtime.env_id
    server.emulator.files.put(env_id, "a/b.jpg", b"stored")
    init = {"envId": env_id, "secretId": "any", "secretKey": "any"}
    outcomes = run_server_sdk(MANAGER, init, calls, EmulatorClient(server.url).environment(https=True))
    for case in asked:
        made = outcomes[case.key].value
        good = made is not None and _compact(json.loads(json.loads(made)["RetMsg"])) == _recorded(case)
        row.count(_column(case), good)
        row.count("callFunction", good)
    row.count("files", "?sign=" in (outcomes["url"].value or ""))
    row.count("files", outcomes["delete"].error is None and not len(server.emulator.files))
    return row


def _command_line(server: Server, home: Path) -> Row:
    row = Row(f"`{COMMAND_LINE}` {version_of(COMMAND_LINE)}", "Node")
    env = EmulatorClient(server.url).environment(https=True)
    run_tcb(("login", "--apiKeyId", "AKIDanybody", "--apiKey", "any"), env, home)
    case = next(case for case in _through_functions() if case.api == "ocr.idcard")
    event = _compact({"imgUrl": case.url})
    place = ("--envId", server.emulator.runtime.env_id)
    shown = run_tcb(("fn", "invoke", case.api[4:], *place, "--params", event), env, home).stdout
    results = [
        _compact(json.loads(line[line.index("{") :])) for line in shown.splitlines() if '"errMsg"' in line
    ]
    row.count(_column(case), results == [_recorded(case)])
    row.count("callFunction", results == [_recorded(case)])
    return row


def _literal(client: literal.Literal, server: Server, libraries: Path) -> Row:
    row = Row(f"`{client.name}` {literal.version_of_client(client)}", f"{client.runs_in}, literal https")
    asked = [case for case in cases(OBSERVED) if case.url not in RULINGS]
    if client.name == "wechatpy":
        asked = [case for case in asked if _column(case) in _OF_WECHATPY and case.url not in _ASKED_AGAIN]
    questions = [(_method(case).path, case.url) for case in asked]
    for case, made in zip(asked, literal.ask(client, server, questions, libraries), strict=True):
        row.count(_column(case), made == _https(server, case))
    return row


_OF_WECHATPY = ("ocr.idcard", "ocr.businessLicense")
_ASKED_AGAIN = tuple(f"mock://{code}" for code in (40001, 40014, 42001))
"""Codes on which wechatpy fetches another token and asks again, for as long as they come."""


def _https(server: Server, case: Case) -> str:
    query = {"access_token": "mock://wx1", "img_url": case.url}
    return requests.post(server.url + _method(case).path, params=query, timeout=30).content.decode()


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_TEXT = """# Conformance

Written by `make clients`, which installs the clients below unmodified, runs each against a live emulator, and counts.
`tests/clients` checks more of each, errors of every version included.

{table}

- **ocr.\\***: every fixture under every name of the method, and every error code of its page, under both profiles.
  `wxcloud` and `wx-server-sdk`: the object equals, key order included, the one that `wx-server-sdk` 4.0.2 made of the
  same reply (the two deviations of rulings R2 and R3 apart). `@cloudbase/node-sdk` and `tcb-admin-node`, which convert
  nothing: it equals the reply of the HTTPS interface. The others call the cloud function of that name: its example
  and 101002.
- **literal https**: their own `https://api.weixin.qq.com`, in `cloudbase-ocr env --https -- COMMAND`. They fetch a
  token and send the OCR calls of one profile; every reply equals the one that comes without them. `HttpClient` and
  `HttpURLConnection` are Java's own. Of wechatpy without three token errors: it asks again for as long as they come.
- **img.\\***: `img.aiCrop` and `img.scanQRCode`.
- **callFunction**: the result of the function `idcard`; with tencentcloud-sdk-python-scf and `@cloudbase/manager-node`,
  `Invoke` of every function. `@cloudbase/cli` is `tcb fn invoke`; `tests/clients/test_tcb.py` runs more of it.
- **files**: upload, URL, download, delete; with `@cloudbase/manager-node`, URL and delete.
- **refusals**: -604101 for an API that config.json does not list, -604100 for one that does not exist.
- A dash: the client has no such call.
"""


if __name__ == "__main__":
    sys.exit(main())
