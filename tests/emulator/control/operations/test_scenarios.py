"""Scenarios: over the API, for each account on its own, and from files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.answers import FixtureError, load_scenarios
from cloudbase_ocr.app import create_app
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.control.operation import ControlError, NotThereError
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.emulator import emulator_of
from tests.emulator.control.ocr_client import ask, call_function, codes, upload
from wxcloud.contract import METHODS

FIXTURES = {"idcard/front", "idcard/back", "bankcard/example"}


def names(server: Server, appid: str, count: int) -> list[Any]:
    """Return names, or error codes where there is none."""
    replies = [upload(server, appid).json() for _ in range(count)]
    return [reply.get("name", reply["errcode"]) for reply in replies]


def test_answers_come_in_order_and_then_normal_ones(server: Server, control: Control, appid: str) -> None:
    state = control.scenario(
        "ocr.idcard", [-1, 40001, {"name": "李四"}, "idcard/back", "success", "normal"], appid=appid
    )
    assert names(server, appid, 3) == [-1, 40001, "李四"]
    assert upload(server, appid).json()["valid_date"]
    assert names(server, appid, 3) == ["张三", 101002, 101002]
    (shown,) = control.scenarios.list(appid).scenarios
    assert shown == replace(state, answered=6)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("normal", [-1, 45009, 0, 0, 0]),
        ("last", [-1, 45009, 45009, 45009, 45009]),
        ("repeat", [-1, 45009, -1, 45009, -1]),
    ],
)
def test_what_follows_the_last_answer(
    server: Server, control: Control, appid: str, after: Any, expected: list[int]
) -> None:
    control.scenario("ocr.idcard", [-1, 45009], appid=appid, after=after)
    assert codes(server, appid, 5) == expected


def test_each_account_goes_through_the_list_on_its_own(server: Server, control: Control, appid: str) -> None:
    control.scenario("ocr.idcard", [-1, 40001])
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda number: codes(server, f"{appid}-{number}", 4), range(16)))
    assert rows == [[-1, 40001, 0, 0]] * 16


def test_parallel_calls_of_one_account_share_the_list(server: Server, control: Control, appid: str) -> None:
    control.scenario("ocr.idcard", [-1] * 25, appid=appid)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(server, appid).json()["errcode"], range(50)))
    assert found.count(-1) == 25


def test_the_newest_goes_first_and_an_accounts_own_before_the_others(
    server: Server, control: Control, appid: str
) -> None:
    control.scenario("ocr.idcard", [-1], appid=appid)
    control.scenario("ocr.idcard", [40001], appid=appid)
    control.scenario("ocr.idcard", [45009])
    assert codes(server, appid, 4) == [40001, -1, 45009, 0]


def test_one_of_the_same_name_and_account_is_replaced(server: Server, control: Control, appid: str) -> None:
    control.scenario("ocr.idcard", [-1, -1], name="a", appid=appid)
    assert codes(server, appid, 1) == [-1]
    control.scenario("ocr.idcard", [40001, 40001], name="a", appid=appid)
    control.scenario("ocr.idcard", [45009], name="a", appid=appid + "-other")
    assert codes(server, appid, 3) == [40001, 40001, 0]
    assert control.scenarios.remove("a", appid).removed == 1
    assert codes(server, appid + "-other", 1) == [45009]
    assert control.scenarios.remove("a").removed == 1
    with pytest.raises(NotThereError, match="no scenario 'a'"):
        control.scenarios.remove("a")


def test_token_and_quota_are_checked_before(server: Server, control: Control, appid: str) -> None:
    control.scenario("ocr.idcard", ["success"], appid=appid)
    control.quota.exhaust(appid)
    assert codes(server, appid, 1) == [101003]
    control.quota.clear(appid)
    assert names(server, appid, 1) == ["张三"]


def test_failures_of_a_scenario_cost_no_quota(server: Server, control: Control, appid: str) -> None:
    control.scenario("ocr.idcard", [-1, 101001, "success"], appid=appid)
    codes(server, appid, 3)
    (quota,) = control.quota.get(appid, "ocr.idcard").quotas
    assert quota.used == 1


def test_a_function_tries_again(server: Server, control: Control) -> None:
    appid = server.emulator.settings.appid
    control.scenario("ocr.idcard", [40001, {"name": "王五"}], appid=appid)
    assert call_function(server, appid)["result"]["name"] == "王五"


def test_reply_changes_the_example(server: Server, control: Control, appid: str) -> None:
    control.reply("ocr.idcard", name="赵六", addr=None, appid=appid)
    first, second = upload(server, appid).json(), upload(server, appid).json()
    assert first == second
    assert (first["errcode"], first["name"], first["type"], "addr" in first) == (0, "赵六", "Front", False)
    control.reply("ocr.idcard", {"valid_date": "20200101-20300101"}, appid=appid, times=1)
    assert upload(server, appid).json()["type"] == "Back"
    assert names(server, appid, 1) == ["赵六"]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_reply_and_fail_work_for_every_method(
    server: Server, control: Control, appid: str, method: Any
) -> None:
    for name in (*method.permissions, method.key, method.path):
        control.reply(name, appid=appid)
        reply = ask(server, appid, method=method.key, url="mock://-1").json()
        assert set(reply) - {"errcode", "errmsg"} == set(method.example_reply(profile="observed"))
        control.fail(name, 101000, appid=appid)
        assert codes(server, appid, 2, method=method.key) == [101000, 101000]
        control.reset(appid)


def test_fail_so_many_times(server: Server, control: Control, appid: str) -> None:
    control.fail("ocr.idcard", -1, appid=appid, times=2)
    assert codes(server, appid, 3) == [-1, -1, 0]
    for times in (0, -1, 10**9):
        with pytest.raises(ControlError, match="times: must be from 1 to"):
            control.fail("ocr.idcard", -1, times=times)


def test_replies_follow_the_profile() -> None:
    app = create_app(Settings(recognizer=False, profile="documented"))
    Control(emulator_of(app)).reply("ocr.idcard", name="甲", birth="2000-01-01")
    found = app.test_client().post("/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard").json
    assert found is not None
    assert found["name"] == "甲"
    assert "birth" not in found
    emulator_of(app).close()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"nme": "x"}, "reply.nme: the contract of idcard has no such field"),
        ({"nme": None}, "reply.nme: the contract of idcard has no such field"),
        ({"name": 3}, "reply.name: must be of type string, and is int"),
        ({"name": "x", "valid_date": "y"}, "belongs to the"),
        ({"errcode": -1}, "for a failure give error"),
    ],
    ids=str,
)
def test_replies_are_held_to_the_contract(control: Control, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        control.reply("ocr.idcard", fields)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([], "answers: must be a list with at least one answer"),
        (["-1"], "answers.0.: '-1' is no answer"),
        ([0], "0 is not an error code of the contract; for a success write success"),
        ([12345], "12345 is not an error code of the contract"),
        ([True], "True is no answer"),
        ([None], "None is no answer"),
        ([-1, ["x"]], "answers.1.: "),
        (["idcard/none"], "no fixture of idcard; there are idcard/back, "),
        (["bankcard/example"], "no fixture of idcard"),
    ],
    ids=str,
)
def test_answers_that_are_none_are_refused(control: Control, answers: list[Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        control.scenario("ocr.idcard", answers)
    assert control.scenarios.list().scenarios == []


def test_reset_of_one_account(server: Server, control: Control, appid: str) -> None:
    control.scenario("ocr.idcard", [-1, -1], appid=appid)
    control.scenario("ocr.idcard", [45009], name="common")
    other = appid + "-other"
    control.scenario("ocr.idcard", [40001], appid=other)
    control.reset(appid)
    assert codes(server, appid, 2) == [45009, 0]
    control.reset(appid)
    assert codes(server, appid, 2) == [45009, 0]
    assert codes(server, other, 3) == [40001, 45009, 0]


FILE = """
- name: one
  method: ocr.idcard
  answers: [-1, 40001, success]
- name: two
  method: bankcard
  appid: wxfile
  after: repeat
  outside: [colour]
  answers:
    - {number: "6200000000000000", colour: red}
    - bankcard/example
"""


def test_files_are_in_force_from_the_start_and_after_a_reset(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FILE, encoding="utf-8")
    with running(Settings(port=0, recognizer=False, scenarios=(tmp_path,))) as server:
        control = Control(server.emulator)
        assert codes(server, "wx1", 4) == [-1, 40001, 0, 0]
        assert codes(server, "wx2", 2) == [-1, 40001]
        cards = [ask(server, "wxfile", method="bankcard", url="mock://bankcard").json() for _ in range(3)]
        assert [card.get("colour") for card in cards] == ["red", None, "red"]
        control.scenario("ocr.idcard", [45009])
        control.scenarios.remove("two", "wxfile")
        control.reset("wxfile")
        assert [state.name for state in control.scenarios.list().scenarios] == ["two", "one", "s1"]
        control.reset()
        assert codes(server, "wx1", 4) == [-1, 40001, 0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not YAML"),
        ("name: x", "a file of scenarios is a list"),
        ("- x", "number 1: is not a mapping"),
        (
            "- {name: a, method: ocr.idcard, answers: [-1], extra: 1}",
            "scenario a: extra: unknown key; known are",
        ),
        ("- {method: ocr.idcard, answers: [-1]}", "number 1: name: must be a text"),
        ("- {name: a, answers: [-1]}", "method: must be a text"),
        ("- {name: a, method: ocr.x, answers: [-1]}", "method: 'ocr.x' is none of ocr.idcard"),
        ("- {name: a, method: ocr.idcard}", "answers: must be a list"),
        ("- {name: a, method: ocr.idcard, answers: -1}", "answers: must be a list"),
        (
            "- {name: a, method: ocr.idcard, answers: [-1], after: stop}",
            "after: 'stop' is none of normal, last",
        ),
        ("- {name: a, method: ocr.idcard, answers: [-1], appid: 3}", "appid: must be a text"),
        ("- {name: a, method: ocr.idcard, answers: [{x: 1}]}", r"answers\[0\]: reply.x"),
        ("- {name: a, method: ocr.idcard, answers: [idcard/none]}", "is no fixture of idcard"),
        ("- {name: a, method: ocr.idcard, answers: [-1]}\n" * 2, "two scenarios of this name"),
        ("- &a {name: a, method: ocr.idcard, answers: [-1]}\n- *a", r"line 2: the alias \*a is refused"),
        ("- !!python/object/apply:os.getcwd []", "is not YAML"),
    ],
    ids=str,
)
def test_files_are_checked_strictly(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixtureError, match=message) as caught:
        load_scenarios([path], FIXTURES)
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.yaml", tmp_path / "binary.yaml"):
        with pytest.raises(FixtureError, match="cannot be read"):
            load_scenarios([path], FIXTURES)
    (tmp_path / "big.yaml").write_text("#" * (8 * 1024 * 1024 + 1))
    with pytest.raises(FixtureError, match="split it"):
        load_scenarios([tmp_path / "big.yaml"], FIXTURES)
    (tmp_path / "none.yaml").write_text("")
    assert load_scenarios([tmp_path / "none.yaml"], FIXTURES) == []
