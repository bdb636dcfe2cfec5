"""The page Try in a real browser: what was read from a specimen, both forms of the answer, and the call to copy."""

from __future__ import annotations

import json
from functools import partial

import pytest
import requests
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from cloudbase_ocr.server import Server
from tests.emulator.console.browser import Browser
from tests.emulator.console.trying import LONG, TRUTH, answered, has_copied, read_specimen, row


def lit(browser: Browser, css: str) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.dataset.path)"
    return list(browser.run(script, f"{css}.lit"))


def test_a_specimen_shows_its_fields_beside_their_places(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "idcard-front")
    for path in ("name", "id", "addr", "birth"):
        assert TRUTH[path] in row(browser, path)
        assert browser.all(f'#quads polygon[data-path="{path}"]')
    assert "✓ check digit" in row(browser, "id")
    assert "%" in row(browser, "name")
    assert "ID card" in browser.text("#verdict")
    assert browser.run("return new URL(location).searchParams.get('specimen')") == "idcard-front"
    sizes = browser.run("return [...document.querySelectorAll('#fields canvas')].map((one) => one.width)")
    assert len(sizes) >= 6
    assert min(sizes) > 5
    assert browser.run("return document.getElementById('quads').getAttribute('viewBox')") == "0 0 1280 960"
    assert browser.all("#times span")
    assert "decode" in browser.text("#legend")


def test_crops_show_what_is_inside_the_outline(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "platenum")
    colour = """
        const canvas = document.querySelector('#fields tr[data-path="number"] canvas')
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        const sum = [0, 0, 0]
        data.forEach((value, place) => place % 4 < 3 && (sum[place % 4] += value))
        return sum.map((value) => value / data.length * 4)"""
    red, _, blue = browser.run(colour)
    assert blue > red + 40, "a blue plate gives a blue crop"


def test_a_picture_can_be_enlarged_with_its_outlines(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "platenum")
    size = "return ['shown', 'quads'].map((id) => document.getElementById(id).getBoundingClientRect().width)"
    small = browser.run(size)
    browser.click("#enlarge")
    large = browser.run(size)
    assert large[0] > 2 * small[0]
    assert abs(large[0] - large[1]) < 1
    assert browser.find("#enlarge").get_attribute("aria-pressed") == "true"
    browser.click("#enlarge")
    assert browser.run(size) == small


def test_both_forms_of_the_answer_stand_side_by_side(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "driving-front")
    body = {"specimen": "driving-front"}
    answer = requests.post(reading.url + "/_emulator/recognize", json=body, timeout=60).json()
    shown = {side: json.loads(browser.text(f"#{side}")) for side in ("wechat", "cloud")}
    assert shown == {side: answer[side] for side in ("wechat", "cloud")}
    assert list(shown["cloud"])[-2:] == ["errMsg", "errCode"]


def test_a_switch_shows_the_reply_of_the_service_market_and_its_snippets(
    browser: Browser, reading: Server
) -> None:
    read_specimen(browser, reading, "idcard-front")
    asked = {"specimen": "idcard-front"}
    answer = requests.post(reading.url + "/_emulator/recognize", json=asked, timeout=60).json()
    assert json.loads(browser.text("#wechat")) == answer["wechat"]
    browser.allow_clipboard()
    browser.click("#tabs [role=tab]", "pytest")

    browser.click("#in-market")
    assert browser.find("#in-market").get_attribute("aria-pressed") == "true"
    shown = json.loads(browser.text("#wechat"))
    assert shown == answer["market"]
    assert json.loads(shown["data"])["idcard_res"]["name"]["text"] == TRUTH["name"]
    assert json.loads(browser.text("#cloud")) == answer["cloud"]
    browser.find("#tabs [role=tab]", "Node.js")
    assert [tab.text for tab in browser.all("#tabs [role=tab]")] == ["curl", "Python (wxcloud)", "Node.js"]
    assert "/wxa/servicemarket" in browser.text("#snippet-text")
    browser.click("[data-copy=wechat]")
    browser.wait(lambda: "idcard_res" in browser.clipboard(), "the copy")
    assert json.loads(browser.clipboard()) == answer["market"]

    browser.click("#in-market")
    assert browser.find("#in-market").get_attribute("aria-pressed") == "false"
    assert json.loads(browser.text("#wechat")) == answer["wechat"]
    browser.find("#tabs [role=tab]", "Mini-program")


def test_a_menu_has_no_reply_of_the_service_market(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "platenum")
    browser.click("#in-market")
    assert "plate_num_res" in browser.text("#wechat")
    browser.click("[data-specimen=menu]")
    browser.find("#verdict", "Menu", seconds=LONG)
    browser.gone("#in-market")
    assert "menu_items" in json.loads(browser.text("#wechat"))["content"]
    browser.find("#tabs [role=tab]", "pytest")


def test_a_field_lights_up_everywhere(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "driving-front")
    browser.run("document.querySelector('#fields tr[data-path=plate_num]').focus()")
    for css in ("#quads polygon", "#wechat li", "#cloud li", "#fields tr"):
        assert lit(browser, css) == ["plate_num"], css
    assert '"plateNum"' in browser.text("#cloud li.lit")
    ActionChains(browser.driver).move_to_element(browser.find('#cloud li[data-path="vin"]')).perform()
    assert lit(browser, "#wechat li") == ["vin"]
    assert lit(browser, "#fields tr") == ["vin"]


def test_places_inside_lists_light_up_their_text(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "printed-text")
    browser.run("document.querySelector('#wechat li[data-path=\"items[1].pos.left_top\"]').focus()")
    assert lit(browser, "#quads polygon") == ["items[1].text"]
    assert lit(browser, "#fields tr") == ["items[1].text"]
    assert "items[1].pos.left_top" in lit(browser, "#cloud li")


def test_json_is_walked_with_the_arrow_keys(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "platenum")
    browser.run("document.querySelector('#wechat li').focus()")
    browser.press(Keys.ARROW_DOWN)
    assert '"errcode": 0' in browser.focused().text
    browser.press(Keys.END)
    assert browser.focused().text == "}"
    stops = browser.run("return document.querySelectorAll('#wechat li[tabindex=\"0\"]').length")
    assert stops == 1


def test_another_document_can_be_chosen(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "printed-text")
    browser.choose("#method", "ocr.idcard")
    browser.find("#verdict", "101001", seconds=LONG)
    assert browser.text("#reason")
    assert browser.text("#fields") == "No fields recognized."
    assert json.loads(browser.text("#cloud"))["errCode"] == 101001


def test_snippets_are_copied_as_they_are_shown(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "idcard-front")
    browser.allow_clipboard()
    tabs = [tab.text for tab in browser.all("#tabs [role=tab]")]
    assert tabs == ["curl", "Python (wxcloud)", "Mini-program", "Fixture", "pytest"]
    for number, tab in enumerate(tabs):
        if number:
            browser.press(Keys.ARROW_RIGHT)
        else:
            browser.click("#tabs [role=tab]", tab)
        assert browser.focused().text == tab
        assert browser.focused().get_attribute("aria-selected") == "true"
        browser.run("document.getElementById('snippet-copy').click()")
        shown = browser.run("return document.getElementById('snippet-text').textContent")
        browser.wait(partial(has_copied, browser, shown), f"the copy of {tab}")
    assert "ocr_emulator" in browser.text("#snippet-text")


def test_json_is_copied_whole(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "platenum")
    browser.allow_clipboard()
    browser.click("[data-copy=cloud]")
    browser.wait(lambda: "number" in browser.clipboard(), "the copy")
    assert json.loads(browser.clipboard()) == json.loads(browser.text("#cloud"))


def test_where_there_is_no_clipboard_of_today_copying_works_too(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "platenum")
    browser.allow_clipboard()
    browser.run(
        "window.kept = navigator.clipboard;"
        "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
    )
    browser.click("[data-copy=cloud]")
    browser.find(".toast", "Copied")
    browser.run("Object.defineProperty(navigator, 'clipboard', { value: window.kept })")
    assert json.loads(browser.clipboard()) == json.loads(browser.text("#cloud"))


def test_an_address_with_a_specimen_shows_it(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/?specimen=platenum")
    answered(browser)
    browser.open(reading.url + "/?specimen=<b>nonsense</b>")
    assert not browser.find("main").find_elements("css selector", "#result:not([hidden])")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_window(browser: Browser, reading: Server, language: str, width: int) -> None:
    read_specimen(browser, reading, "idcard-front", language=language, width=width)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    if language == "zh-CN":
        assert "识别结果" in browser.text("#result-title")
        assert "身份证" in browser.text("#verdict")


def test_colours_are_switched_and_remembered(browser: Browser, server: Server) -> None:
    browser.open(server.url + "/", scheme="light")
    paper = "return getComputedStyle(document.body).backgroundColor"
    light = browser.run(paper)
    choose_colours(browser, "dark")
    dark = browser.run(paper)
    assert dark != light
    browser.driver.refresh()
    assert browser.run(paper) == dark
    choose_colours(browser, "auto")
    assert browser.run(paper) == light


def choose_colours(browser: Browser, theme: str) -> None:
    """Press the button until it says so; before its script has run nothing happens."""

    def is_chosen() -> bool:
        if browser.run("return document.documentElement.dataset.theme") != theme:
            browser.find("#theme").click()
        return bool(browser.run("return document.documentElement.dataset.theme") == theme)

    browser.wait(is_chosen, theme)


def test_it_works_with_the_keyboard_alone(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/")
    browser.cdp("Emulation.setFocusEmulationEnabled", enabled=True)
    browser.press(Keys.TAB)
    assert browser.focused().text == "Skip to content"
    browser.press(Keys.ENTER)
    for _ in range(12):
        browser.press(Keys.TAB)
        if browser.focused().get_attribute("data-specimen"):
            break
    assert browser.focused().get_attribute("data-specimen") == "idcard-front"
    browser.press(Keys.ENTER)
    answered(browser)
