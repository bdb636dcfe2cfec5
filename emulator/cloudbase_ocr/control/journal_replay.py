"""Sends a call of the journal again: the same request or event, with a fresh token, as the same account and user."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cloudbase_ocr.control.operation import ControlError, NotThereError
from cloudbase_ocr.journal.entries import CALL_FUNCTION, FUNCTION, Entry, answer_of
from cloudbase_ocr.journal.middleware import AGAIN, Again
from cloudbase_ocr.journal.sent import SentEvent, SentRequest

if TYPE_CHECKING:
    from cloudbase_ocr.state.emulator import Emulator

_ANY_HOST = "http://127.0.0.1"
_CHANCE = re.compile(r" ?hint: \[[^\]]*\]| ?rid: [0-9a-f-]+")
_MAX_DIFFERENCES = 50


def repeatable(entry: Entry) -> Entry | None:
    """Return the entry that can be sent again in place of `entry`: itself, or the function that it called."""
    if entry.sent is not None:
        return entry
    if entry.kind == CALL_FUNCTION:
        return next((child for child in tuple(entry.children) if child.sent is not None), None)
    return None


def send_again(emulator: Emulator, entry: Entry) -> Entry:
    """Send the call of `entry` again and return its new entry.

    Raises:
        ControlError: it is of a kind that cannot be sent again.
        NotThereError: what it sent is not kept, or not any more.
    """
    if isinstance(entry.sent, SentEvent):
        return _call_function(emulator, entry, entry.sent)
    if isinstance(entry.sent, SentRequest):
        return _request(emulator, entry, entry.sent)
    raise ControlError(
        f"{entry.id}: {entry.kind} {entry.name[:80]} cannot be sent again; calls of functions and of /cv/... can. "
        "Choose another entry of its tree"
    )


def differences(before: Entry, after: Entry) -> list[str]:
    """Return the places where two entries' outcomes differ (``code``, ``answer.name``, ``answer.items[0].text``).

    What changes with each answer of WeChat (hint and rid of an errmsg) does not count.
    """
    found = [] if before.code == after.code else ["code"]
    _compare(answer_of(before), answer_of(after), "answer", found)
    return found[:_MAX_DIFFERENCES]


def _compare(before: Any, after: Any, path: str, found: list[str]) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            _compare(before.get(key), after.get(key), f"{path}.{key}", found)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            _compare(one, other, f"{path}[{number}]", found)
    elif _plain(before) != _plain(after):
        found.append(path)


def _plain(value: Any) -> Any:
    return _CHANCE.sub("", value) if isinstance(value, str) else value


def _call_function(emulator: Emulator, entry: Entry, sent: SentEvent) -> Entry:
    data = emulator.journal.kept.get(sent.key)
    if data is None:
        raise _forgotten(entry)
    with emulator.journal.part(CALL_FUNCTION, sent.name) as outer:
        outer.replay_of = entry.id
        emulator.runtime.invoke(sent.name, json.loads(data), sent.caller)
    return next(child for child in outer.children if child.kind == FUNCTION)


def _request(emulator: Emulator, entry: Entry, sent: SentRequest) -> Entry:
    # Imported late: only who sends something again needs a client.
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    request = emulator.journal.kept.get_request(sent)
    if request is None or emulator.wsgi is None:
        raise _forgotten(entry)
    # The stable one: asking for it ends no other token of the account.
    token = emulator.tokens.stable(entry.appid or emulator.settings.appid).access_token
    environ = EnvironBuilder(
        request.path,
        emulator.base_url or _ANY_HOST,
        urlencode([("access_token", token), *request.query]),
        method=request.method,
        content_type=request.content_type or None,
        data=request.body,
    ).get_environ()
    again = environ[AGAIN] = Again(entry.id)
    with suppress(ConnectionError, TimeoutError):  # a fault; the new entry tells of it
        run_wsgi_app(emulator.wsgi, environ, buffered=True)
    assert again.entry is not None  # noqa: S101 - every request to /cv/... has one
    return again.entry


def _forgotten(entry: Entry) -> NotThereError:
    return NotThereError(
        f"{entry.id}: what was sent is not kept any more; --journal-keep-mb and --journal-keep-count say how much is"
    )
