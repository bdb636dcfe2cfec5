"""Values of the request in replies that were written."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests

from cloudbase_ocr import LiveEmulator

PICTURE = b"a picture"


def ask(ocr: LiveEmulator, method: str = "idcard", **query: str) -> Any:
    files, data = {"img": ("a.jpg", PICTURE)}, {"note": "n"}
    given = {"access_token": ocr.token, **query}
    return requests.post(
        f"{ocr.url}/cv/ocr/{method}", params=given, files=files, data=data, timeout=10
    ).json()


def test_values_of_query_form_and_picture(ocr: LiveEmulator) -> None:
    reply = {"name": "{query.type}/{form.note}/{query.none}", "id": "{image.sha256}"}
    ocr.fixture("idcard/stub", {**reply, "addr": "{image.size} {image.name}"}, match={"name": "a.jpg"})
    answer = ask(ocr, type="photo")
    assert (answer["name"], answer["addr"]) == ("photo/n/", "9 a.jpg")
    assert answer["id"] == hashlib.sha256(PICTURE).hexdigest()


def test_nothing_is_evaluated(ocr: LiveEmulator) -> None:
    text = "{query.type.upper} {0} {query} {query.a!r} {{x}} {self.x}"
    ocr.fixture("idcard/stub", {"name": text, "addr": "{query.type}"}, match={"name": "a.jpg"})
    answer = ask(ocr, type="{form.note}{query.type}")
    assert (answer["name"], answer["addr"]) == (text, "{form.note}{query.type}")


def test_values_in_lists_and_in_scenarios(ocr: LiveEmulator) -> None:
    ocr.reply("ocr.printedText", items=[{"text": "{query.type}"}], times=1)
    assert ask(ocr, "comm", type="x")["items"][0]["text"] == "x"
    ocr.scenario("ocr.idcard", [{"name": "{query.type}"}])
    assert ask(ocr, type="y")["name"] == "y"


def test_what_others_have_sent_is_never_changed(ocr: LiveEmulator) -> None:
    ocr.fixture("idcard/stub", {"name": "{query.type}"}, match={"name": "a.jpg"}, provenance="recorded")
    assert ask(ocr, type="photo")["name"] == "{query.type}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{image.hash}", "there is no {image.hash}; there are {image.sha256}"),
        ("{query.access_token}", "is a token or a secret"),
    ],
)
def test_placeholders_that_never_have_a_value_are_refused(ocr: LiveEmulator, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ocr.fixture("idcard/stub", {"name": text})
    with pytest.raises(ValueError, match=message):
        ocr.reply("ocr.printedText", items=[{"text": text}])
