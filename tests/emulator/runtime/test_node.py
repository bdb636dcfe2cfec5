"""How functions in JavaScript answer, and how they fail."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import (
    Caller,
    FunctionFailed,
    FunctionTimedOut,
    LoadFailed,
    Runtime,
)
from tests.emulator.runtime.calls import Make, Write, error_of, result_of


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("exports.main = async () => 1", 1),
        ("exports.main = () => 1", 1),
        ("exports.main = () => Promise.resolve(1)", 1),
        ("exports.main = () => ({ then: resolve => resolve(1) })", 1),
        ("module.exports = { main: async () => 1 }", 1),
        ("module.exports.main_handler = async () => 1", 1),
        ("exports.main = (event, context, callback) => callback(null, 1)", 1),
        ("exports.main = (event, context, callback) => setTimeout(() => callback(null, 1), 5)", 1),
        ("exports.main = (event, context, callback) => { callback(null, 1); callback(null, 2) }", 1),
        ("exports.main = async (event, context, callback) => { callback(null, 1); return 2 }", 1),
        ("exports.main = (event, context) => { context.succeed(1) }", 1),
        ("exports.main = (event, context) => { setTimeout(() => context.done(null, 1), 5) }", 1),
        ("exports.main = () => {}", None),
        ("exports.main = async () => undefined", None),
        ("exports.main = () => { setTimeout(() => {}, 5) }", None),
        ("exports.main = () => new Promise(() => {})", None),
        ("exports.main = async () => () => 1", None),
        ("exports.main = async () => NaN", None),
        (
            "exports.main = async () => [undefined, new Date(0), { a: undefined }]",
            [None, "1970-01-01T00:00:00.000Z", {}],
        ),
        ("exports.main = async () => Buffer.from('x')", {"type": "Buffer", "data": [120]}),
    ],
)
def test_ways_to_answer(write_node: Write, runtime: Runtime, code: str, result: object) -> None:
    write_node("f", code)
    assert [result_of(runtime.invoke("f", {})) for _ in range(2)] == [result, result]
    assert not runtime.invoke("f", {}).cold


def test_callback_waits_for_an_empty_event_loop(write_node: Write, make_runtime: Make) -> None:
    """As in SCF's document: a callback is held back by a timer, unless the context says otherwise."""
    write_node(
        "f",
        """
        exports.main = (event, context, callback) => {
          if (event === 'at once') context.callbackWaitsForEmptyEventLoop = false
          const timer = setInterval(() => {}, 1000)
          if (event === 'later') setTimeout(() => clearInterval(timer), 100)
          callback(null, 'answer')
        }
        """,
    )
    runtime = make_runtime(time_limit=0.5)
    assert runtime.invoke("f", "later").duration_ms >= 95
    at_once = runtime.invoke("f", "at once")
    assert (at_once.result, at_once.duration_ms < 95) == ('"answer"', True)
    assert isinstance(runtime.invoke("f", "never").error, FunctionTimedOut)


def test_a_promise_does_not_wait(write_node: Write, runtime: Runtime) -> None:
    write_node("f", "exports.main = async () => { setInterval(() => {}, 1000); return 1 }")
    assert [runtime.invoke("f", {}).result for _ in range(2)] == ["1", "1"]


@pytest.mark.parametrize(
    ("code", "stack", "hint"),
    [
        ("async () => { throw new Error('x') }", "Error: x", "Error: x"),
        ("() => Promise.reject(new TypeError('x'))", "TypeError: x", "TypeError: x"),
        ("(e, c, callback) => callback(new Error('x'))", "Error: x", "Error: x"),
        ("(e, c) => { c.fail(new Error('x')) }", "Error: x", "Error: x"),
        ("(e, c) => { c.fail() }", "Error: failed without a reason", "Error: failed"),
        ("() => { throw 'text' }", "'text' (thrown, but not an Error)", "'text' (thrown"),
        ("() => { throw undefined }", "undefined (thrown, but", "undefined"),
        ("async () => { throw { code: 7 } }", "{ code: 7 } (thrown, but", "{ code: 7 }"),
        ("() => { throw Symbol('s') }", "Symbol(s) (thrown", "Symbol(s)"),
        ("() => { throw Object.create(null) }", "[Object: null prototype] {} (thrown", "[Object"),
        ("() => { throw new Proxy({}, { get() { throw 1 } }) }", "", ""),
        ("() => { throw Object.assign(new Error('x'), { stack: 5 }) }", "Error: x", "Error: x"),
        (
            "() => { throw new (class extends Error { toString() { throw 1 } })() }",
            "cannot be shown",
            "cannot",
        ),
        ("async () => 10n", "TypeError: Do not know how to serialize a BigInt", "TypeError: "),
        ("async () => { const a = {}; a.a = a; return a }", "TypeError: Converting circular", "TypeError: "),
        ("async () => ({ toJSON() { throw new Error('x') } })", "Error: x", "Error: x"),
        ("() => setTimeout(() => {}, 5)", "TypeError: Converting circular", "TypeError: "),
        ("() => main(0)", "ReferenceError: main is not defined", "ReferenceError: "),
        ("function f () { return f() }", "RangeError: Maximum call stack", "RangeError: "),
    ],
)
def test_what_fails(write_node: Write, runtime: Runtime, code: str, stack: str, hint: str) -> None:
    write_node("f", f"exports.main = {code}\n")
    error = error_of(runtime, "f")
    assert isinstance(error, FunctionFailed)
    assert stack in (error.stack or "")
    assert hint in error.hint
    assert "bootstrap.js" not in (error.stack or "")
    assert not runtime.invoke("f", {}).cold, "such an exception does not cost the instance"


@pytest.fixture
def throwing_node(node: str) -> None:
    """Skip the test where a rejection that nobody handles is only a warning."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").partition(".")[0]) < 15:
        pytest.skip(f"Node.js {version.strip()} only warns of rejections that nobody handles")


@pytest.mark.usefixtures("throwing_node")
@pytest.mark.parametrize(
    "code",
    [
        "async () => { Promise.reject(new Error('stray')); await new Promise(r => setTimeout(r, 999)) }",
        "async () => { setTimeout(() => { throw new Error('stray') }, 1); await new Promise(r => setTimeout(r, 999)) }",
        "(e, c, callback) => { process.nextTick(() => { throw new Error('stray') }) }",
    ],
)
def test_what_nobody_catches_fails_the_call(write_node: Write, runtime: Runtime, code: str) -> None:
    write_node("f", f"exports.main = {code}\n")
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, FunctionFailed)
    assert "Error: stray" in (invocation.error.stack or "")
    assert runtime.invoke("f", {}).cold, "nobody knows what such an instance is good for"


@pytest.mark.usefixtures("throwing_node")
def test_rejection_beside_an_answer_is_logged(write_node: Write, runtime: Runtime) -> None:
    write_node("f", "exports.main = async () => { Promise.reject(new Error('stray')); return 1 }\n")
    first = runtime.invoke("f", {})
    assert first.result == "1"
    assert "Error: stray" in first.log
    assert runtime.invoke("f", {}).cold


@pytest.mark.usefixtures("throwing_node")
def test_rejection_while_loading(write_node: Write, runtime: Runtime) -> None:
    write_node("f", "Promise.reject(new Error('stray'))\nexports.main = async () => 1\n")
    error = error_of(runtime, "f")
    assert isinstance(error, LoadFailed)
    assert "Error: stray" in error.message


def test_fault_between_calls_costs_the_instance_only(
    write_node: Write, runtime: Runtime, place: Path
) -> None:
    write_node(
        "f",
        f"""
        const fs = require('fs')
        process.on('exit', () => fs.writeFileSync('{place}/gone', ''))
        exports.main = async event => {{
          if (event === 'stray') setTimeout(() => {{ throw new Error('stray') }}, 20)
          return process.pid
        }}
        """,
    )
    pid = result_of(runtime.invoke("f", "stray"))
    while not (place / "gone").exists() or Path(f"/proc/{pid}").exists():
        os.sched_yield()
    again = runtime.invoke("f", {})
    assert again.cold
    assert result_of(again) != pid


def test_caller_reaches_the_event(write_node: Write, runtime: Runtime) -> None:
    write_node("f", "exports.main = async event => event.userInfo\n")
    caller = Caller("miniprogram", openid="o", appid="wx")
    assert result_of(runtime.invoke("f", {}, caller)) == {"appId": "wx", "openId": "o"}
