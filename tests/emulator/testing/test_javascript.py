"""The JavaScript twin under Node.js: what it starts it ends, and mistakes are named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests import needs
from wxcloud.service_market import INVOKE_SERVICE

FOLDER = Path(__file__).parents[3] / "emulator/cloudbase_ocr/javascript"
NODE = shutil.which("node")
COMMAND = json.dumps([sys.executable, "-m", "cloudbase_ocr"])
START = f"await start({{ command: {COMMAND}, args: ['--no-recognizer'] }})"

pytestmark = [pytest.mark.check, pytest.mark.skipif(NODE is None, reason=needs.NODE)]


def run(program: str, **environment: str) -> Any:
    """Run the body of an async function; return the JSON that it gives."""
    text = (
        f"const {{ start, EmulatorError }} = require({json.dumps(str(FOLDER))});"
        f"(async () => {{ {program} }})().then((value) => process.stdout.write(JSON.stringify(value)))"
    )
    done = subprocess.run(
        [str(NODE), "-e", text],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def complaint(call: str, start: str = START) -> str:
    """Return the message of the EmulatorError that a call throws."""
    found: str = run(
        f"try {{ const ocr = {start}; await ({call}) }} catch (error) {{"
        " if (!(error instanceof EmulatorError)) throw error; return error.message }"
    )
    return found


def test_stop_ends_what_start_started() -> None:
    url = run(f"const ocr = {START}; await ocr.stop(); await ocr.stop(); return ocr.url")
    assert not EmulatorClient(url).is_running()


def test_a_forgotten_emulator_neither_holds_node_nor_outlives_it() -> None:
    url = run(f"const ocr = {START}; await ocr.fail('ocr.idcard', -1); return ocr.url")
    assert not EmulatorClient(url).is_running()


def test_every_operation_reaches_the_emulator() -> None:
    answer = run(
        f"const ocr = {START};"
        "const account = { appid: 'wx1' };"
        "await ocr.reply('ocr.idcard', { name: '李四', addr: null }, { times: 1 });"
        "const call = async () => (await ocr.invoke('idcard', { imgUrl: 'mock://idcard' }, { openid: 'o1' })).result;"
        "const first = await call();"
        "const fault = await ocr.fault({ errcode: 45009, method: 'ocr.idcard', times: 1 });"
        "const second = await call();"
        "await ocr.fixture('idcard/mine', { reply: { type: 'Front', name: '王五' } });"
        "const third = (await ocr.invoke('idcard', { imgUrl: 'mock://idcard/mine' })).result.name;"
        "const quota = (await ocr.quota.set({ ...account, method: 'ocr.menu', limit: 3 })).quotas[0];"
        "const left = (await ocr.quota.get({ ...account, method: 'ocr.menu' })).quotas[0].remain;"
        "const clock = await ocr.clock.freeze({ time: '2026-01-31T00:00:00+08:00' });"
        "const file = await ocr.upload('a.txt', '中');"
        "const env = await ocr.env('idcard');"
        "const ended = await ocr.tokens.expire();"
        "await ocr.reset();"
        "const after = await ocr.clock.get();"
        "return { first, fault: fault.type, second: second.errCode, third, limit: quota.limit, left,"
        "  time: clock.time, id: file.fileID, base: env.WXCLOUD_API_BASE === ocr.url, ended, frozen: after.frozen }"
    )
    first = answer.pop("first")
    assert (first["name"], "addr" in first) == ("李四", False)
    assert answer.pop("id").startswith("cloud://")
    assert answer == {
        "fault": "errcode",
        "second": 45009,
        "third": "王五",
        "limit": 3,
        "left": 3,
        "time": "2026-01-31T00:00:00.000+08:00",
        "base": True,
        "ended": {"ended": 1},
        "frozen": False,
    }


def test_a_reply_of_the_service_market_is_of_plain_values_that_are_wrapped() -> None:
    answer = run(
        f"const ocr = {START}; const market = 'serviceMarket.invokeService';"
        "const call = async (ocrType) =>"
        "  (await ocr.invoke('ocrAllInOne', { imgUrl: 'https://example.com/a.jpg', ocrType })).result;"
        "await ocr.reply(market, { ocrType: 'idcard', name: '李四', birth: null });"
        "const card = await call('idcard');"
        "await ocr.reply(market, { ocrType: 1, type: 2 });"
        "const nothing = await call(1);"
        "await ocr.reply(market, { plate_num_res: { number: { text: '粤B00000' } } });"
        "const plate = await call('platenum');"
        "await ocr.fail(market, 9301012);"
        "const late = await call(1);"
        "return { card: JSON.parse(card.data).idcard_res, code: card.errCode, nothing: nothing.data,"
        "  plate: plate.data, late: late.errCode }"
    )
    card = answer.pop("card")
    assert (card["type"], card["name"], "birth" in card) == (0, {"text": "李四"}, False)
    assert answer == {
        "code": 0,
        "nothing": '{"idcard_res":{"type":2}}',
        "plate": '{"plate_num_res":{"number":{"text":"粤B00000"}}}',
        "late": 9301012,
    }


def test_env_with_https_names_proxy_and_trust(tmp_path: Path) -> None:
    with running(Settings(port=0, recognizer=False, tls_folder=tmp_path)) as server:
        variables = run(
            f"const ocr = await start({{ url: '{server.url}' }}); return ocr.env('', {{ https: true }})"
        )
        assert variables["HTTPS_PROXY"] == server.url
        assert Path(variables["NODE_EXTRA_CA_CERTS"]).parent == tmp_path


def test_attached_with_an_appid_everything_is_for_this_account() -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        states = run(
            f"const ocr = await start({{ url: '{server.url}/', appid: 'wxmine' }});"
            "const states = [await ocr.fail('ocr.idcard', -1), await ocr.scenario('ocr.menu', ['success']),"
            "  await ocr.fault({ type: 'reset' }), (await ocr.quota.exhaust()).quotas[0]];"
            "const env = await ocr.env();"
            "await ocr.stop();"
            "return [...states.map((state) => state.appid), env.WX_APPID]"
        )
        assert states == ["wxmine"] * 5
        assert EmulatorClient(server.url).is_running()
        assert [rule.fault.type for rule in server.emulator.faults.all] == ["reset"]


@pytest.mark.parametrize("chosen", ["", "a-token-of-the-tests"], ids=["printed", "chosen"])
def test_the_token_of_an_emulator_for_other_machines_is_carried(chosen: str) -> None:
    options = f"{{ command: {COMMAND}, args: ['--no-recognizer', '--host', '0.0.0.0'], token: '{chosen}' }}"
    answer = run(
        f"const ocr = await start({options}); const again = start({{ url: ocr.url }}).catch((e) => e.message);"
        "const result = [(await ocr.clock.get()).frozen, await again, JSON.stringify(ocr), ocr._token];"
        "await ocr.stop(); return result"
    )
    assert answer[0] is False
    assert "asks for a token" in answer[1]
    assert answer[3] not in answer[2]
    assert chosen in ("", answer[3])


def test_attached_with_an_appid_functions_work_for_this_account() -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        codes = run(
            f"const mine = await start({{ url: '{server.url}', appid: 'wxmine' }});"
            f"const yours = await start({{ url: '{server.url}', appid: 'wxyours' }});"
            f"const nobody = await start({{ url: '{server.url}' }});"
            "await mine.fail('ocr.idcard', 101001);"
            "await yours.quota.exhaust({ method: 'ocr.idcard' });"
            "const call = async (ocr) => (await ocr.invoke('idcard', { imgUrl: 'mock://idcard' })).result.errCode;"
            "return [await call(mine), await call(yours), await call(nobody), await call(mine)]"
        )
    assert codes == [101001, 101003, 0, 101001]


def test_the_token_may_come_from_the_environment() -> None:
    token = "a-token-of-the-tests"
    with running(Settings(port=0, recognizer=False, control_token=token)) as server:
        program = f"return (await (await start({{ url: '{server.url}' }})).clock.get()).frozen"
        assert run(program, CLOUDBASE_OCR_CONTROL_TOKEN=token) is False


@pytest.mark.parametrize(
    ("call", "start", "expected"),
    [
        pytest.param("ocr.fail('ocr.passport', -1)", START, "ocr.passport", id="method"),
        pytest.param("ocr.reply('ocr.idcard', { nmae: 'x' })", START, "nmae", id="field"),
        pytest.param(
            "ocr.reply('serviceMarket.invokeService', { address: 'x' })", START, "ocr_type", id="market"
        ),
        pytest.param("ocr.clock.advance({ hours: '2' })", START, "hours", id="type"),
        pytest.param("0", "await start({ command: 'no-such-command' })", "pip install", id="no command"),
        pytest.param(
            "0",
            f"await start({{ command: {COMMAND}, args: ['--nope'] }})",
            "there is no option --nope",
            id="option",
        ),
        pytest.param("0", "await start({ url: 'http://127.0.0.1:9' })", "no emulator answers", id="nobody"),
    ],
)
def test_mistakes_are_named(call: str, start: str, expected: str) -> None:
    assert expected in complaint(call, start)


def test_declared_types_know_the_service_market() -> None:
    declared = (FOLDER / "index.d.ts").read_text(encoding="utf-8")
    assert f"method: '{INVOKE_SERVICE.permission}'" in declared


def test_declared_types_name_what_there_is() -> None:
    names = run(
        f"const ocr = {START}; const own = Object.getOwnPropertyNames(Object.getPrototypeOf(ocr));"
        "return [...own, ...Object.keys(ocr)].filter((name) => name !== 'constructor' && name[0] !== '_')"
    )
    declared = (FOLDER / "index.d.ts").read_text(encoding="utf-8")
    body = declared[declared.index("export class Emulator {") :]
    assert [name for name in names if f"\n  {name}(" not in body and f"  readonly {name}:" not in body] == []


def test_what_was_sent_is_told_and_asserted() -> None:
    answer = run(
        f"const ocr = {START}; const picture = Buffer.from('no picture');"
        "const form = new FormData(); form.append('img', new Blob([picture], { type: 'image/png' }), 'card.png');"
        "form.append('note', 'x');"
        "await ocr.fail('ocr.idcard', 101001);"
        "const url = ocr.url + '/cv/ocr/idcard?type=photo&access_token=mock://wx1';"
        "await fetch(url, { method: 'POST', body: form });"
        "const [sent] = await ocr.requests();"
        "const found = await ocr.assertCalled('ocr.idcard',"
        "  { times: 1, image: picture, query: { type: 'photo', ratios: null }, form: { note: 'x' }, code: 101001 });"
        "await ocr.assertCalled('idcard', { image: { filename: 'card.png', content_type: 'image/png' } });"
        "const missed = await ocr.assertCalled('idcard', { query: { type: 'scan' } }).catch((error) => error);"
        "await ocr.assertAllMatched();"
        "await ocr.stop();"
        "return { sent, found, name: missed.name, code: missed.code, message: missed.message }"
    )
    sent = answer["sent"]
    assert (sent["query"], sent["form"]) == ({"type": "photo", "access_token": "***"}, {"note": "x"})
    assert (sent["image"]["size"], sent["answered_by"], sent["reply"]["errcode"]) == (10, "scenario", 101001)
    assert answer["found"] == 1
    assert (answer["name"], answer["code"]) == ("AssertionError", "ERR_ASSERTION")
    assert answer["message"].endswith("  query.type: expected 'scan', was 'photo'")
