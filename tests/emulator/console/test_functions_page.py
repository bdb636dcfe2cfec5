"""The page Functions, at its first byte and in a browser."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from selenium.webdriver.common.keys import Keys

import wxcloud
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.emulator.console.browser import Browser

NAME, NUMBER = "欧阳发明", "990101199001011234"  # nobody's: no region has the code 990101

CODE = {
    "echo": """
        def main(event, context):
            print("read", event.get("name"))
            return event
    """,
    "fails": """
        def main(event, context):
            raise KeyError(event["name"])
    """,
    "oversteps": """
        import wxcloud as cloud

        @cloud.function
        def main(event, context):
            return cloud.openapi.ocr.bankcard({"imgUrl": "mock://bankcard"})
    """,
    "waits": """
        import pathlib
        import time

        def main(event, context):
            print("so far", flush=True)
            while not pathlib.Path(event["until"]).exists():
                time.sleep(0.01)
            return "done"
    """,
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An emulator with functions of the test's own."""
    folder = tmp_path_factory.mktemp("functions")
    for name, code in CODE.items():
        (folder / name).mkdir()
        (folder / name / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
        config = {"permissions": {"openapi": ["ocr.idcard"]}, "timeout": 30}
        (folder / name / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "old").mkdir()
    (folder / "old" / "index.php").write_text("", encoding="utf-8")
    (folder / "wxcloud").symlink_to(Path(str(wxcloud.__file__)).parent, target_is_directory=True)
    with running(Settings(port=0, recognizer=False, functions=folder)) as started:
        yield started


@pytest.fixture(autouse=True)
def as_after_a_start(own: Server) -> None:
    Control(own.emulator).reset()


def page_of(server: Server, path: str = "", language: str = "en") -> str:
    headers = {"Accept-Language": language}
    return requests.get(f"{server.url}/console/functions{path}", headers=headers, timeout=20).text


def open_function(browser: Browser, server: Server, name: str, **options: str) -> Browser:
    return browser.open(f"{server.url}/console/functions?name={name}", **options)  # type: ignore[arg-type]  # kinds differ


def test_the_first_byte_has_functions_permissions_and_reports(own: Server) -> None:
    Control(own.emulator)
    own.emulator.runtime.invoke("oversteps", {})
    html = page_of(own, "?name=oversteps")
    for name in (*CODE, "old"):
        assert f'data-name="{name}"' in html
    assert 'data-name="oversteps" aria-current="true"' in html
    assert "cannot run" in html
    assert "ocr.bankcard" in html
    assert "denied (-604101)" in html
    assert "Report RequestId: " in html
    assert "被拒绝（-604101）" in page_of(own, "?name=oversteps", "zh")


def test_a_function_that_cannot_run_says_why_and_has_no_form(own: Server) -> None:
    html = page_of(own, "?name=old")
    assert "written in PHP" in html
    assert 'id="call"' not in html


def test_logs_are_masked_at_the_first_byte(own: Server) -> None:
    own.emulator.runtime.invoke("echo", {"name": f"{NAME} {NUMBER}"})
    html = page_of(own, "?name=echo")
    assert "read" in html
    assert NAME not in html
    assert NUMBER not in html


def test_a_folder_without_functions_is_explained(tmp_path: Path) -> None:
    with running(Settings(port=0, recognizer=False, functions=tmp_path)) as server:
        assert "No functions found." in page_of(server)


def test_a_call_shows_result_report_and_log(browser: Browser, fresh: Server) -> None:
    open_function(browser, fresh, "idcard")
    browser.click("#send")
    browser.find("#result", '"errMsg": "cloud.callFunction:ok"')
    browser.find("#verdict", "billed")
    browser.find("#verdict", "cold start")
    assert '"name": "张三"' in browser.text("#result"), "a documented example shows nobody"
    browser.find("#log", "Report RequestId: ")
    browser.find("#permissions", "used")
    browser.find("#calls summary", "ocr.idcard")
    browser.find("#functions [aria-current] .report", "ok")
    browser.find("#instances", "1 idle")
    browser.find("#status", "idcard answered.")


def test_personal_data_is_shown_when_asked_for(browser: Browser, own: Server) -> None:
    open_function(browser, own, "echo")
    browser.fill("#event", json.dumps({"name": f"{NAME} {NUMBER}"}))
    browser.click("#send")
    browser.find("#log", f"{NAME[0]}*** {'*' * len(NUMBER)}")
    assert NUMBER not in browser.text("#result")
    browser.click("#personal")
    browser.find("#result", f"{NAME} {NUMBER}")
    browser.find("#log", f"read {NAME} {NUMBER}")
    browser.click("#personal")
    browser.gone("#result", NUMBER)
    browser.gone("#log", NUMBER)


def test_a_failure_is_told_as_the_mini_program_hears_it(browser: Browser, own: Server) -> None:
    open_function(browser, own, "fails")
    browser.fill("#event", json.dumps({"name": NUMBER}))
    browser.click("#send")
    browser.find("#result", '"errCode": -504002')
    browser.find("#verdict .bad", "-504002")
    browser.find("#log", "KeyError")
    assert NUMBER not in browser.text("main")
    browser.click("#calls summary")
    browser.find("#calls pre", "KeyError")


def test_what_is_printed_shows_while_the_function_runs(browser: Browser, own: Server, tmp_path: Path) -> None:
    until = tmp_path / "go on"
    open_function(browser, own, "waits")
    browser.fill("#event", json.dumps({"until": str(until)}))
    browser.click("#send")
    browser.find("#verdict", "running")
    browser.find("#log", "so far")
    until.touch()
    browser.find("#result", '"result":')
    browser.find("#log", "Report RequestId: ")


def test_the_difference_between_permitted_and_called(browser: Browser, own: Server) -> None:
    open_function(browser, own, "oversteps")
    assert browser.text("#permissions tbody").startswith("ocr.idcard yes 0 never called")
    browser.click("#send")
    browser.find("#permissions", "ocr.bankcard no 1 denied (-604101)")
    browser.find("#permissions", "Add it to permissions.openapi")
    browser.find("#verdict .bad", "-604101")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1,\n "b" 2}', "Line 2, column 6"),
        ("[1]", "The event must be an object"),
        ("", None),
        ('{"img": "@none.jpg"}', "This page has no picture none.jpg"),
        ("{}  <script>alert(1)</script>", "Line 1"),
    ],
)
def test_an_event_that_is_none_is_explained_beside_the_editor(
    browser: Browser, own: Server, text: str, problem: str | None
) -> None:
    open_function(browser, own, "echo")
    browser.fill("#event", text)
    browser.click("#send")
    if problem is None:
        browser.find("#result", "userInfo")
        return
    browser.find("#event-error", problem)
    assert browser.focused().get_attribute("id") == "event"
    assert browser.focused().get_attribute("aria-invalid") == "true"
    assert not browser.find("#send").get_attribute("aria-busy")
    browser.fill("#event", "{}")
    browser.gone("#event-error")
    assert browser.focused().get_attribute("aria-invalid") is None


def test_examples_and_the_keyboard(browser: Browser, fresh: Server) -> None:
    open_function(browser, fresh, "idcard")
    browser.all("#example option")[1].click()
    browser.find("#event").click()
    browser.press(Keys.CONTROL, Keys.ENTER)
    browser.find("#result", '"type": "Back"')


def test_the_caller_is_who_the_page_says(browser: Browser, own: Server) -> None:
    open_function(browser, own, "echo")
    browser.click(".who summary")
    browser.fill("#openid", "o-somebody")
    browser.fill("#unionid", "u-somebody")
    browser.click("#personal")
    browser.click("#send")
    browser.find("#result", '"openId": "o-somebody"')
    browser.find("#result", '"unionId": "u-somebody"')
    assert browser.text("#who-now") == "o-somebody"
    browser.expect("status of 400")
    browser.fill("#openid", "o;x")
    browser.click("#send")
    browser.find("#alert", "openid may hold letters")


@pytest.mark.parametrize(("how", "key"), [("fileID", "fileID"), ("img", "img")])
def test_a_specimen_gets_into_the_event(browser: Browser, own: Server, how: str, key: str) -> None:
    specimen = SPECIMENS[0]
    open_function(browser, own, "echo")
    browser.wait(lambda: browser.all(f"#specimen option[value='{specimen.name}']"), "the specimens")
    browser.choose("#specimen", specimen.name)
    browser.choose("#as", how)
    browser.click("#put")
    browser.find("#status", f"Inserted {specimen.name}.jpg.")
    event = json.loads(browser.run("return document.getElementById('event').value"))
    assert list(event) == [key]
    browser.click("#send")
    browser.find("#verdict", "billed")
    sent = Control(own.emulator).journal.show("latest").children[0]["request"][key]
    if how == "img":
        assert event["img"] == f"@{specimen.name}.jpg"
        assert sent.startswith("<")
    else:
        assert sent.startswith("c")
        stored = own.emulator.files.download_url(own.url, event["fileID"], 60)
        assert requests.get(stored, timeout=20).content == specimen.picture


def test_a_picture_of_ones_own_gets_into_the_event(browser: Browser, own: Server, tmp_path: Path) -> None:
    picture = tmp_path / "karte 1.jpg"
    picture.write_bytes(SPECIMENS[0].picture)
    open_function(browser, own, "echo")
    browser.choose("#as", "img")
    browser.run("document.getElementById('file').hidden = false")
    browser.find("#file").send_keys(str(picture))
    browser.find("#status", "Inserted")
    browser.click("#send")
    browser.find("#verdict", "billed")
    sent = Control(own.emulator).journal.show("latest").children[0]["request"]["img"]
    assert sent == f"<{4 * -(-len(SPECIMENS[0].picture) // 3)} characters>"


def test_a_picture_overwrites_nothing_that_is_not_understood(browser: Browser, own: Server) -> None:
    open_function(browser, own, "echo")
    browser.wait(lambda: browser.all("#specimen option[value='menu']"), "the specimens")
    browser.click("#put")
    browser.find("#alert", "Choose a sample first.")
    browser.choose("#specimen", "menu")
    browser.fill("#event", '{"mine": ')
    browser.click("#put")
    browser.find("#event-error", "Line 1, column 10")
    assert browser.run("return document.getElementById('event').value") == '{"mine": '


def test_script_in_event_and_answer_stays_text(browser: Browser, own: Server) -> None:
    attack = "<img src=x onerror=document.title='owned'>"
    open_function(browser, own, "echo")
    browser.click("#personal")
    browser.fill("#event", json.dumps({"name": attack}))
    browser.click("#send")
    browser.find("#result", attack)
    browser.find("#log", attack)
    assert browser.driver.title == "Functions · cloudbase-ocr"


def test_a_fault_is_in_the_banner_and_in_the_next_call(browser: Browser, fresh: Server) -> None:
    browser.open(fresh.url + "/console/control")
    browser.click("#fault-busy")
    browser.find("#banner", "faults: 1 (errcode -1)")
    browser.click("nav a", "Functions")
    browser.find("#banner", "faults: 1 (errcode -1)")
    open_function(browser, fresh, "idcard")
    browser.click("#send")
    browser.find("#result", '"errCode": -1')
    browser.find("#verdict .bad", "-1")


def test_a_page_without_an_emulator_says_so(browser: Browser) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        open_function(browser, server, "idcard")
    browser.expect("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET")
    browser.click("#send")
    browser.find("#alert", "The emulator is not responding.")


def test_the_page_in_chinese_on_a_phone(browser: Browser, fresh: Server) -> None:
    browser.open(f"{fresh.url}/console/functions?name=idcard", language="zh-CN", width=390)
    browser.click("#send", "调用 idcard")
    browser.find("#verdict", "计费")
    assert browser.run("return document.documentElement.scrollWidth") <= 390
