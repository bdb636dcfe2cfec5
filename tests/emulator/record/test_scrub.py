"""The scrubber: nothing personal stays, the form does, check digits are right, equal originals stay equal."""

from __future__ import annotations

import datetime
import json
import re
from importlib import import_module
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cloudbase_ocr.answers.checks import check_reply
from cloudbase_ocr.answers.entries import dump, entry_of, outside_fields
from cloudbase_ocr.answers.fixtures import Fixture
from cloudbase_ocr.recognizer.fields.checksums import id_number_ok
from cloudbase_ocr.record import dates, numbers, scrub, words
from cloudbase_ocr.record.differences import form
from cloudbase_ocr.record.scrub import PERSONAL, SHARED
from cloudbase_ocr.record.values import Values
from tests.bench.ocr.specimens import people
from wxcloud.contract import METHODS, Method, by_key

few = settings(max_examples=40, deadline=None)

KEY, OTHER_KEY = b"k" * 32, b"o" * 32

# Characters of the invented names are left out: any invented name can by chance be somebody's. So are the words
# that forms print.
_INVENTED = set(
    words.SURNAMES + words.CHARACTERS + "".join((*words.LABELS, *words.OFFICES, *words.SHORT_WORDS))
)
_HAN = [chr(code) for code in range(0x4E00, 0x9FA5) if chr(code) not in _INVENTED | set(words.PLACE_SUFFIXES)]

names = st.text(st.sampled_from(_HAN), min_size=2, max_size=4)
places = st.lists(names, min_size=3, max_size=3)
days = st.dates(datetime.date(1930, 1, 1), datetime.date(2039, 12, 31))
digits = st.text("0123456789", min_size=6, max_size=20)
plates = st.from_regex(r"[京津沪粤川][A-HJ-NP-Z][A-HJ-NP-Z0-9]{5}", fullmatch=True)


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    division, day = draw(st.integers(110000, 659999)), draw(days)
    return people.id_number(day.isoformat(), f"{draw(st.integers(0, 999)):03d}", str(division))


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    body = draw(st.text("0123456789", min_size=12, max_size=12))
    # 16, 17 or 19 digits; 18 could be an ID number, too.
    return people.card_number("620" + body + draw(st.sampled_from(["", "7", "314"])))


@st.composite
def vehicle_numbers(draw: st.DrawFn) -> str:
    text = draw(st.from_regex(r"L[A-HJ-NPR-Z]{2}[0-9A-HJ-NPR-Z]{5}[A-HJ-NPR-Z]{2}[0-9]{6}", fullmatch=True))
    return people.vehicle_number(text[:8] + "*" + text[8:])


def method(key: str) -> Method:
    found = by_key(key)
    assert found is not None
    return found


def written(key: str, reply: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a scrubbed reply, and the YAML text of its fields."""
    found = method(key)
    scrubbed = scrub(found, reply, KEY)
    fields = check_reply(found, scrubbed, outside_fields(found, scrubbed), "")
    entry = entry_of(Fixture(f"{key}/x", found, "recorded", "a test", fields))
    return scrubbed, dump({"name": "x", "reply": entry["reply"]})


def assert_gone(text: str, *originals: str) -> None:
    """No name, and no run of six digits or more, is in the text."""
    for original in originals:
        assert original not in text
        for run in re.findall("[0-9]{6,}", original):
            assert run not in text, f"{run} of {original}"


@few
@given(names, id_numbers(), places, names, days)
def test_id_card(name: str, number: str, place: list[str], authority: str, day: datetime.date) -> None:
    born = number[6:14]
    reply = {
        "type": "Front",
        "name": name,
        "id": number,
        "addr": f"{place[0]}省{place[1]}市{place[2]}路{number[:3]}号{number[:8]}室",
        "gender": "男",
        "birth": f"{born[:4]}-{born[4:6]}-{born[6:]}",
    }
    back = {
        "type": "Back",
        "valid_date": f"{day:%Y%m%d}-{day.replace(day=1).replace(year=day.year + 20):%Y%m%d}",
        "authority": f"{authority}市公安局",
    }
    scrubbed, text = written("idcard", reply)
    assert_gone(text, name, number, *place, number[:8])
    assert scrubbed["id"] == people.id_number(scrubbed["birth"], scrubbed["id"][14:17])
    assert id_number_ok(scrubbed["id"])
    assert int(scrubbed["id"][16]) % 2 == int(number[16]) % 2, "the sex stays"
    assert number[6:14] != scrubbed["id"][6:14]
    assert {k: form(v) for k, v in scrubbed.items() if k not in ("id", "type")} == {
        k: form(v) for k, v in reply.items() if k not in ("id", "type")
    }
    assert re.fullmatch("..+省..+市..+路[0-9]{3}号[0-9]{8}室", scrubbed["addr"])
    scrubbed, text = written("idcard", back)
    assert_gone(text, authority, *re.findall("[0-9]+", back["valid_date"]))
    assert form(scrubbed) == form(back)
    assert scrubbed["authority"].endswith("市公安局")


@few
@given(card_numbers())
def test_bank_card(number: str) -> None:
    scrubbed, text = written("bankcard", {"number": number})
    assert_gone(text, number)
    assert numbers.is_card_number(scrubbed["number"])
    assert scrubbed["number"].startswith("9990")
    assert len(scrubbed["number"]) == len(number)
    spaced, _ = written("bankcard", {"number": re.sub("(....)", r"\1 ", number).strip()})
    assert spaced["number"].replace(" ", "") == scrubbed["number"]


@few
@given(vehicle_numbers(), plates, names, digits, st.from_regex("[A-Z][0-9]{7}", fullmatch=True))
def test_vehicle_licence(vin: str, plate: str, owner: str, record: str, engine: str) -> None:
    reply = {"plate_num": plate, "plate_num_b": plate, "owner": owner, "vin": vin, "engine_num": engine}
    scrubbed, text = written(
        "driving", {**reply, "record": record, "model": f"远帆牌{owner}", "total_quality": "1965kg"}
    )
    assert_gone(text, plate, owner, vin, engine, record, engine[1:])
    assert scrubbed["vin"] == people.vehicle_number(scrubbed["vin"][:8] + "*" + scrubbed["vin"][9:])
    assert scrubbed["vin"].startswith("ZT")
    assert scrubbed["plate_num"] == scrubbed["plate_num_b"]
    assert scrubbed["plate_num"].startswith("宁Z")
    assert len(scrubbed["plate_num"]) == len(plate)
    assert scrubbed["model"] == f"远帆牌{scrubbed['owner']}", "names of the reply are replaced in every field"
    assert scrubbed["total_quality"] == "1965kg"
    assert form(scrubbed["record"]) == form(record)


@few
@given(names, names, st.text("0123456789", min_size=8, max_size=8), days)
def test_business_licence(owner: str, company: str, tail: str, day: datetime.date) -> None:
    body = "110105" + tail
    old = body + numbers.registration_check(body)
    new = people.credit_code("91110105MA" + tail[:7])
    for number in (old, new):
        scrubbed, text = written(
            "bizlicense",
            {
                "reg_num": number,
                "legal_representative": owner,
                "enterprise_name": f"{company}科技有限公司",
                "valid_period": f"{day.year}年{day.month}月{day.day}日至长期",
                "business_scope": f"咨询；电话010{tail}；经办人{owner}",
            },
        )
        assert_gone(text, number, owner, company, tail)
        if number == old:
            assert numbers.is_registration_number(scrubbed["reg_num"])
        else:
            assert scrubbed["reg_num"] == people.credit_code(scrubbed["reg_num"][:17])
            assert scrubbed["reg_num"].startswith("91992407")
        assert scrubbed["enterprise_name"].endswith("有限公司")
        assert scrubbed["valid_period"].endswith("日至长期")
        assert f"{day.month}月{day.day}日" not in scrubbed["valid_period"]


@few
@given(names, id_numbers(), card_numbers(), plates, vehicle_numbers(), places)
def test_lines_of_text(name: str, number: str, card: str, plate: str, vin: str, place: list[str]) -> None:
    born = dates.calendar_day(number[6:14])
    assert born is not None
    lines = [
        f"姓名{name}",
        name,
        f"{name}，{card}",
        f"公民身份号码{number}",
        f"出生 {born.year}年{born.month}月{born.day}日",
        f"住址 {place[0]}省{place[1]}市{place[2]}街12号",
        f"{plate} {vin}",
        "电话：13812345678 合计 12.50 元",
        "WANG XIAOMING",
        f"（{''.join(chr(ord(digit) + 0xFEE0) for digit in card)}）",
    ]
    scrubbed, text = written("comm", {"items": [{"text": line} for line in lines]})
    found = [item["text"] for item in scrubbed["items"]]
    assume(vin[-6:] not in found[7])  # the new telephone number may have the same six digits by chance
    assert_gone(text, name, number, card, plate, vin, *place, "13812345678", "XIAOMING")
    values = Values(KEY)
    assert found[0] == f"姓名{values.name(name)}"
    assert found[1] == values.name(name)
    assert found[3] == f"公民身份号码{values.number(number)}"
    birth = dates.birth(KEY, born)
    assert found[4] == f"出生 {birth.year}年{birth.month}月{birth.day}日"
    assert found[6] == f"{values.plate(plate)} {values.vehicle_number(vin)}"
    assert found[7].endswith("合计 12.50 元")
    assert found[9] == f"（{values.card(card)}）"


@few
@given(
    st.dictionaries(st.sampled_from(["pinyin", "x_1"]), names | id_numbers() | st.lists(digits, max_size=2))
)
def test_fields_outside_the_contract_count_as_personal(fields: dict[str, Any]) -> None:
    _, text = written("idcard", fields)
    assert_gone(
        text,
        *(value for field in fields.values() for value in ([field] if isinstance(field, str) else field)),
    )


@few
@given(st.integers(10**6, 10**15), names)
def test_numbers_outside_the_contract_count_as_personal(number: int, name: str) -> None:
    scrubbed, text = written(
        "bankcard", {"serial": {"no": number, "by": [name], "ok": True, "none": None, "n": 4}}
    )
    assert_gone(text, str(number), name)
    assert isinstance(scrubbed["serial"]["no"], int)
    assert {name: scrubbed["serial"][name] for name in ("ok", "none", "n")} == {
        "ok": True,
        "none": None,
        "n": 4,
    }


@few
@given(digits, names)
def test_a_menu_stays_json(number: str, dish: str) -> None:
    content = json.dumps(
        {"menu_items": [{"name": dish, "price": 12.0}, {"name": f"tel {number}", "price": 1}]}
    )
    scrubbed, text = written("menu", {"content": content})
    assert len(json.loads(scrubbed["content"])["menu_items"]) == 2
    assert_gone(text, number)


@few
@given(st.text(max_size=60))
def test_any_text_in_any_field_is_scrubbed_without_an_error(text: str) -> None:
    for found in METHODS:
        reply = dict.fromkeys(PERSONAL[found.key], text) | {"other": text, "items": [{"text": text}]}
        scrubbed = scrub(found, reply, KEY)
        assert list(scrubbed) == list(reply)
        assert scrub(found, reply, KEY) == scrubbed
        assert_gone("\n".join(map(str, scrubbed.values())), *re.findall("[0-9]{6,}", text))


@few
@given(names, id_numbers())
def test_equal_originals_stay_equal_across_methods_and_differ_by_key(name: str, number: str) -> None:
    card = scrub(method("idcard"), {"name": name, "id": number}, KEY)
    licence = scrub(method("drivinglicense"), {"name": name, "id_num": number}, KEY)
    assert (card["name"], card["id"]) == (licence["name"], licence["id_num"])
    assert scrub(method("idcard"), {"id": number}, OTHER_KEY)["id"] != card["id"]


@few
@given(days, days)
def test_moved_dates_keep_order_and_distance(one: datetime.date, other: datetime.date) -> None:
    def plain(day: datetime.date) -> datetime.date:
        return day.replace(day=28) if (day.month, day.day) == (2, 29) else day

    one, other = plain(one), plain(other)
    first, second = dates.moved(KEY, one), dates.moved(KEY, other)
    assert (one < other) == (first < second)
    assert first.month != one.month
    later = dates.moved(KEY, one.replace(year=one.year + 20))
    assert (later.year, later.month, later.day) == (first.year + 20, first.month, first.day)


@pytest.mark.parametrize("found", METHODS, ids=lambda found: found.key)
def test_every_field_of_the_contract_was_thought_about(found: Method) -> None:
    fields = {field.name for field in found.fields}
    personal = set(PERSONAL[found.key])
    assert personal & SHARED == set()
    forgotten = sorted(fields - personal - SHARED)
    assert not forgotten, f"name them in PERSONAL or in SHARED of record/scrub.py: {forgotten}"
    spelled_otherwise = {"id"} if found.key == "bankcard" else set()
    assert personal - fields == spelled_otherwise


def test_every_shared_field_is_one_of_the_contract() -> None:
    assert {field.name for method in METHODS for field in method.fields} >= SHARED


def test_a_field_that_nobody_thought_about_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scrub(method("idcard"), {"nationality": "维吾尔"}, KEY) == {"nationality": "维吾尔"}
    # By import_module: as an attribute of its package, scrub is the function.
    module = import_module("cloudbase_ocr.record.scrub")
    monkeypatch.setattr(module, "SHARED", SHARED - {"nationality"})
    assert scrub(method("idcard"), {"nationality": "维吾尔"}, KEY) != {"nationality": "维吾尔"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("xxx", "xxx"),
        ("660601xxxxxxxx1234", "999999xxxxxxxx9999"),
        ("张*", "字*"),
        ("长期", "字字"),
    ],
)
def test_what_hides_already_stays_hidden(text: str, expected: str) -> None:
    scrubbed = scrub(method("drivinglicense"), {"id_num": text}, KEY)["id_num"]
    assert re.sub("[0-9]", "9", re.sub(r"[^\W\d_a-z]", "字", scrubbed)) == expected


def test_names_of_other_scripts_are_replaced() -> None:
    scrubbed = scrub(method("idcard"), {"name": "ئەخمەت بولات", "authority": "АБВГД Еж"}, KEY)
    assert not set("ئەخمتبولاАБВГДЕж") & set(str(scrubbed))
