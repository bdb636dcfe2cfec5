"""Who calls, and how long there is to answer.

An instance is reused for many callers, and a function may run several threads, so nothing about a caller is
kept in a module global: the running call sits in a context variable. A new thread starts without it; run the
thread's work through ``contextvars.copy_context().run`` when it needs the caller.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Any, NamedTuple

DEFAULT_TIME_LIMIT = 3.0
"""Seconds a cloud function has by default (documented: getFuncConfig)."""

_HIDDEN = ("API_TOKEN", "WX_API_TOKEN", "TRIGGER_API_TOKEN_V0", "WX_TRIGGER_API_TOKEN_V0")
_USER_INFO = (("openId", "OPENID"), ("appId", "APPID"), ("unionId", "UNIONID"))
_WHOLE_NUMBER = re.compile(r"-?[0-9]+")


class Call(NamedTuple):
    """One invocation: what the function was given, and the monotonic second at which it must be over."""

    event: Any
    context: Any
    deadline: float
    time_limit: float


_running: ContextVar[Call | None] = ContextVar("wxcloud_call", default=None)


def current() -> Call | None:
    """Return the invocation that this code runs in, or None outside one."""
    return _running.get()


def begin(event: Any, context: Any, started: float) -> Token[Call | None]:
    """Note that an invocation began at `started` (monotonic seconds); give the result to :func:`end`."""
    limit = time_limit(context)
    return _running.set(Call(event, context, started + limit - safety_margin(limit), limit))


def end(token: Token[Call | None]) -> None:
    """Forget the invocation that :func:`begin` noted."""
    _running.reset(token)


def time_limit(context: Any) -> float:
    """Return the invocation's limit in seconds: ``context['time_limit_in_ms']``, else 3."""
    value = context.get("time_limit_in_ms") if isinstance(context, Mapping) else None
    try:
        seconds = float(value or 0) / 1000
    except (TypeError, ValueError):
        return DEFAULT_TIME_LIMIT
    return seconds if 0 < seconds < float("inf") else DEFAULT_TIME_LIMIT


def safety_margin(limit: float) -> float:
    """Return the seconds kept back so that an error still reaches the caller: a tenth, at most 0.3 s."""
    return min(0.3, limit / 10)


def get_wx_context(event: Any = None, context: Any = None) -> dict[str, Any]:
    """Return who calls, as ``cloud.getWXContext()`` does: OPENID, APPID, UNIONID, ENV, SOURCE, CLIENTIP, ...

    Without arguments it speaks of the running invocation. The first of these that names its keys in
    WX_CONTEXT_KEYS gives the whole identity, so that two callers are never mixed: ``context['environment']``
    (JSON), ``context['environ']`` (``K=V;K=V``), and, only when the platform sent neither, ``os.environ``,
    which on a reused instance may still hold the caller before. After them ``event['userInfo']`` (openId,
    appId, unionId), unless the platform named a source other than WeChat, where callers can write userInfo
    themselves. No identity: ``{}``, as in the SDK. Tokens are left out; whole numbers become int
    (observation: SDK 4.0.2).
    """
    call = current()
    if call is not None and event is None and context is None:
        event, context = call.event, call.context
    sent = call_environments(context)
    for values in sent or [os.environ]:
        if values.get("WX_CONTEXT_KEYS"):
            return {**_named(values), **_place(values, sent)}
    user = _user_info(event)
    place = _place({}, sent)
    if not user or not str(place.get("SOURCE", "wx")).startswith("wx"):
        return {}
    return {**user, **place}


def environment_value(name: str) -> str | None:
    """Return one value of the running call's environment: what the platform sent with it, else os.environ."""
    call = current()
    for values in [*call_environments(call.context if call else None), os.environ]:
        value = values.get(name)
        if value:
            return str(value)
    return None


def call_environments(context: Any) -> list[Mapping[str, Any]]:
    """Return what the platform sent with the call: `environment`, then `environ`, parsed, if not empty."""
    if not isinstance(context, Mapping):
        return []
    found = (_from_json(context.get("environment")), _from_pairs(context.get("environ")))
    return [values for values in found if values]


def _from_json(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _from_pairs(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, str):
        return value if isinstance(value, Mapping) else {}
    pairs = (pair.partition("=") for pair in value.split(";"))
    return {name: text for name, equals, text in pairs if name and equals}


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    identity: dict[str, Any] = {}
    for key in str(values["WX_CONTEXT_KEYS"]).split(","):
        if not key or key in _HIDDEN or values.get(key) is None:
            continue
        value = values[key]
        number = isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value)
        name = key[3:] if key.startswith("WX_") and len(key) > 3 else key
        identity[name] = int(value) if number else value
    return identity


def _place(values: Mapping[str, Any], sent: list[Mapping[str, Any]]) -> dict[str, Any]:
    layers = [values, *sent]
    place = {}
    env = _first([*layers, os.environ], "TCB_ENV", "SCF_NAMESPACE")
    source = _first(layers, "TCB_SOURCE")
    if env:
        place["ENV"] = env
    if source:
        place["SOURCE"] = source
    return place


def _first(layers: list[Mapping[str, Any]], *names: str) -> Any:
    return next((layer[name] for layer in layers for name in names if layer.get(name)), None)


def _user_info(event: Any) -> dict[str, Any]:
    info = event.get("userInfo") if isinstance(event, Mapping) else None
    if not isinstance(info, Mapping):
        return {}
    return {name: info[key] for key, name in _USER_INFO if isinstance(info.get(key), str) and info[key]}
