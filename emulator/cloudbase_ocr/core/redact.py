"""What the journal may show: secrets never, personal data as its first character and stars.

Secrets (tokens, secrets, signatures) are taken out when an entry is made, so that nothing keeps them. Personal data
is masked when an entry leaves the journal, because a developer may ask to see it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

HIDDEN = "***"

MAX_TEXT = 200
MAX_URL = 2000
MAX_ITEMS = 50
MAX_DEPTH = 8

_MAX_STARS = 24
_SMALL_NUMBER = 10_000  # positions and sizes stay readable, dates and numbers of papers do not

# What a member is called that holds a secret, in lower case and without what joins words. Some names hold one only
# where they are the whole name: "pass" is in passengers, "code" in errcode.
_SECRET_NAME = re.compile(
    r"token|secret|passw(?:or)?d|passphrase|pwd|authori[sz]ation|sign|credential|cookie|ticket|jwt|bearer"
    r"|(?:session|api|access|private|secret|aes|encoding|encrypt|encryption|shared|master|app|mch|pay|ssh|license)keys?$"
    r"|密码|口令|密钥|^(?:auth|pass|passcode|pin|otp)$"
)
# Their numbers are secrets, too; a number of tokens or of signatures is none.
_SECRET_NUMBER = re.compile(
    r"passw(?:or)?d|passphrase|pwd|passcode|secret|key|密码|口令|密钥|^(?:pass|pin|otp)$"
)
_LOGIN_CODE_NAME = re.compile(r"^(?:js|login|auth|authorization|wx|phone)?code$")
# INVALID_PARAM, AuthFailure.SignatureExpire, -504002: else it may be the code of wx.login, which lets somebody log in.
_ERROR_CODE = re.compile(r"-?[0-9]{0,10}|[A-Za-z]{1,24}(?:[._ -][A-Za-z]{1,24}){0,5}")
_NAME_JOINTS = re.compile(r"[\W_]+")

_CHINESE = ("密码", "口令", "密钥")
_ESCAPED = "|".join(r"\\+".join(f"u{ord(letter):04x}" for letter in word) for word in _CHINESE)  # as in JSON
_WORDS = (
    r"token|secret|passw(?:or)?d|passphrase|passcode|pwd|authori[sz]ation|sign(?:ature)?|credential|cookie|ticket|jwt"
    rf"|(?:session|api|access|private|secret|aes|encrypt(?:ion)?)[_-]?key|{'|'.join(_CHINESE)}|{_ESCAPED}"
)
_IS = r"\\*[\"']?\s*(?:=>|=|:|：|%3D|%3A)\s*"  # in JSON that is a text itself, quotes come with backslashes
_VALUE = (
    r"(?:(?:Bearer|Basic|Digest|Token)\s+)?"
    r"(?:\\+\"[^\"]*\"|\"(?:[^\"\\]|\\.)*(?:\"|\Z)|'[^']*(?:'|\Z)|[^\s&\"',;}\\]+)"
)
_SECRET_PAIR = re.compile(rf"((?:{_WORDS})s?{_IS}){_VALUE}", re.IGNORECASE)
_LOGIN_CODE = re.compile(
    rf"((?<![A-Za-z])(?:js_?|login_?|auth_?)?code{_IS}\\*[\"']?)(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[\w-]{{16,}}",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b((?:Bearer|Basic)\s+)(?=\S*[0-9=])[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL)
# Name and password in front of a host, also in an address that is a parameter of another one.
_USER = re.compile(r"(://|%3A%2F%2F)(?:(?!%2F|%3F|%23|%26)[^\s/?#&\"'<>])*(@|%40)", re.IGNORECASE)
# Ours, then WeChat's, which is told to have 512 characters at most.
_TOKEN = re.compile(r"emulator(?:/[^/\s\"']+){4}|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{65,512}(?![A-Za-z0-9_-])")
_SUMMARY = re.compile(r"<[0-9]+ (?:characters|bytes|entries|numbers|more)>")  # what `without_secrets` writes
_URL = re.compile(r"(?:https?|cloud|mock|wxfile)://", re.IGNORECASE)
_PERSONAL = re.compile(
    r"(?P<kept>rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}|hint: \[\w{14}\])"
    r"|[0-9A-Z]{0,24}[0-9]{8,}[0-9A-Za-z]*|[\u3400-\u9fff\U00020000-\U0003ffff\u00b7]{2,}"
)
# Words of the protocol, not of a person; a value is shown only if it looks like such a word, too.
_PLAIN_KEYS = frozenset({"type", "errmsg", "errMsg", "contentType", "grant_type", "method", "appid", "appId"})
_PLAIN_VALUE = re.compile(r"[A-Za-z][A-Za-z_./:+ -]{0,60}|wx[0-9a-z]{1,30}")
_CODES = frozenset({"errcode", "errCode", "code", "statusCode"})


def cleaned(text: str) -> str:
    """Return a text of any kind without what could be a token, a secret, or the password in an address."""
    text = _PRIVATE_KEY.sub(HIDDEN, text)
    text = _USER.sub(rf"\1{HIDDEN}\2", text)
    text = _SECRET_PAIR.sub(_hide_pair, text)
    text = _LOGIN_CODE.sub(_hide_pair, text)
    return _TOKEN.sub(HIDDEN, _BEARER.sub(_hide_pair, text))


def without_secrets(value: Any, depth: int = 0) -> Any:
    """Return a bounded copy of a JSON value without anything that could be a token, a secret or a picture."""
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if not isinstance(value, (dict, list, tuple)):
        return value
    if depth == MAX_DEPTH:
        return f"<{len(value)} entries>"
    if isinstance(value, dict):
        pairs = list(_named_apart(value).items())[:MAX_ITEMS]
        copy = {_short(str(key)): _member(str(key), inner, depth) for key, inner in pairs}
        return copy if len(value) <= MAX_ITEMS else {**copy, "...": f"<{len(value) - MAX_ITEMS} more>"}
    if len(value) > MAX_ITEMS and all(isinstance(item, int) for item in value[:MAX_ITEMS]):
        return f"<{len(value)} numbers>"
    if len(value) == 2 and isinstance(value[0], str) and _is_secret(value[0], value[1]):
        return [_short(value[0]), HIDDEN]  # a pair, as headers and forms are often written
    items = [without_secrets(item, depth + 1) for item in value[:MAX_ITEMS]]
    return items if len(value) <= MAX_ITEMS else [*items, f"<{len(value) - MAX_ITEMS} more>"]


def hiding_secrets(value: Any, key: str = "") -> Any:
    """Return a whole copy of a JSON value with ``***`` in place of what could be a token or a secret."""
    if isinstance(value, dict):
        return {name: hiding_secrets(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [hiding_secrets(item, key) for item in value]
    if key and _is_secret(key, value):
        return HIDDEN
    return cleaned(value) if isinstance(value, str) else value


def masked(value: Any, key: str = "") -> Any:
    """Return a copy of a JSON value in which every text and long number shows its first character at most.

    Keys stay, and so do small numbers (positions and sizes), truth values, and plain words under keys such as
    ``type``. A text that begins with a digit shows nothing: digits identify.
    """
    if isinstance(value, str):
        if key in _PLAIN_KEYS and _PLAIN_VALUE.fullmatch(value):
            return value
        return masked_url(value) if _URL.match(value) else masked_text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return (
            value if abs(value) < _SMALL_NUMBER or key in _CODES else "*" * min(len(str(value)), _MAX_STARS)
        )
    if isinstance(value, dict):
        return {scrubbed(str(name)): masked(inner, str(name)) for name, inner in value.items()}
    return [masked(item, key) for item in value]


def masked_text(text: str) -> str:
    """Return the first character and a star for each other one, at most 24; a digit, or a lone one, is not shown."""
    if text == HIDDEN or _SUMMARY.fullmatch(text):
        return text
    head = "" if text[:1].isdigit() or len(text) == 1 else text[:1]
    return head + "*" * min(len(text) - len(head), _MAX_STARS)


def masked_url(url: str) -> str:
    """Return an address with its host and path, the path scrubbed, and the names of its parameters only."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return masked_text(url)
    names = [pair.partition("=")[0] for pair in parts.query.split("&") if pair]
    query = "?" + "&".join(f"{scrubbed(unquote(name))}={HIDDEN}" for name in names[:10]) if names else ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{scrubbed(unquote(parts.path))}{query}"[:MAX_TEXT]


def scrubbed(text: str) -> str:
    """Return a sentence in which runs of digits and of Chinese characters show their first character at most."""
    return _PERSONAL.sub(_hide, cleaned(text))


def _hide(match: re.Match[str]) -> str:
    return match[0] if match["kept"] else masked_text(match[0])


def _hide_pair(match: re.Match[str]) -> str:
    return match[1] + HIDDEN


def _named_apart(value: dict[Any, Any]) -> dict[Any, Any]:
    """Return an object; where it names a secret in one member and has it in another, that one is hidden."""
    if "value" in value and any(
        isinstance(value.get(name), str) and _is_secret(value[name], value["value"])
        for name in ("name", "key", "header")
    ):
        return {**value, "value": HIDDEN}
    return value


def _member(key: str, value: Any, depth: int) -> Any:
    return HIDDEN if _is_secret(key, value) else without_secrets(value, depth + 1)


def _is_secret(key: str, value: Any) -> bool:
    """Tell whether a member is one that must not be shown, by its name and by what kind of value it has."""
    name = _NAME_JOINTS.sub("", key).lower()
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, (int, float)):
        return bool(_SECRET_NUMBER.search(name) and _SECRET_NAME.search(name))
    if isinstance(value, str) and _LOGIN_CODE_NAME.search(name):
        return not _ERROR_CODE.fullmatch(value)
    return bool(_SECRET_NAME.search(name))


def _short(text: str) -> str:
    if len(text) > (MAX_URL if _URL.match(text) else MAX_TEXT):
        return f"<{len(text)} characters>"
    return cleaned(text)
