"""Reading a photo from a program, as its users call it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from importlib.resources import files
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloudbase_ocr import (
    DocumentNotFound,
    ImageTooLarge,
    NotAnImage,
    RecognitionResult,
    Recognizer,
    RecognizerBusy,
    TookTooLong,
)
from tests.bench.ocr.specimens.truths import boxes, truth_of

SPECIMENS = Path(str(files("cloudbase_ocr.specimens")))
PLATE = SPECIMENS / "platenum.jpg"


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    with Recognizer(limit=None) as shared:
        shared.warm()
        yield shared


@pytest.fixture(scope="module")
def card(recognizer: Recognizer) -> RecognitionResult:
    return recognizer.recognize(str(SPECIMENS / "idcard-front.jpg"), "idcard")


def test_fields_are_those_of_wechats_reply(card: RecognitionResult) -> None:
    assert card.method == "ocr.idcard"
    assert card.fields == truth_of("idcard-front")
    assert list(card.reply.items()) == [("errcode", 0), ("errmsg", "ok"), *card.fields.items()]


def test_each_value_has_its_confidence_and_its_corners(card: RecognitionResult) -> None:
    assert {path: each.value for path, each in card.evidence.items()} == card.fields
    places = boxes()["idcard-front"]
    for name, lines in (("name", 1), ("id", 1), ("addr", 3)):
        read = card.evidence[name]
        assert read.confidence is not None
        assert 0.9 < read.confidence <= 1
        assert len(read.quads) == lines
        for quad, box in zip(read.quads, places[name], strict=True):
            for (x, y), (left, top) in zip(quad, box, strict=True):
                assert abs(x - left) + abs(y - top) < 30, name
    constant = card.evidence["card_property"]
    assert (constant.value, constant.confidence, constant.quads) == (4, None, ())


def test_a_result_stays_as_it_is(card: RecognitionResult) -> None:
    with pytest.raises(FrozenInstanceError):
        card.method = "ocr.menu"  # type: ignore[misc]  # frozen: is what is asked
    with pytest.raises(FrozenInstanceError):
        card.evidence["name"].confidence = 1.0  # type: ignore[misc]  # frozen: is what is asked


@pytest.mark.check
def test_values_inside_lists_and_positions_have_paths(recognizer: Recognizer) -> None:
    text = recognizer.recognize(SPECIMENS / "printed-text.jpg", "printedText")
    assert text.method == "ocr.printedText"
    first, line = text.fields["items"][0], text.evidence["items[0].text"]
    assert line.value == first["text"]
    corners = ("left_top", "right_top", "right_bottom", "left_bottom")
    assert line.quads == (tuple((first["pos"][name]["x"], first["pos"][name]["y"]) for name in corners),)
    assert text.evidence["img_size.w"].value == text.fields["img_size"]["w"]


@pytest.mark.check
@pytest.mark.parametrize("method", [None, "auto", "platenum", "ocr.platenum"])
def test_the_document_is_named_or_found(recognizer: Recognizer, method: str | None) -> None:
    plate = recognizer.recognize(PLATE, method)
    assert (plate.method, plate.fields) == ("ocr.platenum", truth_of("platenum"))


@pytest.mark.check
def test_a_picture_comes_in_any_form(recognizer: Recognizer) -> None:
    data = PLATE.read_bytes()
    with PLATE.open("rb") as file:
        for image in (str(PLATE), data, bytearray(data), memoryview(data), BytesIO(data), file):
            assert recognizer.recognize(image, "platenum").fields == truth_of("platenum"), type(image)


@pytest.mark.parametrize(
    ("image", "method", "error", "message"),
    [
        pytest.param("none/card.jpg", "idcard", FileNotFoundError, "none/card.jpg", id="no file"),
        pytest.param(SPECIMENS, "idcard", IsADirectoryError, "specimens", id="folder"),
        pytest.param("https://x.invalid/a.jpg", "idcard", ValueError, "download the picture", id="address"),
        pytest.param("mock://idcard", "idcard", ValueError, "is an address", id="mock"),
        pytest.param(PLATE, "passport", ValueError, "'passport' is none of ocr.idcard", id="method"),
        pytest.param(PLATE, "", ValueError, "'' is none of ocr.idcard", id="empty method"),
        pytest.param(12, "idcard", TypeError, "not int", id="number"),
        pytest.param(None, "idcard", TypeError, "not NoneType", id="nothing"),
        pytest.param(StringIO("a"), "idcard", TypeError, "binary mode", id="text file"),
        pytest.param(b"", "idcard", NotAnImage, "no bytes", id="no bytes"),
        pytest.param(b"\xff\xd8\xff\xe0 cut", "idcard", NotAnImage, "cannot be read", id="damaged"),
        pytest.param(
            SPECIMENS / "menu.jpg",
            "idcard",
            DocumentNotFound,
            "no ID card",
            id="another document",
            marks=pytest.mark.check,
        ),
    ],
)
def test_what_cannot_be_read_is_told(
    recognizer: Recognizer, image: Any, method: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        recognizer.recognize(image, method)


@pytest.mark.check
def test_options_hold() -> None:
    with Recognizer(max_pixels=1_000_000) as small, pytest.raises(ImageTooLarge, match="1 are decoded"):
        small.recognize(PLATE, "platenum")
    with Recognizer(limit=0.001, threads=1) as hasty, pytest.raises(TookTooLong):
        hasty.recognize(SPECIMENS / "idcard-front.jpg", "idcard")


@pytest.mark.parametrize("option", ["threads", "max_pixels", "limit"])
@pytest.mark.parametrize("value", [0, -1])
def test_options_that_make_no_sense_are_refused(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{option} is {value}; it must be more than 0"):
        Recognizer(**{option: value})


def test_a_closed_one_reads_no_more() -> None:
    with Recognizer() as closed:
        pass
    closed.close()
    with pytest.raises(RecognizerBusy, match="closed"):
        closed.recognize(PLATE, "platenum")


def run(program: str, *arguments: str) -> list[str]:
    """Run a program of a user; return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(PLATE), *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=110,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()


@pytest.mark.check
def test_one_engine_serves_all_threads_of_a_process() -> None:
    program = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from cloudbase_ocr import recognize

with ThreadPoolExecutor(4) as pool:
    for plate in pool.map(recognize, [sys.argv[1]] * 4, ["platenum"] * 4):
        print(plate.fields["number"])
print(sum(thread.name.startswith("recognizer") for thread in threading.enumerate()))
"""
    assert run(program) == [truth_of("platenum")["number"]] * 4 + ["1"]


@pytest.mark.check
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_of_a_process_that_has_read_is_told_instead_of_crashing() -> None:
    program = """
import os, sys, warnings
from cloudbase_ocr import EngineUnavailable, Recognizer, recognize

warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of any fork beside threads
held = Recognizer()
early = os.fork()
recognize(sys.argv[1], "platenum")
if early:
    late = os.fork()
    if not late:
        for read in (recognize, held.recognize, Recognizer().recognize):
            try:
                read(sys.argv[1], "platenum")
            except EngineUnavailable as error:
                print(error, flush=True)
        os._exit(0)
    print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in (late, early)])
"""
    *told, codes = run(program)
    assert len(told) == 3
    assert all("spawn" in line for line in told)
    assert codes == "[0, 0]", "a fork before anything was read may read"


@pytest.mark.check
def test_many_pictures_give_what_each_gives_alone(recognizer: Recognizer) -> None:
    pictures = [SPECIMENS / name for name in ("platenum.jpg", "gone.jpg", "bankcard.jpg")]
    given: list[Any] = [*pictures, b"no picture", (SPECIMENS / "platenum-green.jpg").read_bytes(), sheets()]
    outcomes = list(recognizer.recognize_many(iter(given), processes=2))
    assert [outcome.image for outcome in outcomes] == [*given, given[-1]]
    assert [(outcome.page, outcome.pages) for outcome in outcomes[-3:]] == [(None, None), (1, 2), (2, 2)]
    for place in (0, 2, 4):
        assert outcomes[place].result == recognizer.recognize(given[place])
        assert outcomes[place].error is None
    assert outcomes[5].result == recognizer.recognize(given[5], page=1)
    assert isinstance(outcomes[1].error, FileNotFoundError)
    assert isinstance(outcomes[3].error, NotAnImage)
    assert isinstance(outcomes[6].error, DocumentNotFound), "nothing is on the sheet"
    assert [outcome.result for outcome in outcomes if outcome.error] == [None] * 3


@pytest.mark.check
def test_outcomes_come_as_they_are_done_and_the_rest_is_not_begun(recognizer: Recognizer) -> None:
    broken: list[Any] = [b"no picture"] * 1000
    # One that takes seconds: the two processes do not begin at the same moment.
    given = iter([SPECIMENS / "bizlicense.jpg", *broken])
    outcomes = recognizer.recognize_many(given, "businessLicense", processes=2, ordered=False)
    assert next(outcomes).image == b"no picture", "the licence takes longer"
    del outcomes
    assert sum(1 for _ in given) > 900


def sheets() -> bytes:
    """A TIFF with a plate, and an empty page."""
    stream = BytesIO()
    with Image.open(PLATE) as picture:
        plate = picture.convert("RGB")
    plate.save(stream, "TIFF", save_all=True, append_images=[Image.new("RGB", (200, 100), "white")])
    return stream.getvalue()


def test_a_wrong_call_for_many_is_told_before_anything_is_read(recognizer: Recognizer) -> None:
    with pytest.raises(ValueError, match="is none of"):
        recognizer.recognize_many([PLATE], "passport")
    with pytest.raises(ValueError, match="processes is 0; it must be more than 0"):
        recognizer.recognize_many([PLATE], processes=0)
    with pytest.raises(ValueError, match="is an address, and nothing is fetched"):
        next(recognizer.recognize_many(["https://example.com/a.jpg"]))
