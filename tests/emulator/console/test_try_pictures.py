"""The ways of a picture into the page Try, what is refused before it is sent, and what is said while it is read."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import yaml
from PIL import Image

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.bench.ocr.specimens.truths import truth_of
from tests.emulator.console.browser import Browser
from tests.emulator.console.trying import (
    ANSWERED,
    CARD,
    HEIC,
    LONG,
    SPECIMENS,
    TRUTH,
    answer_for,
    answered,
    row,
)

SEEN = """
window.seen = []
const list = window.seen
new MutationObserver(() => list.push(document.getElementById('doing').textContent))
  .observe(document.getElementById('doing'), { childList: true, characterData: true, subtree: true })
"""


def test_an_own_picture_is_masked_until_asked_for(browser: Browser, reading: Server, tmp_path: Path) -> None:
    picture = tmp_path / "mine.jpg"
    picture.write_bytes(CARD.read_bytes())
    browser.open(reading.url + "/")
    browser.drop("#drop", picture)
    answered(browser)
    assert TRUTH["name"] not in browser.text("body")
    markup = browser.run("return document.documentElement.outerHTML")
    for value in (TRUTH["id"], TRUTH["addr"], TRUTH["birth"]):  # not in a tooltip either
        assert value not in markup
    assert "林**" in row(browser, "name")
    blurred = "return getComputedStyle(document.getElementById('shown')).filter"
    assert browser.run(blurred).startswith("blur")
    browser.click("#tabs [role=tab]", "Fixture")
    assert TRUTH["name"] not in browser.text("#snippet-text")
    browser.click("#in-market")
    assert json.loads(browser.text("#wechat"))["data"].strip("*") == "{"
    markup = browser.run("return document.documentElement.outerHTML")
    assert not [value for value in (TRUTH["name"], TRUTH["id"]) if value in markup]
    browser.click("#in-market")
    browser.click("#tabs [role=tab]", "Fixture")
    browser.allow_clipboard()
    browser.click("#snippet-copy")
    browser.find(".toast", "real values")
    (fixture,) = yaml.safe_load(browser.clipboard())
    assert fixture["reply"]["name"] == TRUTH["name"]

    browser.find("#keep-veil")
    browser.click("#unveil")
    browser.gone("#veil")
    assert TRUTH["name"] in row(browser, "name")
    assert TRUTH["id"] in browser.text("#wechat")
    assert browser.run(blurred) == "none"
    assert browser.find("#personal").get_attribute("aria-checked") == "true"
    browser.driver.refresh()
    assert browser.find("#personal").get_attribute("aria-checked") == "true"
    browser.click("#personal")
    browser.driver.refresh()
    assert browser.find("#personal").get_attribute("aria-checked") == "false"
    # It was asked once; the switch says how things are.
    browser.drop("#drop", picture)
    answered(browser)
    assert "林**" in row(browser, "name")
    assert browser.all("#veil:not([hidden])") == []


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
    truth = truth_of("bankcard")
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
    assert "at most 2 MB" in said
    assert "101002" in said
    assert browser.run("return window.sent") == 0
    browser.click("#refused button")
    browser.find("#result.answered", seconds=LONG)
    assert browser.text("#facts").startswith("big.jpg")
    browser.gone("#refused")


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


SEEN_AT = """
const box = document.getElementById('refused').getBoundingClientRect()
const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
return Boolean(there && there.closest('#refused'))
"""


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_refused_is_told_where_the_result_was(browser: Browser, server: Server, width: int) -> None:
    browser.open(server.url + "/", width=width)
    browser.run(ANSWERED, answer_for("idcard"))
    browser.click("[data-specimen=idcard-front]")
    browser.find("#result.answered")
    browser.run("scrollTo(0, document.body.scrollHeight)")
    browser.run(DROP_BYTES, "IMG_1.HEIC", list(HEIC))
    browser.find("#refused", "HEIC")
    browser.wait(lambda: browser.run(SEEN_AT), "the refusal in the window, in front of everything")
    assert browser.text("#result-title") == "Picture not accepted"
    assert TRUTH["name"] not in browser.text("main")
    assert browser.all("#result.answered") == []
    assert "specimen" not in browser.driver.current_url
    # The next picture takes its place.
    browser.click("[data-specimen=idcard-front]")
    browser.find("#result.answered")
    browser.gone("#refused")
    assert browser.text("#result-title") == "Result"


def test_a_damaged_picture_is_told_without_gaps(browser: Browser, server: Server) -> None:
    browser.open(server.url + "/")
    damaged = answer_for("idcard")
    damaged.update(wechat={"errcode": 101002, "errmsg": "decode image failed"}, candidates=[], fields=[])
    damaged.update(guessed=True, reason="the picture is damaged", market=None)
    damaged["picture"].update(width=None, height=None)
    browser.run(ANSWERED, damaged)
    browser.click("[data-specimen=platenum]")
    browser.find("#reason", "the picture is damaged")
    assert browser.text("#result-title") == "Not recognized"
    assert "101002" in browser.text("#verdict")
    assert "detected" not in browser.text("#verdict")
    assert "?" not in browser.text("#facts")
    assert browser.all("#status .toast") == [], "the result itself says it"
    # The fixture `browser` fails for an error of the page, such as that of a wrong viewBox.


@pytest.mark.parametrize("width", [1280, 390])
def test_messages_cover_no_control(browser: Browser, server: Server, width: int) -> None:
    browser.open(server.url + "/", width=width)
    browser.run(ANSWERED, answer_for("idcard"))
    browser.click("[data-specimen=idcard-front]")
    browser.find("#result.answered")
    for place in ("0", "document.getElementById('wechat').offsetTop", "document.body.scrollHeight"):
        browser.run(f"scrollTo(0, {place}); document.getElementById('theme').click()")
        browser.find(".toast")
        assert browser.run(COVERED) == []
        browser.run("for (const toast of document.querySelectorAll('.toast')) toast.remove()")


COVERED = """
const box = document.querySelector('.toast').getBoundingClientRect()
const inside = ({ left, right, top, bottom, width }) =>
  width && left < box.right && right > box.left && top < box.bottom && bottom > box.top
const controls = [...document.querySelectorAll('main :is(button, a, input, select)')]
return controls.filter((one) => inside(one.getBoundingClientRect())).map((one) => one.textContent)
"""

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
    # Samples that still load when the emulator ends get 503, later ones no connection.
    browser.expect("ERR_CONNECTION_REFUSED|net::|status of 503")
    browser.click("[data-specimen=platenum]")
    assert "cloudbase-ocr serve" in browser.text("#reason")
