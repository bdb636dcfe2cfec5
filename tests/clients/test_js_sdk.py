"""The unmodified @cloudbase/js-sdk: 3.7 in Node, and 3.7, 2.32 and 1.8 in a headless Chromium."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cloudbase_ocr import specimens
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.clients.chromium import browser_at, bundle, run_page, site
from tests.clients.sdks import (
    SECONDS,
    Call,
    Outcome,
    chromium,
    js_sdk_input,
    missing,
    read_outcomes,
    run_js_sdk,
)

pytestmark = pytest.mark.check

PICTURE = Path(specimens.__file__).with_name("menu.jpg").read_bytes()
FILE_ID = "cloud://env-1.656e-env-1-1250000000/网页/a b.jpg"
CALLS = (
    Call("function", "callFunction", ({"name": "echo", "data": {"a": "值"}},)),
    Call("function fails", "callFunction", ({"name": "fails", "data": {}},)),
    Call("no function", "callFunction", ({"name": "absent", "data": {}},)),
    Call(
        "upload",
        "uploadFile",
        ({"cloudPath": "网页/a b.jpg", "filePath": {"$bytes": base64.b64encode(PICTURE).decode()}},),
    ),
    Call("url", "getTempFileURL", ({"fileList": [FILE_ID, "cloud://a.b/c"]},)),
    Call("delete", "deleteFile", ({"fileList": [FILE_ID]},)),
)
# name: (package, major version, options of init)
BROWSERS: dict[str, tuple[str, int, dict[str, str]]] = {
    "3.7 gateway": ("@cloudbase/js-sdk", 3, {}),
    "3.7 cloud api": ("@cloudbase/js-sdk", 3, {"endPointMode": "CLOUD_API"}),
    "2.32": ("js-sdk-2", 2, {}),
    "1.8": ("js-sdk-1", 1, {}),
}
# How each shows an error of callFunction, and the code of a function that raised.
ERRORS = {
    "3.7 gateway": ("thrown", "FUNCTION_INVOCATION_FAILED"),
    "3.7 cloud api": ("wrapped in the message", "FUNCTIONS_EXECUTE_FAIL"),
    "2.32": ("wrapped in the message", "FUNCTIONS_EXECUTE_FAIL"),
    "1.8": ("wrapped", "FUNCTIONS_EXECUTE_FAIL"),
}


def host_of(server: Server) -> str:
    return urlsplit(server.url).netloc


@pytest.fixture(scope="module")
def in_node(emulator: Server) -> dict[str, Outcome]:
    if reason := missing("@cloudbase/js-sdk"):
        pytest.skip(reason)
    return run_js_sdk("@cloudbase/js-sdk", host_of(emulator), CALLS)


def require_chromium(package: str) -> None:
    if reason := missing(package, "esbuild"):
        pytest.skip(reason)
    if chromium() is None:
        pytest.skip(needs.BROWSER)


@pytest.fixture(scope="module", params=list(BROWSERS))
def in_browser(
    request: pytest.FixtureRequest, emulator: Server, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    package, major, options = BROWSERS[request.param]
    require_chromium(package)
    folder = tmp_path_factory.mktemp("page")
    data = js_sdk_input(package, major, host_of(emulator), CALLS, options=options)
    return read_outcomes(run_page(bundle(package, folder), data, folder))


def check_calls(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["login"].result["uid"], outcomes["login"]
    assert outcomes["function"].result["result"] == {"a": "值"}
    assert outcomes["function"].result["requestId"]


def error_of(outcome: Outcome, form: str) -> tuple[str, str]:
    """Return the emulator's code and message, out of the form in which this SDK shows an error of callFunction."""
    if form == "returned":
        return outcome.result["code"], outcome.result["message"]
    assert outcome.error is not None, outcome.value
    if form == "thrown":
        assert outcome.failure["requestId"]
        return outcome.failure["code"], outcome.failure["message"]
    wrapped = outcome.failure if form == "wrapped" else json.loads(outcome.failure["message"])
    assert wrapped["code"] == "OPERATION_FAIL"
    code, _, message = (wrapped.get("message") or wrapped["msg"]).removeprefix("[").partition("] ")
    return code, message


def check_errors(outcomes: dict[str, Outcome], form: str, code: str) -> None:
    failed, message = error_of(outcomes["function fails"], form)
    assert failed == code
    assert message.endswith("ValueError: no picture in the event")
    absent, message = error_of(outcomes["no function"], form)
    assert (absent, message) == ("FUNCTION_NOT_FOUND", "FunctionName parameter could not be found.")


def check_files(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["upload"].result["fileID"] == FILE_ID
    found, absent = outcomes["url"].result["fileList"]
    assert (found["code"], absent["code"]) == ("SUCCESS", "STORAGE_FILE_NONEXIST")
    assert found["tempFileURL"].startswith("http://127.0.0.1:")
    assert [entry["code"] for entry in outcomes["delete"].result["fileList"]] == ["SUCCESS"]


def test_node(in_node: dict[str, Outcome]) -> None:
    check_calls(in_node)
    check_errors(in_node, "returned", "FUNCTION_INVOCATION_FAILED")
    check_files(in_node)


def test_browser(request: pytest.FixtureRequest, in_browser: dict[str, Outcome]) -> None:
    assert "page" not in in_browser, in_browser
    check_calls(in_browser)
    check_errors(in_browser, *ERRORS[request.node.callspec.params["in_browser"]])
    check_files(in_browser)


@pytest.mark.parametrize("options", [{}, {"endPointMode": "CLOUD_API"}], ids=["gateway", "cloud api"])
def test_custom_ticket(emulator: Server, options: dict[str, str]) -> None:
    if reason := missing("@cloudbase/js-sdk"):
        pytest.skip(reason)
    outcomes = run_js_sdk(
        "@cloudbase/js-sdk", host_of(emulator), CALLS[:1], login="ticket-of-user-1", options=options
    )
    # Made from the ticket, which is a secret and shows nowhere.
    assert re.fullmatch(r"[0-9a-f]{32}", outcomes["login"].result["uid"])
    assert outcomes["function"].result["result"] == {"a": "值"}


def test_without_login(emulator: Server) -> None:
    if reason := missing("@cloudbase/js-sdk"):
        pytest.skip(reason)
    outcomes = run_js_sdk("@cloudbase/js-sdk", host_of(emulator), CALLS[:1], login="")
    assert outcomes["function"].result["result"] == {"a": "值"}


@pytest.mark.parametrize("allowed", [False, True])
def test_a_page_of_another_origin_has_to_be_allowed(
    client_functions: Path, tmp_path: Path, allowed: bool
) -> None:
    require_chromium("@cloudbase/js-sdk")
    with site(bundle("@cloudbase/js-sdk", tmp_path)) as page:
        origin = page.origin("shop.example")
        origins = (origin,) if allowed else ()
        settings = Settings(port=0, functions=client_functions, recognizer=False, allow_origins=origins)
        with running(settings) as server:
            page.tell(js_sdk_input("@cloudbase/js-sdk", 3, host_of(server), CALLS[:1]))
            with browser_at(origin, tmp_path):
                outcomes = read_outcomes(page.outcomes.get(timeout=SECONDS))
    assert ("值" in (outcomes["function"].value or "")) == allowed, outcomes
