"""``main(event, context)``, the function that CloudBase calls."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from typing import Any, Callable

from .context import begin, end
from .errors import CloudSDKError, Failure, api_error, api_name, wrong_argument

Main = Callable[..., Any]

_ADDED_BY_THE_PLATFORM = ("userInfo", "tcbContext")
_IS_COROUTINE = 0x80  # inspect.CO_COROUTINE; importing inspect costs a cold start 10 ms


def api_main(
    api: str,
    call: Callable[[Mapping[str, Any]], dict[str, Any]],
    monotonic: Callable[[], float] | None = None,
) -> Main:
    """Return a main that calls `api` with the event's own keys and always returns a dict."""
    clock = monotonic or time.monotonic

    def main(event: Any = None, context: Any = None) -> dict[str, Any]:
        token = begin(event, context, clock())
        try:
            return call(_own_keys(api, event))
        except CloudSDKError as error:
            return error.to_dict()
        except Exception as error:  # the caller gets a result, never a traceback
            return _unexpected(api, error)
        finally:
            end(token)

    main.__doc__ = f"Cloud function: {api_name(api)} with the event's keys; a failure is {{errCode, errMsg}}."
    return main


def wrapped_main(target: Callable[[Any, Any], Any], monotonic: Callable[[], float] | None = None) -> Main:
    """Return `target` (also ``async def``) with the invocation made known and CloudSDKError as a result."""
    clock = monotonic or time.monotonic
    code = getattr(target, "__code__", None)
    if code is not None and code.co_flags & _IS_COROUTINE:

        @functools.wraps(target)
        async def async_main(event: Any = None, context: Any = None) -> Any:
            token = begin(event, context, clock())
            try:
                return await target(event, context)
            except CloudSDKError as error:
                return error.to_dict()
            finally:
                end(token)

        return async_main

    @functools.wraps(target)
    def main(event: Any = None, context: Any = None) -> Any:
        token = begin(event, context, clock())
        try:
            return target(event, context)
        except CloudSDKError as error:
            return error.to_dict()
        finally:
            end(token)

    return main


def _own_keys(api: str, event: Any) -> Mapping[str, Any]:
    if event is None:
        return {}
    if not isinstance(event, Mapping):
        problem = wrong_argument(f"event must be an object, not {type(event).__name__}")
        raise api_error(api_name(api), problem)
    return {key: value for key, value in event.items() if key not in _ADDED_BY_THE_PLATFORM}


def _unexpected(api: str, error: Exception) -> dict[str, Any]:
    """Give the error's type and place only: its text may hold what nobody should read."""
    import logging

    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"
    kind = type(error).__name__
    name = api_name(api)
    logging.getLogger("wxcloud").error("%s failed unexpectedly: %s at %s", name, kind, place)
    problem = Failure(-1, f"unexpected {kind}; its place is in the function's log")
    return api_error(name, problem).to_dict()
