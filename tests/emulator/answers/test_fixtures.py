"""Fixtures: the documented examples are there word for word, and a wrong file is refused with the place named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudbase_ocr.answers import Fixture, FixtureError, load_fixtures
from cloudbase_ocr.answers.fixtures import INCLUDED, load_file
from wxcloud.contract import METHODS

# As the pages print them; errcode 0 and "0" alike are what the pages have.
PRINTED = {
    "idcard/front": """{"errcode": 0, "errmsg": "ok", "type": "Front", "name": "张三", "id": "123456789012345678",
        "addr": "广东省广州市XXX", "gender": "男", "nationality": "汉"}""",
    "idcard/front-2019": """{"errcode": "0", "errmsg": "ok", "type": "Front", "name": "张三",
        "id": "123456789012345678", "addr": "广东省广州市", "gender": "男", "nationality": "汉"}""",
    "idcard/back": """{"errcode": 0, "errmsg": "ok", "type": "Back", "valid_date": "20070105-20270105"}""",
    "idcard/back-oldest": """{"errcode": 0, "errmsg": "ok", "type": "Back", "valid_date": "20070105-20270105"}""",
    "idcard/front-oldest": """{"errcode": 0, "errmsg": "ok", "type": "Frond", "name": "xxx", "id": "xxxxxxxxxx"}""",
    "bankcard/id": """{"errcode": "0", "errmsg": "ok", "id": "622213XXXXXXXXX"}""",
    "bankcard/oldest": """{"errcode": 0, "errmsg": "ok", "number": "000000000000000"}""",
    "driving/oldest": """{"errcode": 0, "errmsg": "ok", "plate_num": "粤xxxxx", "vehicle_type": "小型普通客⻋",
        "owner": "东莞市xxxxx机械厂", "addr": "广东省东莞市xxxxx号", "use_character": "非营运",
        "model": "江淮牌HFCxxxxxxx", "vin": "LJ166xxxxxxxx51", "engine_num": "J3xxxxx3",
        "register_date": "2018-07-06", "issue_date": "2018-07-01", "plate_num_b": "粤xxxxx", "record": "441xxxxxx3",
        "passengers_num": "7人", "total_quality": "2700kg", "prepare_quality": "1995kg"}""",
    "comm/example": """{"errcode": 0, "errmsg": "ok", "items": [
        {"text": "腾讯", "pos": {"left_top": {"x": 575, "y": 519}, "right_top": {"x": 744, "y": 519},
            "right_bottom": {"x": 744, "y": 532}, "left_bottom": {"x": 573, "y": 532}}},
        {"text": "微信团队", "pos": {"left_top": {"x": 670, "y": 516}, "right_top": {"x": 762, "y": 517},
            "right_bottom": {"x": 762, "y": 532}, "left_bottom": {"x": 670, "y": 531}}}],
        "img_size": {"w": 1280, "h": 720}}""",
}


def included() -> dict[str, Fixture]:
    return {fixture.name: fixture for fixture in load_fixtures([INCLUDED])}


def raw() -> dict[str, Any]:
    entries = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(INCLUDED.glob("*.yaml"))]
    return {entry["name"]: entry for file in entries for entry in file}


@pytest.mark.parametrize("name", PRINTED)
def test_documented_example_is_word_for_word(name: str) -> None:
    printed = json.loads(PRINTED[name])
    assert list(raw()[name]["reply"].items()) == list(printed.items())
    assert included()[name].provenance == "documented"
    assert included()[name].reply == {key: printed[key] for key in printed if not key.startswith("err")}


def test_every_method_has_an_example_and_every_side_one() -> None:
    names = set(included())
    for method in METHODS:
        variants = [side.lower() for side in method.sides] or ["example"]
        assert names >= {f"{method.key}/{variant}" for variant in variants}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_examples_agree_with_the_contract(method: Any) -> None:
    for side in method.sides or (None,):
        reply = included()[f"{method.key}/{side.lower() if side else 'example'}"].reply
        assert reply is not None
        expected = method.example_reply(side)
        if method.key == "comm":
            expected["items"] = [*expected["items"], *reply["items"][1:]]
        assert list(reply.items()) == list(expected.items())


ENTRY = {"name": "bankcard/mine", "method": "bankcard", "provenance": "written", "reference": "test",
         "reply": {"number": "1"}}  # fmt: skip
COMM = {**ENTRY, "name": "comm/mine", "method": "comm"}


def load(tmp_path: Path, entries: Any, text: str | None = None) -> list[Fixture]:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(entries, allow_unicode=True) if text is None else text, encoding="utf-8")
    return load_file(path)


@pytest.mark.parametrize(("change", "field"), [
    ({"method": "passport"}, "method: 'passport' is none of idcard"), ({"method": None}, "method: must be a text"),
    ({"name": "mine"}, "name: must have the form bankcard/<variant>"), ({"name": "comm/x"}, "name: must have the form"),
    ({"name": "bankcard/../x"}, "name: must have the form"), ({"name": 1}, "name: must be a text"),
    ({"provenance": "heard"}, "provenance: 'heard' is none of"), ({"reference": ""}, "reference: must be a text"),
    ({"colour": 1}, "colour: unknown key"), ({"error": 101001}, "either reply or error"),
    ({"reply": []}, "reply: must be a mapping"),
    ({"reply": "none.json"}, "reply: 'none.json' is not the name of"),
    ({"reply": {"number": 1}}, "reply.number: must be of type string"),
    ({"reply": {"number": True}}, "reply.number: must be of type string, and is bool; put it in quotes"),
    ({"reply": {"numbre": "1"}}, "reply.numbre: the contract of bankcard has no such field"),
    ({"reply": {"errcode": 1}}, "reply.errcode: must be 0"), ({"reply": {"errcode": False}}, "reply.errcode"),
    ({"reply": {"errmsg": "no"}}, "reply.errmsg: must be ok"), ({"outside": "id"}, "outside: must be a list"),
    ({"match": []}, "match: must be a mapping"), ({"match": {"sha": "x"}}, "match.sha: unknown"),
    ({"match": {"sha256": "x"}}, "match.sha256: must be 64"),
    ({"match": {"sha256": 1}}, "match.sha256: must be a text"),
    ({"match": {"file": "none.jpg"}}, "match.file"), ({"match": {"url": ""}}, "match.url: must be a text"),
    ({"match": {1: "x"}}, "match.1: unknown"),
])  # fmt: skip
def test_a_wrong_fixture_is_refused_with_file_fixture_and_field(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(FixtureError) as caught:
        load(tmp_path, [{**ENTRY, **change}])
    assert field in str(caught.value)
    assert str(tmp_path / "mine.yaml") in str(caught.value)
    assert "fixture " in str(caught.value)


@pytest.mark.parametrize(("reply", "field"), [
    ({"items": {}}, "reply.items: must be of type array"), ({"items": ["x"]}, "reply.items[0]: must be of type object"),
    ({"items": [{"text": "a"}, {"text": 1}]}, "reply.items[1].text: must be of type string"),
    ({"items": [{"txt": "a"}]}, "reply.items[0].txt: unknown; its fields are text, pos"),
    ({"items": [{"pos": {"left_top": {"x": 1.5}}}]}, "reply.items[0].pos.left_top.x: must be of type integer"),
    ({"img_size": {"w": "1"}}, "reply.img_size.w: must be of type integer"),
    ({"img_size": {"w": True}}, "reply.img_size.w: must be of type integer"),
])  # fmt: skip
def test_nested_fields_are_checked(tmp_path: Path, reply: dict[str, Any], field: str) -> None:
    with pytest.raises(FixtureError) as caught:
        load(tmp_path, [{**COMM, "reply": reply}])
    assert field in str(caught.value)


def test_fields_of_the_other_side_are_refused(tmp_path: Path) -> None:
    entry = {**ENTRY, "name": "idcard/mine", "method": "idcard", "reply": {"type": "Back", "name": "x"}}
    with pytest.raises(FixtureError, match=r"reply\.name: belongs to the Front side"):
        load(tmp_path, [entry])


@pytest.mark.parametrize("code", [0, 1, "101001", True, None, 1.5])
def test_error_fixtures_name_a_known_code(tmp_path: Path, code: Any) -> None:
    entry = {key: value for key, value in ENTRY.items() if key != "reply"}
    with pytest.raises(FixtureError, match="error: "):
        load(tmp_path, [{**entry, "error": code}])
    assert load(tmp_path, [{**entry, "error": 101001}])[0].error == 101001


@pytest.mark.parametrize(("text", "why"), [
    ("a: [", "is not YAML"), ("\t- x", "is not YAML"), ("name: x", "is a list"), ("- x", "is not a mapping"),
    ("- [1]", "is not a mapping"), ("- name: !!python/object/apply:os.system [id]", "is not YAML"),
    ("- {name: 2018-99-99}", "is not YAML"),
    ("- name: bankcard/a\n  method: bankcard\n  provenance: written\n  reference: r\n  reply: {number: 2018-07-06}",
     "reply.number: must be of type string, and is date; put it in quotes"),
    ("- name: bankcard/a\n  method: bankcard\n  provenance: written\n  reference: r\n  reply: {number: 0000}",
     "put it in quotes"),
])  # fmt: skip
def test_what_is_no_list_of_fixtures_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(FixtureError, match=why):
        load(tmp_path, None, text)


def test_an_empty_file_has_no_fixtures(tmp_path: Path) -> None:
    assert load(tmp_path, None, "# nothing yet\n") == []


def test_unreadable_places_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FixtureError, match="cannot be read"):
        load_fixtures([tmp_path])
    with pytest.raises(FixtureError, match="no such file or folder"):
        load_fixtures([tmp_path / "none"])


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="two fixtures of this name"):
        load(tmp_path, [ENTRY, {**ENTRY, "reply": {"number": "1"}}])


def test_a_file_beside_the_yaml_is_hashed_when_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"picture")
    (fixture,) = load(tmp_path, [{**ENTRY, "match": {"file": "a.jpg"}}])
    assert fixture.match == {"sha256": hashlib.sha256(b"picture").hexdigest()}


def test_a_reply_may_stand_in_a_json_file(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"number": "7"}', encoding="utf-8")
    assert load(tmp_path, [{**ENTRY, "reply": "r.json"}])[0].reply == {"number": "7"}
    (tmp_path / "r.json").write_text("{", encoding="utf-8")
    with pytest.raises(FixtureError, match="not the name of a JSON file"):
        load(tmp_path, [{**ENTRY, "reply": "r.json"}])


def test_fields_outside_the_contract_are_kept_when_listed(tmp_path: Path) -> None:
    entry = {**ENTRY, "outside": ["id"], "reply": {"id": "1", "number": "2"}}
    assert list((load(tmp_path, [entry])[0].reply or {}).items()) == [("number", "2"), ("id", "1")]


def test_replies_come_in_the_contracts_order(tmp_path: Path) -> None:
    entry = {**COMM, "reply": {"img_size": {"w": 1, "h": 1}, "items": [], "errmsg": "ok", "errcode": "0"}}
    assert list(load(tmp_path, [entry])[0].reply or {}) == ["items", "img_size"]
