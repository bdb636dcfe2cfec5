"""The page Control and the banner of every page, at their first byte and in a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from selenium.webdriver.common.keys import Keys

from cloudbase_ocr.app import create_app
from cloudbase_ocr.console.presets import FAULTS, SCENARIOS, FaultPreset
from cloudbase_ocr.console.texts import Texts
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.emulator import emulator_of
from cloudbase_ocr.state.faults import KINDS
from tests.emulator.console.browser import Browser

PAGES = (
    "/",
    "/console/functions",
    "/console/journal",
    "/console/data",
    "/console/control",
    "/console/connect",
)
CONTROL = "/console/control"
APPID = Settings().appid


@pytest.fixture
def control(fresh: Server) -> Iterator[Control]:
    control = Control(fresh.emulator)
    yield control
    control.reset()


def page_of(server: Server, path: str = CONTROL, language: str = "en") -> str:
    reply = requests.get(server.url + path, headers={"Accept-Language": language}, timeout=20)
    return html.unescape(reply.text)


def ask(server: Server) -> Any:
    query = {"access_token": f"mock://{APPID}", "img_url": "mock://idcard"}
    return requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=20).json()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_at_its_first_byte_what_is_turned(fresh: Server, control: Control, path: str) -> None:
    assert re.search(r'id="banner"[^>]* hidden>', page_of(fresh, path))
    control.fault("latency", ms=5)
    control.clock.freeze("2025-01-31T08:00:00")
    page = page_of(fresh, path)
    assert not re.search(r'id="banner"[^>]* hidden>', page)
    assert '<a href="/console/control#faults">faults: 1 (latency 5 ms)</a>' in page
    assert '<a href="/console/control#clock">clock paused at 2025-01-31 08:00:00</a>' in page
    assert "故障：1（latency 5 ms）" in page_of(fresh, path, "zh")


def test_the_first_byte_has_what_is_in_force(fresh: Server, control: Control) -> None:
    control.fault(**FAULTS[0].body)
    control.fault("crash", function="idcard", nth=[2, 3], appid="wx1", probability=0.5)
    control.scenario("ocr.idcard", [-1, "success"], name="mine")
    control.fixture("idcard/mine", {"name": "甲"})
    control.quota.exhaust(APPID, "ocr.menu")
    query = {"grant_type": "client_credential", "appid": "wx1", "secret": "any"}
    token = requests.get(fresh.url + "/cgi-bin/token", params=query, timeout=20).json()["access_token"]
    page = page_of(fresh)
    assert re.search(r'id="fault-busy" aria-checked="true"', page)
    assert re.search(r'id="fault-slow" aria-checked="false"', page)
    assert "errcode -1 · wechat /cv/ocr/*" in page
    assert "function idcard · appid wx1 · nth 2,3 · probability 0.5" in page
    assert "0 of 2 replies given" in page
    assert "idcard/mine. A reset restores" in page
    assert "100 of 100" in page
    assert token[:5] + "…" in page
    assert token[:12] not in page


def test_an_account_that_nobody_knows_is_not_repeated(fresh: Server, control: Control) -> None:
    page = page_of(fresh, CONTROL + "?appid=wx<script>")
    assert "wx<script>" not in page
    assert f'id="account" name="appid" value="{APPID}"' in page


def test_a_clock_of_the_owner_is_left_alone() -> None:
    app = create_app(Settings(recognizer=False), clock=ManualClock(5.0))
    page = app.test_client().get(CONTROL, headers={"Host": "127.0.0.1"}).text
    assert "started with a clock of its own" in page
    assert 'id="clock-now"' not in page
    emulator_of(app).close()


@pytest.mark.parametrize("preset", FAULTS, ids=lambda preset: preset.key)
def test_a_ready_made_fault_is_found_again_among_those_in_force(
    preset: FaultPreset, control: Control
) -> None:
    control.fault("reset", method="/cv/ocr/*", appid="wx1")
    assert preset.found(control.faults.list().faults) == ""
    added = control.fault(**preset.body)
    faults = control.faults.list().faults
    assert preset.found(faults) == added.id
    assert [other.key for other in FAULTS if other.found(faults)] == [preset.key]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_type_of_fault_and_each_of_its_parameters_has_a_text(language: str) -> None:
    texts = Texts()
    for kind in KINDS.values():
        assert texts.get(language, f"control.type_{kind.name}")
        for name in kind.options:
            assert texts.get(language, f"control.param_{name}")
    for preset in FAULTS:
        assert texts.get(language, f"control.fault_{preset.key}")
        assert texts.get(language, f"control.why_{preset.key}")
    for scenario in SCENARIOS:
        assert texts.get(language, f"control.scenario_{scenario.key}")


def test_the_clock_is_turned_stopped_set_and_brought_back(
    browser: Browser, fresh: Server, control: Control
) -> None:
    browser.open(fresh.url + CONTROL)
    browser.find("#clock-offset", "Same as system time.")
    browser.click("[data-advance='7260']")
    browser.find("#clock-offset", "2 h 1 min ahead")
    browser.find("#banner", "clock set to ")
    assert control.clock.get().offset == pytest.approx(7260, abs=1)
    browser.click("#clock-frozen")
    browser.find("#clock-frozen[aria-checked=true]")
    browser.find("#banner", "clock paused at")
    browser.run("document.getElementById('clock-time').value = '2030-01-31T23:59:58'")
    browser.click("#clock-set button")
    browser.find("#clock-now", "2030-01-31 23:59:58")
    browser.click("[data-advance='midnight']")
    browser.find("#clock-now", "2030-02-01 00:00:00")
    browser.fill("#clock-amount", "2.5")
    browser.choose("#clock-unit", "hours")
    browser.click("#clock-advance button")
    browser.find("#clock-now", "2030-02-01 02:30:00")
    browser.click("#clock-reset")
    browser.gone("#banner")
    assert not control.clock.get().frozen


def test_a_clock_that_runs_is_seen_to_run(browser: Browser, fresh: Server, control: Control) -> None:
    browser.open(fresh.url + CONTROL)
    first = browser.text("#clock-now")
    browser.wait(lambda: browser.text("#clock-now") > first, "the next second")


def test_a_wrong_time_is_refused_in_words(browser: Browser, fresh: Server, control: Control) -> None:
    browser.expect("status of 400")
    browser.open(fresh.url + CONTROL)
    browser.run("document.getElementById('clock-time').value = ''")
    browser.click("#clock-set button")
    browser.find("#alert", "time: '' is none")


def test_tokens_are_listed_and_ended(browser: Browser, fresh: Server, control: Control) -> None:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": "any"}
    token = requests.get(fresh.url + "/cgi-bin/token", params=query, timeout=20).json()["access_token"]
    browser.open(fresh.url + CONTROL)
    line = browser.find("#tokens-list", APPID).text
    assert token[:5] in line
    assert token[:9] not in browser.run("return document.documentElement.outerHTML")
    browser.click("#tokens-expire")
    browser.find("#tokens-list", "expired")
    browser.find("#banner", f"tokens revoked or expired: 1 ({APPID})")
    query = {"access_token": token, "img_url": "mock://idcard"}
    reply = requests.post(fresh.url + "/cv/ocr/idcard", params=query, timeout=20).json()
    assert reply["errcode"] == 42001


def test_quotas_are_set_used_up_and_brought_back(browser: Browser, fresh: Server, control: Control) -> None:
    row = "#quota-list [data-method='ocr.idcard']"
    browser.open(fresh.url + CONTROL)
    ask(fresh)
    browser.click("#quota-account button[type=submit]")
    browser.find(row, "1 of 100")
    browser.fill(row + " input", "1")
    browser.click(row + " [data-act=set]")
    browser.find(row, "used up")
    browser.find("#banner", "quotas changed or used up: 1")
    assert ask(fresh)["errcode"] == 101003
    browser.click("#quota-clear")
    browser.find(row, "0 of 100")
    assert ask(fresh)["errcode"] == 0
    browser.click("#quota-exhaust")
    browser.find("#quota-list [data-method='ocr.menu']", "used up")
    browser.click("#quota-list [data-method='/cgi-bin/token'] [data-act=exhaust]")
    browser.find("#quota-list [data-method='/cgi-bin/token']", "used up")
    browser.fill("#account", "wx-other")
    browser.click("#quota-account button[type=submit]")
    browser.find(row, "0 of 100")


def test_a_switch_turns_a_fault_on_and_off(browser: Browser, fresh: Server, control: Control) -> None:
    browser.open(fresh.url + CONTROL)
    browser.click("#fault-used_up")
    browser.find("#fault-used_up[aria-checked=true]")
    browser.find("#faults-list", "errcode 101003 · wechat /cv/ocr/*")
    assert ask(fresh)["errcode"] == 101003
    browser.find("#faults-list", "hit 1 of 1 calls")
    browser.click("#fault-used_up")
    browser.find("#fault-used_up[aria-checked=false]")
    browser.gone("#banner")
    assert control.faults.list().faults == []


def test_switches_work_by_keyboard_and_follow_what_others_do(
    browser: Browser, fresh: Server, control: Control
) -> None:
    browser.open(fresh.url + CONTROL)
    browser.run("document.getElementById('fault-busy').focus()")
    browser.press(Keys.SPACE)
    browser.find("#fault-busy[aria-checked=true]")
    assert browser.focused().get_attribute("id") == "fault-busy"
    control.faults.clear()
    control.fault(**FAULTS[2].body)
    browser.find("#fault-slow[aria-checked=true]")
    browser.find("#fault-busy[aria-checked=false]")


def test_the_form_takes_any_fault_and_shows_what_a_type_takes(
    browser: Browser, fresh: Server, control: Control
) -> None:
    browser.expect("status of 400")
    browser.open(fresh.url + CONTROL)
    browser.click("#any-fault summary")
    assert not browser.all("#fault-ms")[0].is_displayed()
    browser.click("#fault-form button[type=submit]")
    browser.find("#fault-problem", "errcode")
    assert browser.focused().get_attribute("id") == "fault-errcode"
    browser.fill("#fault-errcode", "many")
    browser.click("#fault-form button[type=submit]")
    browser.find("#fault-problem", "errcode: must be of type integer")
    browser.choose("#fault-type", "latency")
    browser.find("#fault-ms")
    assert not browser.all("#fault-errcode")[0].is_displayed()
    browser.fill("#fault-ms", "12.5")
    browser.fill("#fault-nth", "1, 3")
    browser.fill("#fault-method", "ocr.menu")
    browser.fill("#fault-appid", "wx1")
    browser.click("#fault-form button[type=submit]")
    browser.find("#faults-list", "ms 12.5 · wechat ocr.menu · appid wx1 · nth 1,3")
    (fault,) = control.faults.list().faults
    assert (fault.type, fault.ms, fault.nth, fault.appid) == ("latency", 12.5, (1, 3), "wx1")
    browser.click("#faults-list button", "Remove")
    browser.find("#faults-list", "None. Turn on a switch")
    assert browser.focused().get_attribute("id") == "faults-title"


@pytest.mark.parametrize("kind", [*KINDS])
def test_the_form_can_be_filled_in_for_every_type(
    browser: Browser, fresh: Server, control: Control, kind: str
) -> None:
    browser.open(fresh.url + CONTROL)
    browser.click("#any-fault summary")
    browser.choose("#fault-type", kind)
    for field in browser.all("#fault-form input[required]"):
        assert field.is_displayed()
        field.send_keys("-1" if field.get_attribute("name") == "errcode" else "5")
    browser.click("#fault-form button[type=submit]")
    browser.find("#faults-list .badge", kind)
    assert [fault.type for fault in control.faults.list().faults] == [kind]


def test_a_scenario_is_a_switch_for_the_method_that_is_chosen(
    browser: Browser, fresh: Server, control: Control
) -> None:
    browser.open(fresh.url + CONTROL)
    browser.choose("#preset-method", "ocr.menu")
    browser.click("#scenario-unreadable")
    browser.find("#scenario-unreadable[aria-checked=true]")
    browser.choose("#preset-method", "ocr.idcard")
    browser.find("#scenario-unreadable[aria-checked=false]")
    browser.click("#scenario-fails_twice")
    browser.find("#scenarios-list", "0 of 3 replies given")
    assert [ask(fresh)["errcode"] for _ in range(4)] == [-1, -1, 0, 0]
    browser.find("#scenarios-list", "3 of 3 replies given")
    browser.find("#scenario-fails_twice[aria-checked=false]")
    browser.find("#banner", "scenarios: 1 (unreadable ocr.menu)")
    browser.choose("#preset-method", "ocr.menu")
    browser.click("#scenario-unreadable")
    browser.gone("#banner")


def test_the_form_takes_any_scenario(browser: Browser, fresh: Server, control: Control) -> None:
    browser.expect("status of 400")
    browser.open(fresh.url + CONTROL)
    browser.click("#any-scenario summary")
    browser.fill("#scenario-answers", '-1\n\n{"name": "甲"}\nidcard/back')
    browser.fill("#scenario-name", "mine <b>")
    browser.choose("#scenario-after", "repeat")
    browser.click("#scenario-form button[type=submit]")
    browser.find("#scenarios-list", "mine <b>")
    (scenario,) = control.scenarios.list().scenarios
    error, changed, back = scenario.answers
    assert (error, changed["name"], back) == (-1, "甲", "idcard/back")
    browser.find("#scenarios-list", "-1, {type, name, …}, idcard/back")
    assert scenario.after == "repeat"
    browser.fill("#scenario-answers", "nonsense")
    browser.click("#scenario-form button[type=submit]")
    browser.find("#scenario-problem", "nonsense")
    assert browser.focused().get_attribute("id") == "scenario-answers"
    browser.click("#scenarios-list button", "Remove")
    browser.find("#scenarios-list", "None. Turn on a switch")


def test_reset_asks_first_and_brings_back_everything(
    browser: Browser, fresh: Server, control: Control
) -> None:
    control.fault(errcode=-1)
    control.clock.freeze()
    browser.open(fresh.url + CONTROL)
    browser.click("#reset")
    browser.find("#reset-dialog", "This cannot be undone.")
    browser.press(Keys.ESCAPE)
    browser.gone("#reset-dialog")
    assert len(control.faults.list().faults) == 1
    browser.click("#reset")
    browser.click("#reset-yes")
    browser.find("#status", "Everything was reset.")
    browser.gone("#banner")
    assert control.overview().turned == []
    browser.find("#faults-list", "None. Turn on a switch")


@pytest.mark.parametrize("path", PAGES)
def test_the_banner_is_drawn_again_on_every_page(
    browser: Browser, fresh: Server, control: Control, path: str
) -> None:
    browser.open(fresh.url + path)
    assert not browser.all("#banner")[0].is_displayed()
    control.fault("html")
    browser.run("document.dispatchEvent(new Event('turned'))")
    browser.find("#banner a[href='/console/control#faults']", "faults: 1 (html 502)")


def test_the_banner_follows_what_others_turn(browser: Browser, fresh: Server, control: Control) -> None:
    browser.open(fresh.url)
    control.fault("html")
    browser.find("#banner", "faults: 1 (html 502)")


def test_control_in_chinese_on_a_phone(browser: Browser, fresh: Server, control: Control) -> None:
    browser.open(fresh.url + CONTROL, language="zh-CN", width=390, scheme="dark")
    browser.click("#fault-busy", "微信系统繁忙")
    browser.find("#banner", "故障：1（errcode -1）")
    assert browser.run("return document.documentElement.scrollWidth") <= 390
