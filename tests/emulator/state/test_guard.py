"""Who may use the control side and the console: hosts, pages, forms, and the token for other machines."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

import cloudbase_ocr
from cloudbase_ocr.cli import main
from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.served import served
from tests.processes import started, stop
from tests.quick import first

PACKAGE = Path(cloudbase_ocr.__file__).parent
TOKEN = "a-token-of-the-tests"
CONTROL = ("/_emulator/health", "/_emulator/journal", "/_emulator/journal/stream", "/_emulator/nothing")
PAGES = ("/", "/console/journal", "/console/nothing")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, recognizer=False)) as started:
        yield started


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with running(
        Settings(host="0.0.0.0", port=0, recognizer=False, control_token=TOKEN, hints=False)
    ) as started:
        yield started


def get(server: Server, path: str, **more: Any) -> requests.Response:
    return requests.get(server.url + path, timeout=10, allow_redirects=False, stream=True, **more)


# Hosts and pages.


@pytest.mark.parametrize("path", [*CONTROL, *PAGES])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8787", "127.0.0.1.evil.example", "10.0.0.1", "[", ""]
)
def test_other_names_are_refused_when_only_this_machine_is_served(
    server: Server, path: str, host: str
) -> None:
    assert get(server, path, headers={"Host": host}).status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.5.5.5:80", "[::1]:8787"])
def test_every_name_of_this_machine_is_one(server: Server, host: str) -> None:
    assert get(server, "/_emulator/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", [*CONTROL, *PAGES])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_pages_of_others_are_refused(server: Server, path: str, headers: dict[str, str]) -> None:
    assert get(server, path, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["reset", "invoke", "files", "clock/advance"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        # A form that is sent without Origin, by following no-referrer rules or by an older browser.
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
    ids=str,
)
def test_forms_of_other_sites_are_refused(server: Server, path: str, headers: dict[str, str]) -> None:
    answer = requests.post(
        f"{server.url}/_emulator/{path}", data={"name": "idcard"}, headers=headers, timeout=10
    )
    assert answer.status_code == 403


def test_a_link_of_another_site_leads_to_the_console_only(server: Server) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert get(server, "/", headers=headers).status_code == 200
    assert get(server, "/_emulator/journal", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "TEXT/PLAIN"],
)
def test_pages_cannot_send_what_needs_no_asking(server: Server, kind: str) -> None:
    own = {"Origin": server.url, "Content-Type": kind}
    answer = requests.post(server.url + "/_emulator/clock/reset", data="{}", headers=own, timeout=10)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["error"]
    # Programs such as curl do, and say nothing of a page.
    program = {"Content-Type": kind}
    assert requests.post(server.url + "/_emulator/clock/reset", data="{}", headers=program, timeout=10).ok


def test_own_pages_send_json(server: Server) -> None:
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    assert requests.post(server.url + "/_emulator/clock/reset", json={}, headers=headers, timeout=10).ok


def test_other_sites_cannot_embed_answers(server: Server) -> None:
    for path in ("/", "/_emulator/health", "/_emulator/nothing"):
        headers = get(server, path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


# The token.


def test_other_machines_need_a_token_that_nobody_can_foresee() -> None:
    tokens = []
    for _ in range(2):
        with running(Settings(host="0.0.0.0", port=0, recognizer=False, seed=1)) as server:
            tokens.append(server.emulator.guard.token)
            assert get(server, "/_emulator/health").status_code == 401
    assert len(set(tokens)) == 2
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize("path", CONTROL)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": "Bearer \xe4\xb8\xad"},
        {"Cookie": "cloudbase-ocr-token-1=" + TOKEN},
    ],
    ids=str,
)
def test_without_the_token_nothing_is_answered(guarded: Server, path: str, headers: dict[str, str]) -> None:
    answer = get(guarded, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "--control-token" in answer.json()["error"]
    assert get(guarded, path + "?token=" + TOKEN, headers=headers).status_code == 401


def test_with_the_token_everything_is_answered(guarded: Server) -> None:
    headers = {"Authorization": f"bearer {TOKEN}"}
    assert get(guarded, "/_emulator/health", headers=headers).status_code == 200
    assert requests.post(guarded.url + "/_emulator/clock/reset", headers=headers, timeout=10).ok
    assert get(guarded, "/", headers=headers).status_code == 200


def test_wechat_and_cloudbase_need_no_token_of_ours(guarded: Server) -> None:
    ocr = guarded.url + "/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard"
    assert requests.post(ocr, timeout=10).json()["errcode"] == 0
    called = requests.post(guarded.url + "/v1/functions/idcard", json={"imgUrl": "mock://idcard"}, timeout=30)
    assert called.status_code != 401


def test_a_browser_changes_the_token_in_the_address_for_a_cookie(guarded: Server) -> None:
    answer = get(guarded, f"/console/journal?lang=zh&token={TOKEN}&a=%2F%2Fevil")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/console/journal?lang=zh&a=%2F%2Fevil"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    cookie = answer.headers["Set-Cookie"]
    assert f"cloudbase-ocr-token-{guarded.port}={TOKEN}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    with_it = {"Cookie": cookie.partition(";")[0]}
    assert get(guarded, "/console/journal", headers=with_it).status_code == 200
    assert get(guarded, "/_emulator/health", headers=with_it).status_code == 200


def test_a_cookie_alone_changes_nothing(guarded: Server) -> None:
    cookie = {"Cookie": f"cloudbase-ocr-token-{guarded.port}={TOKEN}"}
    url = guarded.url + "/_emulator/clock/reset"
    assert requests.post(url, json={}, headers=cookie, timeout=10).status_code == 401
    assert requests.post(url, json={}, headers={**cookie, "Origin": guarded.url}, timeout=10).ok
    assert (
        requests.post(
            url, json={}, headers={**cookie, "Origin": "http://evil.example"}, timeout=10
        ).status_code
        == 403
    )


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", f"?token={TOKEN}x"])
def test_pages_ask_for_the_token(guarded: Server, path: str, query: str) -> None:
    answer = get(guarded, path + query)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert "wrong" not in answer.text
    assert 'name="token"' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("token", ["", "short", "with space", "semi;colon", "中文中文中文中文", "x" * 201])
def test_a_token_that_is_weak_or_cannot_be_sent_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="control_token"), running(Settings(port=0, control_token=token)):
        pass


def test_a_chosen_token_is_asked_for_on_this_machine_too() -> None:
    with running(Settings(port=0, recognizer=False, control_token=TOKEN)) as server:
        assert get(server, "/_emulator/health").status_code == 401
        assert get(server, "/", headers={"Host": "evil.example"}).status_code == 403


def test_the_token_stands_in_no_log_and_no_journal(
    guarded: Server, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    get(guarded, f"/?token={TOKEN}")
    url = f"{guarded.url}/_emulator/invoke?token={TOKEN}"
    requests.post(url, json={"name": "idcard", "data": {"token": TOKEN}}, timeout=10)
    client = EmulatorClient(guarded.url, TOKEN)
    client.call_function("idcard", {"imgUrl": "mock://idcard", "token": TOKEN})
    journal = json.dumps(client.control("GET", "journal", {"personal_data": "true"}))
    assert "idcard" in journal
    assert TOKEN not in journal
    own = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert own
    assert TOKEN not in "\n".join(own)
    assert TOKEN not in "".join(capfd.readouterr())


# Programs that carry it.


def test_client_carries_the_token(guarded: Server) -> None:
    assert EmulatorClient(guarded.url, TOKEN).health()["service"] == "cloudbase-ocr"
    assert EmulatorClient(guarded.url).is_running()
    with pytest.raises(EmulatorUnreachableError, match="--control-token"):
        EmulatorClient(guarded.url).health()


@pytest.mark.parametrize(
    "arguments",
    [
        ["ctl", "--emulator", "{url}", "--control-token", TOKEN, "health"],
        ["env", "--json", "--emulator", "{url}", "--control-token", TOKEN],
        ["invoke", "idcard", '{"imgUrl": "mock://idcard"}', "--emulator", "{url}", "--control-token", TOKEN],
    ],
    ids=lambda arguments: arguments[0],
)
def test_commands_take_the_token_as_option_or_from_the_environment(
    guarded: Server, arguments: list[str]
) -> None:
    called = [word.format(url=guarded.url) if word == "{url}" else word for word in arguments]
    assert CliRunner().invoke(main, called).exit_code == 0
    at = called.index("--control-token")
    without = called[:at] + called[at + 2 :]
    refused = CliRunner().invoke(main, without)
    assert refused.exit_code == 2
    assert "--control-token" in refused.output
    environment = {"CLOUDBASE_OCR_CONTROL_TOKEN": TOKEN}
    assert CliRunner().invoke(main, without, env=environment).exit_code == 0


@contextmanager
def serving(*options: str) -> Iterator[list[str]]:
    """Run `serve`, and give the lines up to the one that says where."""
    command = [sys.executable, "-m", "cloudbase_ocr", "serve", "--port", "0", "--no-recognizer", *options]
    lines = []
    with started(command, stderr=subprocess.DEVNULL) as process:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        yield lines


def test_serve_prints_the_token_and_why() -> None:
    with serving("--host", "0.0.0.0") as lines:
        token = lines[0].removeprefix("token: ")
        url = lines[-1].split(" at ")[1].split(" ")[0]
        assert f"{url}/?token={token}" in "".join(lines)
        assert "Other machines can reach" in lines[1]
        assert EmulatorClient(url, token).health()["service"] == "cloudbase-ocr"


@pytest.mark.check
@pytest.mark.parametrize(
    "options", [[], ["--host", "0.0.0.0", "--control-token", TOKEN]], ids=["home", "chosen"]
)
def test_serve_prints_no_token_that_is_not_needed_or_known(options: list[str]) -> None:
    with serving(*options) as lines:
        assert len(lines) == 1
        assert TOKEN not in lines[0]


# Who runs functions.

MARK = "this-function-ran"
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}
"""What a proxy on this machine says of a request: to the guard it comes from another machine."""
RUNNING = {
    "/v1/functions/marked",
    "/tcb/invokecloudfunction",
    "/admin",
    "/web",
    "/",
    "/_emulator/invoke",
    "/_http/marked",
}


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("functions")
    (root / "marked").mkdir()
    (root / "marked" / "index.py").write_text(
        f"def main(event, context):\n    return {MARK!r}\n", encoding="utf-8"
    )
    return root


@pytest.fixture(scope="module")
def shared(functions: Path) -> Iterator[Server]:
    """An emulator that other machines can reach, with functions."""
    settings = Settings(host="0.0.0.0", port=0, recognizer=False, functions=functions, control_token=TOKEN)
    with running(settings) as started:
        yield started


def ran_by(server: Server, **headers: str) -> set[str]:
    """Send to every route all that may call a function, and return the paths whose answer shows that it ran."""
    body = {
        "action": "functions.invokeFunction",
        "function_name": "marked",
        "request_data": "{}",
        "FunctionName": "marked",
    }
    query = {"access_token": "mock://wx1", "env": "local-ocr", "name": "marked"}
    urls = server.app.url_map.bind("127.0.0.1")
    rules = [rule for rule in server.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    paths = {
        urls.build(rule.endpoint, dict.fromkeys(rule.arguments, "marked"), method="POST") for rule in rules
    }
    assert paths >= RUNNING
    ran = set()
    for path in sorted(paths - {"/_emulator/reset"}):
        params = query if path.startswith("/tcb/") else {}
        content = {"name": "marked"} if path.startswith("/_emulator/") else body
        sent = {"X-TC-Action": "Invoke", **headers}
        answer = requests.post(server.url + path, params=params, json=content, headers=sent, timeout=30)
        if MARK in answer.text:
            ran.add(path)
        elif path in RUNNING:
            assert answer.status_code == 401, (path, answer.text)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert "--" in answer.text, "it says what to do"
    return ran


def test_other_machines_run_no_function_without_the_token(shared: Server) -> None:
    assert ran_by(shared, **ELSEWHERE) == set()
    assert ran_by(shared, **ELSEWHERE, Authorization="Bearer wrong-token") == set()


@pytest.mark.parametrize(
    "header", [{"X-Control-Token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}], ids=str
)
def test_other_machines_run_functions_with_the_token(shared: Server, header: dict[str, str]) -> None:
    assert ran_by(shared, **ELSEWHERE, **header) == RUNNING


def test_this_machine_runs_functions_as_before(shared: Server) -> None:
    assert ran_by(shared) == RUNNING - {"/_emulator/invoke"}, "whose own token is asked for"


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"])
def test_what_a_proxy_brings_comes_from_elsewhere(shared: Server, name: str) -> None:
    answer = requests.post(shared.url + "/v1/functions/marked", json={}, headers={name: "x"}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "PERMISSION_DENIED")


@pytest.mark.parametrize("host", ["rebound.example", "emulator:8787", "192.0.2.7"])
def test_another_name_comes_from_elsewhere(shared: Server, host: str) -> None:
    """Else a page under a name that leads here would run functions: this machine's browser sends its requests."""
    for path in (
        "/v1/functions/marked",
        "/tcb/invokecloudfunction?access_token=mock://wx1&env=e&name=marked",
    ):
        answer = requests.post(shared.url + path, json={}, headers={"Host": host}, timeout=10)
        assert answer.status_code == 401, path
    named = requests.post(
        shared.url + "/v1/functions/marked", json={}, headers={"Host": "scf.tencentcloudapi.com"}, timeout=10
    )
    assert MARK in named.text


def test_a_neighbour_in_the_network_runs_no_function_whatever_it_says(shared: Server) -> None:
    """Asked over the machine's own address in the network, the peer is no loopback address."""
    address = own_address()
    if not address:
        pytest.skip("this machine has no address in a network; connect it to one")
    for host in (address, f"127.0.0.1:{shared.port}", "scf.tencentcloudapi.com"):
        answer = requests.post(
            f"http://{address}:{shared.port}/v1/functions/marked", json={}, headers={"Host": host}, timeout=10
        )
        assert answer.status_code == 401, host


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("192.0.2.7", 401),
        ("10.0.0.1", 401),
        ("::ffff:10.0.0.1", 401),
        ("::ffff:127.0.0.1", 200),
        ("::1", 200),
    ],
)
def test_the_peer_s_address_counts(shared: Server, peer: str, status: int) -> None:
    client = shared.app.test_client()
    answer = client.post("/v1/functions/marked", json={}, environ_overrides={"REMOTE_ADDR": peer})
    assert answer.status_code == status


def own_address() -> str:
    """Return an address of this machine that is not loopback, "" if there is none; nothing is sent."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
        try:
            asking.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(asking.getsockname()[0])


def test_functions_can_be_opened_for_every_machine(functions: Path) -> None:
    settings = Settings(host="0.0.0.0", port=0, recognizer=False, functions=functions, open_functions=True)
    with running(settings) as server:
        assert ran_by(server, **ELSEWHERE) == RUNNING - {"/_emulator/invoke"}


def test_behind_a_proxy_that_has_a_name_functions_need_the_token(functions: Path) -> None:
    settings = Settings(port=0, recognizer=False, functions=functions, server_names=("ocr.example.com",))
    with running(settings) as server:
        for headers, status in (({}, 200), ({"Host": "ocr.example.com"}, 401), (ELSEWHERE, 401)):
            answer = requests.post(server.url + "/v1/functions/marked", json={}, headers=headers, timeout=10)
            assert answer.status_code == status, headers


def test_functions_that_call_functions_go_on(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "index.py").write_text(f"def main(event, context):\n    return {MARK!r}\n", "utf-8")
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer" / "index.py").write_text(
        "import os, urllib.request\n"
        "def main(event, context):\n"
        "    url = os.environ['WXCLOUD_API_BASE'] + '/v1/functions/inner'\n"
        "    return urllib.request.urlopen(urllib.request.Request(url, b'{}'), timeout=3).read().decode()\n",
        "utf-8",
    )
    with running(Settings(host="0.0.0.0", port=0, recognizer=False, functions=tmp_path)) as server:
        answer = requests.post(server.url + "/v1/functions/outer", json={}, timeout=30)
    assert MARK in answer.text


@pytest.mark.parametrize(
    ("options", "said"),
    first(
        1,
        [
            (["--host", "0.0.0.0"], "for others with the control token"),
            (["--host", "0.0.0.0", "--open-functions"], "functions run for every machine"),
            (["--server-name", "ocr.example.com"], "for others with the control token"),
            ([], "stopped"),
        ],
    ),
    ids=["closed", "open", "proxy", "home"],
)
def test_serve_says_who_runs_functions(options: list[str], said: str) -> None:
    with served("--control-token", TOKEN, *options) as (process, _):
        text = stop_when_announced(process)
    assert said in text
    assert ("functions run for" in text) == bool(options)


def stop_when_announced(process: subprocess.Popen[str]) -> str:
    """Return everything that `serve` says until it is told to stop, which it is as soon as it has listed functions."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("functions in "):
            break
    return "".join(lines) + stop(process)


def test_no_route_runs_a_function_past_the_guard() -> None:
    """The runtime is asked through `runtime_for_request`, which asks the guard; a replay is the control side's own."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.parts[len(PACKAGE.parts)] != "runtime"
        and re.search(r"\bruntime\.invoke\(|invoke_for_wechat\([^)]*\bruntime,", path.read_text("utf-8"))
    }
    assert found == {"control/journal_replay.py"}
