"""The fixture ocr_emulator, used as its users use it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr import live
from cloudbase_ocr.testing import OcrEmulator
from tests import needs

CARD = Path(__file__).parents[3] / "emulator/cloudbase_ocr/specimens/idcard-front.jpg"


def ask(emulator: OcrEmulator, token: str = "", url: str = "mock://idcard") -> Any:
    """Call ocr.idcard over a socket."""
    query = {"access_token": token or emulator.token, "img_url": url}
    return requests.post(emulator.url + "/cv/ocr/idcard", params=query, timeout=10).json()


def fetch_token(emulator: OcrEmulator, path: str = "/cgi-bin/token") -> str:
    """Fetch a token as programs do."""
    query = {"grant_type": "client_credential", "appid": emulator.appid, "secret": emulator.secret}
    return str(requests.get(emulator.url + path, params=query, timeout=10).json()["access_token"])


def codes(emulator: OcrEmulator, count: int, **options: Any) -> list[int]:
    return [ask(emulator, **options)["errcode"] for _ in range(count)]


def test_reply_changes_fields_of_the_example(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.reply("ocr.idcard", {"addr": None}, name="赵一", times=1)
    first, second = ask(ocr_emulator), ask(ocr_emulator)
    assert (first["name"], "addr" in first) == ("赵一", False)
    assert (second["name"], "addr" in second) == ("张三", True)


def test_fail_gives_the_code(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.fail("ocr.idcard", 101001, times=2)
    assert codes(ocr_emulator, 3) == [101001, 101001, 0]


def test_scenario_goes_through_its_answers(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.scenario("ocr.idcard", [-1, 40001, "success"], after="repeat")
    assert codes(ocr_emulator, 5) == [-1, 40001, 0, -1, 40001]


def test_fault_hits_this_account_only(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.fault(errcode=45009, method="ocr.idcard")
    assert codes(ocr_emulator, 1) == [45009]
    assert codes(ocr_emulator.account("wxanother"), 1) == [0]


def test_fixture_answers_one_url(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.fixture("idcard/mine", {"type": "Front", "name": "钱二"})
    assert ask(ocr_emulator, url="mock://idcard/mine")["name"] == "钱二"
    assert ask(ocr_emulator.account("wxanother"), url="mock://idcard/mine")["errcode"] == 101000


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        pytest.param(lambda e: e.reply("ocr.idcard", nmae="孙三"), "nmae", id="field"),
        pytest.param(lambda e: e.reply("ocr.passport"), "ocr.passport", id="method"),
        pytest.param(lambda e: e.fail("ocr.idcard", 12345), "12345", id="code"),
        pytest.param(lambda e: e.scenario("ocr.idcard", []), "answers", id="no answers"),
        pytest.param(lambda e: e.fault("earthquake"), "earthquake", id="fault"),
        pytest.param(lambda e: e.clock.advance(hours=-1), "backward", id="clock"),
        pytest.param(lambda e: e.env("passport"), "passport", id="function"),
        pytest.param(lambda e: e.invoke("idcard", {}, openid="; rm"), "openid", id="openid"),
        pytest.param(lambda e: e.upload("", b"x"), "relative", id="file name"),
    ],
)
def test_mistakes_are_named(ocr_emulator: OcrEmulator, call: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call(ocr_emulator)


@pytest.mark.parametrize("path", ["/cgi-bin/token"])
def test_clock_lets_tokens_expire(ocr_emulator: OcrEmulator, path: str) -> None:
    token = fetch_token(ocr_emulator, path)
    assert codes(ocr_emulator, 1, token=token) == [0]
    ocr_emulator.clock.advance(hours=2)
    assert codes(ocr_emulator, 1, token=token) == [42001]
    assert codes(ocr_emulator, 1, token=fetch_token(ocr_emulator, path)) == [0]


def test_tokens_end_when_told_to(ocr_emulator: OcrEmulator) -> None:
    first = fetch_token(ocr_emulator)
    assert ocr_emulator.tokens.expire().ended == 1
    second = fetch_token(ocr_emulator)
    ocr_emulator.tokens.revoke()
    assert [ask(ocr_emulator, token)["errcode"] for token in (first, second)] == [42001, 40001]


def test_a_wrong_parameter_is_refused_by_python_and_by_type_checkers(ocr_emulator: OcrEmulator) -> None:
    with pytest.raises(TypeError, match="mss"):
        ocr_emulator.fault("latency", mss=3000)  # type: ignore[call-arg]  # mypy says so if it stops knowing
    with pytest.raises(TypeError, match="side"):
        ocr_emulator.fixture("idcard/mine", side="front")  # type: ignore[call-arg]  # as above
    with pytest.raises(ValueError, match="after"):
        ocr_emulator.scenario("ocr.idcard", [-1], after="never")  # type: ignore[arg-type]  # as above
    with pytest.raises(TypeError, match="appid"):
        ocr_emulator.fault("reset", appid="wxanother")


def test_quota_is_of_this_account(ocr_emulator: OcrEmulator) -> None:
    (quota,) = ocr_emulator.quota.set("ocr.idcard", limit=2).quotas
    assert (quota.appid, quota.remain) == (ocr_emulator.appid, 2)
    assert codes(ocr_emulator, 3) == [0, 0, 101003]
    assert codes(ocr_emulator.account("wxanother"), 3) == [0, 0, 0]
    ocr_emulator.clock.advance(days=1)
    assert ocr_emulator.quota.get("ocr.idcard").quotas[0].remain == 2
    ocr_emulator.quota.exhaust()
    assert codes(ocr_emulator, 1) == [101003]


def test_invoke_calls_a_function_of_this_account(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.reply("ocr.idcard", name="李四")
    answer = ocr_emulator.invoke("idcard", {"imgUrl": "mock://idcard"}, openid="o1")
    assert answer["errMsg"] == "cloud.callFunction:ok"
    assert (answer["result"]["name"], answer["result"]["errCode"]) == ("李四", 0)
    called = [(call.path, call.appid, call.code) for call in ocr_emulator.requests]
    assert called == [
        ("/cgi-bin/stable_token", ocr_emulator.appid, None),
        ("/cv/ocr/idcard", ocr_emulator.appid, 0),
    ]


@pytest.mark.check
def test_invoke_tells_who_calls(tmp_path: Path) -> None:
    folder = tmp_path / "whoami"
    folder.mkdir()
    (folder / "index.py").write_text(
        "import wxcloud as cloud\n\n\ndef main(event, context):\n"
        "    return [event, cloud.get_wx_context()['OPENID'], cloud.get_wx_context()['APPID']]\n",
        encoding="utf-8",
    )
    run(
        tmp_path,
        "import pytest\nfrom pathlib import Path\nfrom cloudbase_ocr.settings import Settings\n"
        "@pytest.fixture(scope='session')\ndef ocr_emulator_settings():\n"
        f"    return Settings(functions=Path({str(tmp_path)!r}))\n"
        "def test_one(ocr_emulator):\n"
        "    answer = ocr_emulator.invoke('whoami', {'a': 1}, openid='o-me')\n"
        "    event, openid, appid = answer['result']\n"
        "    assert (event['a'], openid, appid) == (1, 'o-me', ocr_emulator.appid)\n"
        "    assert ocr_emulator.invoke('whoami')['result'][1] == 'o000000000000000000000000000'\n",
    )


@pytest.mark.check
@needs.engine
def test_uploaded_picture_is_read_by_a_function(ocr_emulator: OcrEmulator) -> None:
    file_id = ocr_emulator.upload("card.jpg", CARD.read_bytes())
    answer = ocr_emulator.invoke("idcard", {"fileID": file_id})
    assert answer["result"]["name"] == "林知夏"


def test_failing_function_is_told_as_its_caller_sees_it(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.fault("crash", function="idcard")
    assert ocr_emulator.invoke("idcard", {"imgUrl": "mock://idcard"})["errCode"] == -504002


def test_env_points_programs_at_this_account(ocr_emulator: OcrEmulator) -> None:
    variables = ocr_emulator.env("idcard")
    assert variables["WXCLOUD_API_BASE"] == ocr_emulator.url
    assert ocr_emulator.url in variables["TCB_CONTEXT_CNFG"]
    assert variables["SCF_FUNCTIONNAME"] == "idcard"
    assert {variables["WECHAT_APPID"], variables["WX_APPID"]} == {ocr_emulator.appid}
    assert variables["WX_API_TOKEN"].split("/")[:3] == ["emulator", "idcard", ocr_emulator.appid]


def test_env_with_https_leads_a_literal_address_here(tmp_path: Path) -> None:
    with live.start(recognizer=False, tls_folder=tmp_path / "ca") as emulator:
        program = (
            "import requests; print(requests.post('https://api.weixin.qq.com/cv/ocr/idcard', "
            f"params={{'access_token': '{emulator.token}', 'img_url': 'mock://idcard'}}, timeout=20).json()['name'])"
        )
        environment = {**os.environ, **emulator.env(https=True), "PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert (done.stdout, done.returncode) == ("张三\n", 0), done.stderr
        assert [call.path for call in emulator.requests] == ["/cv/ocr/idcard"]


def test_requests_are_this_tests_calls(ocr_emulator: OcrEmulator) -> None:
    assert ocr_emulator.requests == []
    token = fetch_token(ocr_emulator)
    ocr_emulator.tokens.expire()
    ask(ocr_emulator, token)
    ask(ocr_emulator, "no such token")
    ask(ocr_emulator.account("wxanother"))
    told = [(call.method, call.path, call.code) for call in ocr_emulator.requests]
    assert told == [
        ("GET", "/cgi-bin/token", None),
        ("POST", "/cv/ocr/idcard", 42001),
        ("POST", "/cv/ocr/idcard", 40001),
    ]
    assert [call.path for call in ocr_emulator.account("wxanother").requests][-1:] == ["/cv/ocr/idcard"]
    assert token not in repr(ocr_emulator.requests)


def test_client_needs_no_connection(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.reply("ocr.idcard", name="王五")
    address = f"/cv/ocr/idcard?access_token={ocr_emulator.token}&img_url=mock://idcard"
    assert ocr_emulator.client.post(address).get_json()["name"] == "王五"
    assert [call.path for call in ocr_emulator.requests] == ["/cv/ocr/idcard"]


def test_reset_brings_back_a_fresh_account(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.fail("ocr.idcard", -1)
    ocr_emulator.quota.exhaust()
    ocr_emulator.reset()
    assert codes(ocr_emulator, 1) == [0]


def run(
    folder: Path, text: str, *arguments: str, passed: int = 1, environment: dict[str, str] | None = None
) -> str:
    """Run a test file of a user in a process of its own, with warnings as errors; return what pytest prints."""
    (folder / "test_user.py").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120
    )
    assert f"{passed} passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    return done.stdout


def test_nothing_of_one_test_is_left_for_the_next(tmp_path: Path) -> None:
    run(
        tmp_path,
        "import requests\nseen = set()\n"
        "def check(e):\n"
        "    query = {'access_token': e.token, 'img_url': 'mock://idcard'}\n"
        "    assert requests.post(e.url + '/cv/ocr/idcard', params=query, timeout=9).json()['errcode'] == 0\n"
        "    assert e.appid not in seen and len(e.requests) == 1 and abs(e.clock.get().offset) < 1\n"
        "    seen.add(e.appid)\n"
        "    e.fail('ocr.idcard', -1)\n    e.control.fail('ocr.idcard', -1)\n    e.control.fault('reset')\n"
        "    e.clock.advance(days=3)\n    e.clock.freeze()\n    e.quota.exhaust()\n"
        "def test_one(ocr_emulator):\n    check(ocr_emulator)\n"
        "def test_two(ocr_emulator):\n    check(ocr_emulator)\n"
        "def test_three(ocr_emulator):\n    check(ocr_emulator)\n",
        passed=3,
    )


@pytest.mark.check
def test_in_process_use_works_where_sockets_are_forbidden(tmp_path: Path) -> None:
    run(
        tmp_path,
        "import socket, pytest\n"
        "@pytest.fixture(autouse=True)\ndef no_sockets(monkeypatch):\n"
        "    def refuse(*_, **__):\n        raise AssertionError('a socket was opened')\n"
        "    monkeypatch.setattr(socket.socket, '__init__', refuse)\n"
        "def test_one(no_sockets, ocr_emulator):\n"
        "    ocr_emulator.fail('ocr.idcard', 101001)\n"
        "    path = '/cv/ocr/idcard?img_url=mock://idcard&access_token=' + ocr_emulator.token\n"
        "    assert ocr_emulator.client.post(path).get_json()['errcode'] == 101001\n",
    )


def test_who_does_not_use_it_pays_nothing(tmp_path: Path) -> None:
    others = [plugin for plugin in entry_points(group="pytest11") if plugin.value != "cloudbase_ocr.testing"]
    run(
        tmp_path,
        "import sys\n"
        "def test_one():\n"
        "    loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "    assert not loaded & {'flask', 'werkzeug', 'numpy', 'cv2', 'openvino', 'requests', 'wxcloud', 'yaml'}\n"
        "    assert 'cloudbase_ocr.testing' in sys.modules\n",
        *(f"-pno:{plugin.name}" for plugin in others),
    )


@pytest.mark.check
def test_the_ocr_engine_is_not_loaded_without_a_picture(tmp_path: Path) -> None:
    run(
        tmp_path,
        "import sys\n"
        "def test_one(ocr_emulator):\n"
        "    path = '/cv/ocr/idcard?img_url=mock://idcard&access_token=' + ocr_emulator.token\n"
        "    assert ocr_emulator.client.post(path).get_json()['errcode'] == 0\n"
        "    assert 'openvino' not in sys.modules\n",
    )


@pytest.mark.check
def test_settings_can_be_replaced(tmp_path: Path) -> None:
    run(
        tmp_path,
        "import pytest\nfrom cloudbase_ocr.settings import Settings\n"
        "@pytest.fixture(scope='session')\ndef ocr_emulator_settings():\n"
        "    return Settings(quota_per_day=7, port=1)\n"
        "def test_one(ocr_emulator):\n"
        "    assert ocr_emulator.quota.get('ocr.menu').quotas[0].limit == 7\n"
        "    assert not ocr_emulator.url.endswith(':1')\n",
    )


@pytest.mark.check
def test_named_accounts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "test_user.py").write_text(
        "import pytest\nfrom cloudbase_ocr.settings import Settings\n"
        "@pytest.fixture(scope='session')\ndef ocr_emulator_settings():\n"
        "    return Settings(apps=('wx1:secret',))\n"
        "def test_one(ocr_emulator):\n    pass\n",
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60)
    assert "leave apps empty" in done.stdout + done.stderr
    assert done.returncode


@pytest.fixture(scope="module")
def app(ocr_emulator_session: OcrEmulator) -> OcrEmulator:
    ocr_emulator_session.fail("ocr.idcard", 101001)
    return ocr_emulator_session


def test_a_fixture_of_a_wider_scope_has_an_emulator_of_its_own(
    app: OcrEmulator, ocr_emulator: OcrEmulator, make_ocr_emulator: Any
) -> None:
    with make_ocr_emulator(quota_per_day=1) as small:
        assert (codes(app, 1), codes(ocr_emulator, 1), codes(small, 2)) == ([101001], [0], [0, 101003])
        assert len({app.url, small.url, ocr_emulator.url}) == 3


@pytest.mark.check
def test_fixtures_of_any_scope(tmp_path: Path) -> None:
    run(
        tmp_path,
        "import pytest, requests\n"
        "def code(e):\n"
        "    query = {'access_token': e.token, 'img_url': 'mock://idcard'}\n"
        "    return requests.post(e.url + '/cv/ocr/idcard', params=query, timeout=9).json()['errcode']\n"
        "@pytest.fixture(scope='session')\ndef app(ocr_emulator_session):\n"
        "    ocr_emulator_session.fail('ocr.idcard', 101001)\n    return ocr_emulator_session\n"
        "@pytest.fixture(scope='module')\ndef small(make_ocr_emulator):\n"
        "    with make_ocr_emulator(quota_per_day=1) as ocr:\n        yield ocr\n"
        "@pytest.mark.parametrize('again', [1, 2])\n"
        "def test_one(app, small, ocr_emulator, again):\n"
        "    assert (code(app), code(ocr_emulator)) == (101001, 0)\n"
        "    assert code(small) == (0 if again == 1 else 101003)\n"
        "    assert len({app.url, small.url, ocr_emulator.url}) == 3\n",
        passed=2,
    )


@pytest.mark.check
def test_a_call_that_no_fixture_fits_fails_its_test(tmp_path: Path) -> None:
    (tmp_path / "test_user.py").write_text(
        "import pytest\nfrom cloudbase_ocr import Settings\n"
        "@pytest.fixture(scope='session')\ndef ocr_emulator_settings():\n"
        "    return Settings(strict_fixtures=True)\n"
        "def ask(e, name):\n"
        "    path = '/cv/ocr/idcard?access_token=' + e.token\n"
        "    e.fixture('idcard/mine', {'type': 'Front', 'name': 'x'}, match={'name': 'mine.jpg'})\n"
        "    from io import BytesIO\n"
        "    return e.client.post(path, data={'img': (BytesIO(b'x'), name)}).get_json()\n"
        "def test_fits(ocr_emulator):\n    assert ask(ocr_emulator, 'mine.jpg')['name'] == 'x'\n"
        "def test_unseen(ocr_emulator):\n    ask(ocr_emulator, 'b.jpg')\n"
        "def test_seen(ocr_emulator):\n    assert ask(ocr_emulator, 'b.jpg')['name'] == 'x'\n",
        encoding="utf-8",
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60)
    assert "2 failed, 1 passed" in done.stdout, done.stdout
    assert done.stdout.count("no fixture fits what was called:") >= 2
    assert "KeyError: 'name'" in done.stdout
