"""The page Try in a real browser: a picture in by every way, what was read out, and the call to copy."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from PIL import Image
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from emulator.server import Server, running
from emulator.settings import Settings
from tests.emulator.console.browser import Browser

SPECIMENS = Path(__file__).parents[3] / "emulator" / "specimens"
CARD = SPECIMENS / "idcard-front.jpg"
TRUTH = json.loads(CARD.with_suffix(".json").read_text(encoding="utf-8"))
LONG = 60.0
SEEN = """
window.seen = []
const list = window.seen
new MutationObserver(() => list.push(document.getElementById('doing').textContent))
  .observe(document.getElementById('doing'), { childList: true, characterData: true, subtree: true })
"""


@pytest.fixture(scope="module")
def reading() -> Iterator[Server]:
    """An emulator that reads pictures, its engine loaded."""
    with running(Settings(port=0)) as server:
        assert server.emulator.recognizer is not None
        server.emulator.recognizer.warm()
        yield server


def answered(browser: Browser) -> None:
    browser.find("#result.answered", seconds=LONG)
    browser.find("#copies", seconds=LONG)


def read_specimen(browser: Browser, server: Server, name: str, **options: Any) -> None:
    browser.open(server.url + "/", **options)
    browser.click(f"[data-specimen={name}]")
    answered(browser)


def has_copied(browser: Browser, text: str) -> bool:
    return browser.clipboard() == text


def row(browser: Browser, path: str) -> str:
    return browser.text(f'#fields tr[data-path="{path}"]')


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


def test_both_forms_of_the_answer_stand_side_by_side(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "driving-front")
    body = {"specimen": "driving-front"}
    answer = requests.post(reading.url + "/_emulator/recognize", json=body, timeout=60).json()
    shown = {side: json.loads(browser.text(f"#{side}")) for side in ("wechat", "cloud")}
    assert shown == {side: answer[side] for side in ("wechat", "cloud")}
    assert list(shown["cloud"])[-2:] == ["errMsg", "errCode"]


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


def test_an_own_picture_is_masked_until_asked_for(browser: Browser, reading: Server, tmp_path: Path) -> None:
    picture = tmp_path / "mine.jpg"
    picture.write_bytes(CARD.read_bytes())
    browser.open(reading.url + "/")
    browser.drop("#drop", picture)
    answered(browser)
    assert TRUTH["name"] not in browser.text("body")
    assert TRUTH["id"] not in browser.run("return document.documentElement.textContent")
    assert "林**" in row(browser, "name")
    blurred = "return getComputedStyle(document.getElementById('shown')).filter"
    assert browser.run(blurred).startswith("blur")
    browser.click("#tabs [role=tab]", "Fixture")
    assert TRUTH["name"] not in browser.text("#snippet-text")
    browser.allow_clipboard()
    browser.click("#snippet-copy")
    browser.find(".toast", "real values")
    (fixture,) = yaml.safe_load(browser.clipboard())
    assert fixture["reply"]["name"] == TRUTH["name"]

    browser.click("#unveil")
    assert TRUTH["name"] in row(browser, "name")
    assert TRUTH["id"] in browser.text("#wechat")
    assert browser.run(blurred) == "none"
    assert browser.find("#personal").get_attribute("aria-checked") == "true"
    browser.driver.refresh()
    assert browser.find("#personal").get_attribute("aria-checked") == "true"
    browser.click("#personal")
    browser.driver.refresh()
    assert browser.find("#personal").get_attribute("aria-checked") == "false"


@pytest.mark.parametrize("orientation", [6, 3, 5])
def test_a_turned_photo_is_shown_upright_with_its_outlines(
    browser: Browser, reading: Server, tmp_path: Path, orientation: int
) -> None:
    turned = {6: Image.Transpose.ROTATE_90, 3: Image.Transpose.ROTATE_180, 5: Image.Transpose.TRANSPOSE}
    path = tmp_path / "turned.jpg"
    with Image.open(CARD) as picture:
        exif, size = picture.getexif(), picture.size
        exif[0x0112] = orientation
        picture.transpose(turned[orientation]).save(path, exif=exif, quality=92)
    browser.open(reading.url + "/")
    browser.click("#personal")
    browser.driver.find_element("css selector", "#file").send_keys(str(path))
    answered(browser)
    assert TRUTH["id"] in row(browser, "id")
    shape = browser.run(
        "const image = document.getElementById('shown');"
        "return [image.naturalWidth, image.naturalHeight, document.getElementById('quads').getAttribute('viewBox')]"
    )
    assert shape == [*size, "0 0 {} {}".format(*size)]
    box = browser.run(
        "return document.querySelector('#quads polygon[data-path=id]').getBBox().y / arguments[0]",
        size[1],
    )
    assert 0.65 < box < 0.85, "the number is in the lower part of the card"


def test_a_picture_can_be_pasted(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/")
    browser.click("#personal")
    browser.paste("body", SPECIMENS / "bankcard.jpg")
    answered(browser)
    truth = json.loads((SPECIMENS / "bankcard.json").read_text(encoding="utf-8"))
    assert truth["number"] in row(browser, "number")


def test_a_picture_can_be_photographed(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/")
    browser.click("#photograph")
    browser.find("#camera[open]")
    browser.wait(lambda: browser.run("return document.getElementById('video').videoWidth > 0"), "the camera")
    browser.choose("#method", "ocr.idcard")
    browser.click("#shoot")
    answered(browser)
    browser.gone("#camera")
    assert browser.text("#facts").startswith("photograph.jpg")
    assert "101001" in browser.text("#verdict"), "the camera of the tests shows no card"
    assert browser.run("return document.getElementById('video').srcObject === null"), "the camera is off"


def test_another_document_can_be_chosen(browser: Browser, reading: Server) -> None:
    read_specimen(browser, reading, "printed-text")
    browser.choose("#method", "ocr.idcard")
    browser.find("#verdict", "101001", seconds=LONG)
    assert browser.text("#reason")
    assert browser.text("#fields") == "No field was read."
    assert json.loads(browser.text("#cloud"))["errCode"] == 101001


def noise(path: Path, bytes_: int) -> Path:
    side = int((bytes_ / 3) ** 0.5) + 40
    data = random.Random(1).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), data).save(path, compress_level=0)
    return path


def test_a_picture_that_is_too_large_is_not_sent_but_may_be_made_smaller(
    browser: Browser, reading: Server, tmp_path: Path
) -> None:
    browser.open(reading.url + "/")
    browser.run(SENT)
    browser.drop("#drop", noise(tmp_path / "big.png", 2 * 1024 * 1024), "image/png")
    said = browser.text("#refused")
    assert "2 MB at most" in said
    assert "101002" in said
    assert browser.run("return window.sent") == 0
    browser.click("#refused button")
    browser.find("#result.answered", seconds=LONG)
    assert browser.text("#facts").startswith("big.jpg")
    assert not browser.find("#drop").find_elements("css selector", "#refused:not([hidden])")


SENT = """
window.sent = 0
const real = window.fetch
window.fetch = (...given) => { if (String(given[0]).includes('recognize')) window.sent += 1; return real(...given) }
"""


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("notes.txt", b"just a text, <img src=x onerror=alert(1)>", "is not a picture"),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture"),
        ("<b>bold</b>.jpg", b"<b>bold</b>", "“<b>bold</b>.jpg” is not a picture"),
        ("empty.jpg", b"", "is empty"),
        ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_before_it_is_sent(
    browser: Browser, server: Server, name: str, data: bytes, said: str
) -> None:
    browser.open(server.url + "/")
    browser.run(SENT)
    browser.run(DROP_BYTES, name, list(data))
    browser.find("#refused", said)
    assert browser.run("return window.sent") == 0
    assert browser.find("#refused").find_elements("css selector", "b, img") == []


DROP_BYTES = """
const transfer = new DataTransfer()
transfer.items.add(new File([new Uint8Array(arguments[1])], arguments[0]))
document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }))
"""


def test_a_dropped_text_changes_nothing(browser: Browser, server: Server) -> None:
    browser.open(server.url + "/")
    browser.run(
        "const transfer = new DataTransfer(); transfer.setData('text/plain', 'x');"
        "document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }))"
    )
    assert not browser.find("main").find_elements("css selector", "#result:not([hidden])")


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


def test_the_first_picture_says_that_the_model_is_being_loaded(browser: Browser) -> None:
    with running(Settings(port=0)) as cold:
        browser.open(cold.url + "/")
        browser.run(SEEN)
        browser.click("[data-specimen=platenum]")
        answered(browser)
        seen = browser.run("return window.seen")
        assert seen[0].startswith("Sending")
        assert any(sentence.startswith("Loading the model") for sentence in seen), seen
        browser.gone("#progress")


def test_reading_can_be_cancelled(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/")
    browser.run(
        "document.querySelector('[data-specimen=menu]').click();"
        "setTimeout(() => document.getElementById('cancel').click(), 20)"
    )
    browser.gone("#progress")
    assert browser.all("#result.answered") == []
    browser.click("[data-specimen=platenum]")
    answered(browser)
    assert "platenum" in browser.text("#facts")


def test_the_latest_picture_wins(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/")
    browser.run(
        "for (const name of ['menu', 'bizlicense', 'platenum'])"
        "  document.querySelector(`[data-specimen=${name}]`).click()"
    )
    answered(browser)
    assert browser.text("#facts").startswith("platenum.jpg")
    assert browser.all("#fields tr[data-path=number]")


def test_an_address_with_a_specimen_shows_it(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/?specimen=platenum")
    answered(browser)
    browser.open(reading.url + "/?specimen=<b>nonsense</b>")
    assert not browser.find("main").find_elements("css selector", "#result:not([hidden])")


def test_without_recognizer_the_page_says_so(browser: Browser, server: Server) -> None:
    browser.open(server.url + "/")
    assert "--no-recognizer" in browser.text("main")
    browser.expect("status of 400|status of 500")
    browser.click("[data-specimen=platenum]")
    browser.wait(lambda: browser.text("#result"), "an answer")
    browser.gone("#progress")
    assert browser.all("#fields tr[data-path=number]") == []


def test_an_emulator_that_is_gone_is_named(browser: Browser) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        browser.open(server.url + "/")
    browser.expect("ERR_CONNECTION_REFUSED|net::")
    browser.click("[data-specimen=platenum]")
    assert "cloudbase-ocr serve" in browser.text("#reason")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_window(browser: Browser, reading: Server, language: str, width: int) -> None:
    read_specimen(browser, reading, "driving-both", language=language, width=width)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    if language == "zh-CN":
        assert "识别结果" in browser.text("#result-title")
        assert "行驶证" in browser.text("#verdict")


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
