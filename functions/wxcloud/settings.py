"""What ``cloud.init()`` takes, completed from the environment at each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .errors import ArgumentError

DYNAMIC_CURRENT_ENV = "DYNAMIC_CURRENT_ENV"
"""As `env` of ``init()``: the environment that the function runs in. No real environment ID has capitals."""

MAX_TIMEOUT = 900.0
IGNORED = ("traceUser",)
"""Options of the Node SDK that mean nothing here."""


class Settings(NamedTuple):
    """What ``init()`` was told. None means: find it out.

    `env`: environment ID. `appid`, `secret`: WECHAT_APPID, WECHAT_APPSECRET. `api_base`: WXCLOUD_API_BASE,
    else https://api.weixin.qq.com. `credentials`: see `credentials.py`; also WXCLOUD_CREDENTIALS. `timeout`:
    seconds for one API call, 15 as in the SDK. `config`: the function's config.json, as a path or its
    content. `max_image_bytes`: 2 MiB, or 10 MiB with resp_type 1 (ruling R16).
    """

    env: str | None = None
    appid: str | None = None
    secret: str | None = None
    api_base: str | None = None
    credentials: Any = None
    timeout: float = 15.0
    config: Any = None
    max_image_bytes: int | None = None

    def completed(self, environ: Mapping[str, str]) -> Settings:
        """Return these settings with what the environment variables add where ``init()`` said nothing.

        Raises:
            ArgumentError: WXCLOUD_API_BASE is not an address (-601002).
        """
        api_base = self.api_base or environ.get("WXCLOUD_API_BASE") or None
        if api_base:
            _check({"api_base": api_base})
        return self._replace(
            appid=self.appid or environ.get("WECHAT_APPID") or None,
            secret=self.secret or environ.get("WECHAT_APPSECRET") or None,
            api_base=api_base,
            credentials=self.credentials or environ.get("WXCLOUD_CREDENTIALS") or None,
        )

    def __repr__(self) -> str:
        """Show which settings are set, without the secret."""
        shown = (f"{name}={value!r}" for name, value in self._asdict().items() if name != "secret" and value)
        return f"Settings({', '.join(shown)})"


def make_settings(options: Mapping[str, Any] | None, keywords: Mapping[str, Any]) -> Settings:
    """Return the settings that ``init(options, **keywords)`` asks for.

    Raises:
        ArgumentError: an option is unknown or makes no sense; the text names it (-601002).
    """
    if options is not None and not isinstance(options, Mapping):
        raise _wrong(f"options must be a dict, not {type(options).__name__}")
    given = {**(options or {}), **{key: value for key, value in keywords.items() if value is not None}}
    for name in IGNORED:
        given.pop(name, None)
    unknown = sorted(str(key) for key in given if key not in Settings._fields)
    if unknown:
        raise _wrong(f"unknown option {', '.join(unknown)}; there are {', '.join(Settings._fields)}")
    _check({key: value for key, value in given.items() if value is not None})
    return Settings(**{key: value for key, value in given.items() if value is not None})


def _check(given: Mapping[str, Any]) -> None:
    for name in ("env", "appid", "secret", "api_base"):
        if not isinstance(given.get(name, ""), str):
            raise _wrong(f"{name} must be text, not {type(given[name]).__name__}")
    base = given.get("api_base", "https://")
    if not base.startswith(("http://", "https://")) or "?" in base:
        raise _wrong("api_base must be an http or https address without a query")
    _check_number(given, "timeout", MAX_TIMEOUT, "seconds (not milliseconds)")
    _check_number(given, "max_image_bytes", float("inf"), "bytes")


def _check_number(given: Mapping[str, Any], name: str, most: float, unit: str) -> None:
    value = given.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= most:
        raise _wrong(
            f"{name} must be a number of {unit} above 0" + (f", at most {most:g}" if most < 1e9 else "")
        )


def _wrong(text: str) -> ArgumentError:
    return ArgumentError(-601002, f"init:fail {text}")
