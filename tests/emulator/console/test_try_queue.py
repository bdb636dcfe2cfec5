"""Several pictures at once on the page Try: a table, each of its rows to be opened, and a file of it."""

from __future__ import annotations

import base64
import csv
import io

from cloudbase_ocr.batch.tables import columns
from cloudbase_ocr.server import Server
from tests.emulator.console.browser import Browser
from tests.emulator.console.trying import ANSWERED, CARD, HEIC, LONG, SPECIMENS, TRUTH, answer_for

DROP_MANY = """
const transfer = new DataTransfer()
for (const [name, data] of arguments[0]) {
  transfer.items.add(new File([Uint8Array.from(atob(data), (character) => character.charCodeAt(0))], name))
}
document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }))
"""
SAVED = """
URL.createObjectURL = ((real) => (blob) => { window.saved = blob; return real.call(URL, blob) })(URL.createObjectURL)
"""


def drop_many(browser: Browser, *files: tuple[str, bytes]) -> None:
    browser.run(DROP_MANY, [[name, base64.b64encode(data).decode()] for name, data in files])


def test_several_pictures_are_a_table_and_a_file(browser: Browser, server: Server) -> None:
    browser.open(server.url + "/")
    answer = answer_for("idcard")
    answer["wechat"] = {**answer["wechat"], "addr": '=1+1 "a", b', "items": [{"text": "x"}, {"text": "y"}]}
    browser.run(ANSWERED, answer)
    browser.run(SAVED)
    drop_many(browser, ("a.jpg", CARD.read_bytes()), ("IMG_1.HEIC", HEIC), ("b.jpg", CARD.read_bytes()))
    browser.find("#queue-count", "3 of 3 done")
    browser.gone("#queue-stop")
    rows = [" ".join(line.text.split()) for line in browser.all("#queue-rows tr")]
    assert rows[0].startswith("a.jpg ID card name 林**")
    assert rows[0].endswith("91 %")
    assert "not accepted" in rows[1]
    assert "HEIC" in rows[1]
    assert TRUTH["name"] not in browser.text("main")
    assert len(browser.run("return window.asked")) == 2
    # Each can be opened, in any order.
    browser.click("#queue-rows button", "b.jpg")
    browser.find("#result.answered")
    assert browser.text("#facts").startswith("b.jpg")
    browser.click("#queue-rows button", "IMG_1.HEIC")
    browser.find("#refused", "HEIC")
    browser.click("#queue-rows button", "a.jpg")
    browser.find("#result.answered")
    browser.wait(
        lambda: browser.run("return document.getElementById('shown').naturalWidth > 0"), "the picture"
    )
    # The file has what was read, whatever is masked on the page, and nothing that a spreadsheet would run.
    browser.click("#queue-csv")
    said = browser.run_async("const done = arguments[0]; window.saved.text().then(done)")
    lines = list(csv.DictReader(io.StringIO(said)))
    assert [line["file"] for line in lines] == ["a.jpg", "IMG_1.HEIC", "b.jpg"]
    assert lines[0]["name"] == TRUTH["name"]
    assert (lines[0]["lowest_field"], lines[0]["lowest_confidence"]) == ("name", "0.91")
    assert (lines[0]["addr"], lines[0]["items"]) == ('\'=1+1 "a", b', "x | y")
    assert lines[1]["errcode"] == ""
    assert "HEIC" in lines[1]["error"]
    browser.click("#queue-close")
    browser.gone("#queue")


def test_the_table_of_pictures_has_columns_of_the_command(browser: Browser, reading: Server) -> None:
    browser.open(reading.url + "/")
    browser.run(SAVED)
    names = ("idcard-front", "platenum")
    drop_many(browser, *((f"{name}.jpg", (SPECIMENS / f"{name}.jpg").read_bytes()) for name in names))
    browser.wait(lambda: browser.text("#queue-count") == "2 of 2 done", "both", 2 * LONG)
    browser.click("#queue-csv")
    said = browser.run_async("const done = arguments[0]; window.saved.text().then(done)")
    found = csv.DictReader(io.StringIO(said))
    assert set(found.fieldnames or ()) <= set(columns(None))
    assert [line["method"] for line in found] == ["ocr.idcard", "ocr.platenum"]


def test_reading_several_can_be_stopped(browser: Browser, server: Server) -> None:
    browser.open(server.url + "/")
    browser.run(
        "const real = window.fetch; window.fetch = (place, options) => !String(place).endsWith('/recognize')"
        " ? real(place, options) : new Promise((_, reject) => options.signal.addEventListener('abort',"
        " () => reject(options.signal.reason)))"
    )
    drop_many(browser, ("a.jpg", CARD.read_bytes()), ("b.jpg", CARD.read_bytes()))
    browser.find("#queue-rows", "recognizing")
    browser.click("#queue-stop")
    browser.find("#queue-count", "2 of 2 done")
    assert [line.text.split()[1] for line in browser.all("#queue-rows tr")] == ["stopped", "stopped"]
