"""Answers: magic URL before fixture before recognizer, and what each of them may give."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from cloudbase_ocr.answers import Answers, Fixture, OcrRequest, Shape, WeChatError, magic_inputs
from cloudbase_ocr.answers.magic import delay, error_code, magic_appid
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.recognizer import (
    Candidate,
    DocumentNotFound,
    EngineUnavailable,
    Explanation,
    ImageTooLarge,
    NotAnImage,
    RecognitionError,
    RecognizerBusy,
    Service,
)
from wxcloud.contract import DOCUMENTED, ERRORS, METHODS, OBSERVED, Method, by_key

IMAGE = b"bytes of a picture"


class Reader:
    """Stands where the recognizer stands, and answers what it is told."""

    def __init__(self, answer: dict[str, Any] | RecognitionError, *methods: str) -> None:
        self.answer, self.methods, self.asked = answer, frozenset(methods), 0
        self.accounts: list[str] = []

    def explain(
        self, key: str | None, _image: bytes, *, identify: bool = False, account: str = ""
    ) -> Explanation:
        self.asked += 1
        self.accounts.append(account)
        if isinstance(self.answer, RecognitionError):
            raise self.answer
        found = (Candidate("platenum", 0.5),) if identify or key is None else ()
        return Explanation(self.answer, {}, {"text": 0.5}, 0.5, key or "platenum", found)


def method(key: str) -> Method:
    found = by_key(key)
    assert found is not None
    return found


def answers(reader: Reader | None = None, *places: Path, profile: str = OBSERVED) -> Answers:
    return Answers(ManualClock(), cast("Service | None", reader), places, Shape(profile))


def code_of(subject: Answers, request: OcrRequest) -> int:
    with pytest.raises(WeChatError) as caught:
        subject.answer(request).or_raise()
    return caught.value.code


def fixture_file(tmp_path: Path, match: dict[str, str], **reply: Any) -> Path:
    about = {"name": "idcard/mine", "method": "idcard", "provenance": "written", "reference": "test"}
    path = tmp_path / "f.yaml"
    path.write_text(yaml.safe_dump([{**about, "match": match, "reply": reply}]), encoding="utf-8")
    return path


def test_fixture_by_hash_comes_before_the_recognizer(tmp_path: Path) -> None:
    reader = Reader({"type": "Front", "name": "read"}, "idcard")
    path = fixture_file(
        tmp_path, {"sha256": hashlib.sha256(IMAGE).hexdigest().upper()}, type="Front", name="known"
    )
    subject = answers(reader, path)
    known = subject.answer(OcrRequest(method("idcard"), "wx", image=IMAGE)).or_raise()
    assert (known.fields["name"], known.source, reader.asked) == ("known", "fixture idcard/mine", 0)
    other = subject.answer(OcrRequest(method("idcard"), "wx", image=IMAGE + b"x")).or_raise()
    assert (other.fields["name"], other.source, reader.asked) == ("read", "recognizer", 1)


def test_fixture_by_url_needs_no_fetch_and_by_hash_needs_one(tmp_path: Path) -> None:
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return IMAGE

    by_url = answers(None, fixture_file(tmp_path, {"url": "http://a/b.jpg"}, name="u"))
    assert (
        by_url.answer(OcrRequest(method("idcard"), "wx", url="http://a/b.jpg", fetch=fetch))
        .or_raise()
        .fields["name"]
        == "u"
    )
    assert fetched == []
    by_hash = answers(None, fixture_file(tmp_path, {"sha256": hashlib.sha256(IMAGE).hexdigest()}, name="h"))
    assert (
        by_hash.answer(OcrRequest(method("idcard"), "wx", url="http://a/c.jpg", fetch=fetch))
        .or_raise()
        .fields["name"]
        == "h"
    )
    assert fetched == ["http://a/c.jpg"]


def test_a_fixture_belongs_to_one_method(tmp_path: Path) -> None:
    subject = answers(None, fixture_file(tmp_path, {"name": "a.jpg"}, name="n"))
    assert code_of(subject, OcrRequest(method("bankcard"), "wx", image=IMAGE, filename="a.jpg")) == 101002


def test_the_last_fixture_wins_and_reset_forgets_it() -> None:
    subject = answers()
    mine = Fixture("idcard/front", method("idcard"), "written", "test", {"type": "Front", "name": "mine"})
    request = OcrRequest(method("idcard"), "wx", url="mock://idcard")
    subject.book.add(mine)
    assert subject.answer(request).or_raise().fields == {"type": "Front", "name": "mine"}
    subject.reset()
    assert subject.answer(request).or_raise().fields["name"] == "张三"


def test_a_replaced_fixture_matches_no_longer() -> None:
    subject = answers()
    old = Fixture(
        "idcard/x", method("idcard"), "written", "test", {"name": "old"}, match={"url": "http://a/"}
    )
    subject.book.add(old)
    subject.book.add(Fixture("idcard/x", method("idcard"), "written", "test", {"name": "new"}))
    assert (
        code_of(subject, OcrRequest(method("idcard"), "wx", url="http://a/")) == 41005
    )  # nothing fetches here


def test_no_answer_can_change_a_fixture() -> None:
    subject = answers()
    request = OcrRequest(method("idcard"), "wx", url="mock://idcard")
    subject.answer(request).or_raise().fields["name"] = "changed"
    assert subject.answer(request).or_raise().fields["name"] == "张三"


@pytest.mark.parametrize(("error", "code"), [
    (NotAnImage("x"), 101002), (ImageTooLarge("x"), 101002), (DocumentNotFound("x"), 101001),
    (RecognizerBusy("x"), -1), (EngineUnavailable("x"), -1),
])  # fmt: skip
def test_what_the_recognizer_refuses(error: RecognitionError, code: int) -> None:
    subject = answers(Reader(error, "idcard"))
    assert code_of(subject, OcrRequest(method("idcard"), "wx", image=IMAGE)) == code


def test_documented_profile_hides_what_only_replies_were_seen_to_have() -> None:
    read = {"type": "Front", "name": "n", "birth": "2000-01-01", "card_property": 4}
    request = OcrRequest(method("idcard"), "wx", image=IMAGE)
    assert answers(Reader(read, "idcard")).answer(request).or_raise().fields == read
    documented = answers(Reader(read, "idcard"), profile=DOCUMENTED).answer(request).or_raise().fields
    assert documented == {"type": "Front", "name": "n"}


def test_nothing_to_read_is_41005() -> None:
    assert code_of(answers(), OcrRequest(method("idcard"), "wx")) == 41005


@pytest.mark.parametrize(("url", "meaning"), magic_inputs(), ids=lambda text: text[:40])
def test_every_magic_input_does_what_the_list_says(url: str, meaning: str) -> None:
    subject = answers()
    code = error_code(url)
    if code is not None:
        assert meaning == f"error {code}: {ERRORS[code].text}"
        assert code_of(subject, OcrRequest(method("idcard"), "wx", url=url)) == code
        return
    asked = url.removeprefix("mock://").partition("/")[0]
    called = next((known for known in METHODS if asked in known.cloud_names), method("idcard"))
    answer = subject.answer(OcrRequest(called, "wx", url=url)).or_raise()
    assert answer.source.startswith(f"fixture {called.key}/")
    assert answer.fields


def test_the_list_of_magic_inputs_covers_the_contract() -> None:
    urls = [url for url, _ in magic_inputs()]
    assert len(urls) == len(set(urls))
    assert set(urls) >= {f"mock://{name}" for known in METHODS for name in known.cloud_names}
    assert set(urls) >= {f"mock://{code}" for code in ERRORS if code}
    assert {"mock://idcard/back", "mock://slow/3s"} <= set(urls)


def test_explaining_passes_fixtures_and_scenarios_by() -> None:
    reader = Reader({"number": "京A12345"}, "platenum")
    subject = answers(reader)
    match = {"sha256": hashlib.sha256(IMAGE).hexdigest()}
    subject.book.add(Fixture("platenum/mine", method("platenum"), "written", "a test", None, -1, match))
    assert code_of(subject, OcrRequest(method("platenum"), "wx", image=IMAGE)) == -1
    told = subject.explain(method("platenum"), IMAGE, 100)
    assert (told.fields, told.error) == ({"number": "京A12345"}, None)
    guessed = subject.explain(None, IMAGE, 100)
    assert (guessed.method.key, guessed.fields) == ("platenum", {"number": "京A12345"})
    assert guessed.explanation is not None
    assert guessed.explanation.candidates == (Candidate("platenum", 0.5),)


def test_explaining_gives_the_error_with_its_reason() -> None:
    busy = answers(Reader(RecognizerBusy("others are first"), "platenum"))
    for asked in (method("platenum"), None):
        told = busy.explain(asked, IMAGE, 100)
        assert told.error is not None
        assert (told.error.code, told.error.reason, told.fields) == (-1, "others are first", None)
    large = busy.explain(None, IMAGE, 3)
    assert large.error is not None
    assert (large.error.code, large.method.key) == (101002, "comm")
    with pytest.raises(LookupError, match="name the method"):
        answers().explain(None, IMAGE, 100)


@pytest.mark.parametrize(("url", "code"), [
    ("mock://", 101000), ("mock://none", 101000), ("mock://idcard/none", 101000), ("mock://0", 101000),
    ("mock://99999", 101000), ("mock://slow/xs", 101000), ("mock://slow", 101000), ("mock://idcard/", 0),
    ("mock://IDCARD", 101000), ("mock://１０１００１", 101000),
])  # fmt: skip
def test_unknown_magic_is_101000(url: str, code: int) -> None:
    request = OcrRequest(method("idcard"), "wx", url=url)
    if code:
        assert code_of(answers(), request) == code
    else:
        assert answers().answer(request).or_raise().fields["type"] == "Front"


@pytest.mark.parametrize(("name", "seconds"), [
    ("slow/3s", 3.0), ("slow/500ms", 0.5), ("slow/1.5s", 1.5), ("slow/61s", 60.0), ("slow/999999s", 60.0),
    ("slow/0s", 0.0), ("slow/-1s", None), ("slow/1h", None), ("slow/1e9s", None), ("slower/1s", None),
])  # fmt: skip
def test_delays_are_bounded(name: str, seconds: float | None) -> None:
    assert delay(name) == seconds


def test_magic_credentials() -> None:
    assert error_code("mock://40164") == 40164
    assert error_code("40164") is None
    assert magic_appid("mock://wx1") == "wx1"
    assert magic_appid("wx1") is None
    assert magic_appid("mock://40001") is None
