"""Magic inputs: URLs and credentials that need no set-up, so that one request shows any answer or error.

img_url=mock://idcard            the documented example of that method
img_url=mock://idcard/back       another fixture, by name
img_url=mock://101001            any error code
img_url=mock://slow/3s           the example, three seconds later
access_token=mock://42001        any error code, for the calls that take a token
access_token=mock://wx1234       a valid token of appid wx1234
appid=mock://40013, secret=mock://40164    any error code, where tokens are fetched
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wxcloud.contract import ERRORS, METHODS, Method
from wxcloud.errorcodes import MARKET_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEME = "mock://"
MAX_DELAY = 60.0

_DELAY = re.compile(r"slow/([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s)")
_CODE = re.compile(r"-?[0-9]{1,9}")


def error_code(text: str, *, market: bool = False) -> int | None:
    """Return the error code that a magic text asks for (``mock://40164`` gives 40164), or None.

    Codes of the service market are known to its own routes only.
    """
    name = text[len(SCHEME) :] if text.startswith(SCHEME) else ""
    code = int(name) if _CODE.fullmatch(name) else 0
    known = code in ERRORS or (market and code in MARKET_ERRORS)
    return code if code and known else None


def magic_appid(token: str) -> str | None:
    """Return the appid that a magic token stands for (``mock://wx1234`` gives wx1234), or None."""
    name = token[len(SCHEME) :] if token.startswith(SCHEME) else ""
    return name if name and not _CODE.fullmatch(name) else None


def delay(name: str) -> float | None:
    """Return the seconds that ``slow/3s`` or ``slow/500ms`` asks for, at most 60, or None."""
    match = _DELAY.fullmatch(name)
    if match is None:
        return None
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
    return min(seconds, MAX_DELAY)


def magic_inputs() -> list[tuple[str, str]]:
    """Return every magic `img_url` with its meaning, generated from the contract."""
    rows = [row for method in METHODS for row in example_inputs(method)]
    rows.extend((f"{SCHEME}{code}", f"error {code}: {error.text}") for code, error in ERRORS.items() if code)
    rows.append(
        (SCHEME + "slow/3s", f"the example of the method called, 3 s later (at most {MAX_DELAY:.0f} s)")
    )
    rows.append((SCHEME + "slow/500ms", "the same after half a second"))
    return rows


def example_inputs(method: Method) -> Iterator[tuple[str, str]]:
    """Give the magic `img_url`s of a method's documented examples, each with its meaning."""
    for name in method.cloud_names:
        yield SCHEME + name, f"the documented example of {name} ({method.title})"
        for side in method.sides:
            yield f"{SCHEME}{name}/{side.lower()}", f"{method.title}, {side.lower()} side"


def names_of(method: Method) -> tuple[str, ...]:
    """Return the names by which a magic URL may call a method: its cloud names, then its key."""
    return tuple(dict.fromkeys((*method.cloud_names, method.key)))
