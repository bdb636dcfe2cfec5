"""What proves to WeChat that the account calls, chosen in this order (each row: documented by WeChat).

=====================================================  ==========================================
when                                                   then
=====================================================  ==========================================
``init(credentials=<provider or function>)``           that one
``init(credentials="<name>")``, WXCLOUD_CREDENTIALS    "stable_token", "cloudbase_access_token", "tokenless"
an appid or a secret is set                            StableToken; both are needed
WX_CLOUDBASE_ACCESSTOKEN came with the call            CloudbaseAccessToken
the container's token file exists                      CloudbaseAccessToken
CBR_ENV_ID is set (a CloudBase container)              TokenlessAccess
none of these                                          41001, with what to set
=====================================================  ==========================================
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Protocol

from .context import environment_value
from .deadline import Clock, Deadline
from .errors import Failure, wrong_argument
from .replies import check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .client import Client
    from .settings import Settings

WEIXIN = "https://api.weixin.qq.com"
TOKEN_FILE = "/.tencentcloudbase/wx/cloudbase_access_token"  # noqa: S105 - a path
REFUSED_TOKEN = (40001, 40014, 42001)
"""Codes after which one other token is tried, once (ruling R27)."""

MARGIN = 300.0
_NAMES = ("stable_token", "cloudbase_access_token", "tokenless")


class Credentials(Protocol):
    """A provider: `base` is where it calls when nothing else is set."""

    base: str

    def query(self, client: Client, deadline: Deadline) -> dict[str, str]:
        """Return what goes into the query of a call.

        Raises:
            Failure: there is no token to be had.
        """

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Drop what WeChat refused; tell whether another try has a chance."""


class StableToken:
    """access_token from ``POST /cgi-bin/stable_token``: anywhere, with appid and secret.

    The normal mode gives every instance the same token, so instances do not spoil each other's;
    `force_refresh` would, and is never sent. A token is kept until 300 s before its end, during which WeChat
    renews it, or for half its life when `expires_in` says less than 600 s. Several threads that need one wait
    for one request.
    """

    base = WEIXIN

    def __init__(self, appid: str, secret: str, clock: Clock | None = None) -> None:
        """Hold no token yet; the first call fetches one."""
        self._appid = appid
        self._secret = secret
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0
        self._flights = 0
        self._failure: Failure | None = None

    def query(self, client: Client, deadline: Deadline) -> dict[str, str]:
        """Return ``access_token``; fetch it when there is none or it is near its end."""
        flights_before = self._flights
        if not self._lock.acquire(timeout=deadline.remaining()):
            raise deadline.passed()
        try:
            if self._token and self._clock.now() < self._good_until:
                return {"access_token": self._token}
            if self._failure is not None and self._flights != flights_before:
                raise self._failure.again()  # what the one we waited for was told
            return {"access_token": self._fetch(client, deadline)}
        finally:
            self._lock.release()

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Forget the refused token, unless another thread has already replaced it.

        The lock would wait for a fetch; without it, at worst a token is fetched once more than needed.
        """
        if self._token == refused.get("access_token"):
            self._token = ""
        return True

    def _fetch(self, client: Client, deadline: Deadline) -> str:
        body = {"grant_type": "client_credential", "appid": self._appid, "secret": self._secret}
        asked = self._clock.now()
        self._failure = None
        try:
            reply = check(client.post("/cgi-bin/stable_token", {}, deadline, document=body))
            self._token, life = _token_in(reply)
        except Failure as failure:
            self._failure = (
                failure if failure.code > 0 else None
            )  # an outage of one caller is not the next one's
            raise
        finally:
            self._flights += 1
        self._good_until = asked + life - min(MARGIN, life / 2)
        return self._token


class CloudbaseAccessToken:
    """cloudbase_access_token of a CloudBase container, read for each call: it changes every ten minutes."""

    base = WEIXIN

    def __init__(self, path: str = TOKEN_FILE) -> None:
        """Read from `path` when the environment has no token."""
        self._path = Path(path)

    def query(self, client: Client, deadline: Deadline) -> dict[str, str]:  # noqa: ARG002 - the protocol's signature
        """Return ``cloudbase_access_token`` from WX_CLOUDBASE_ACCESSTOKEN or the container's file."""
        return {"cloudbase_access_token": self._read()}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Tell whether the platform has put another token there in the meantime."""
        return self._read() != refused.get("cloudbase_access_token")

    def _read(self) -> str:
        token = environment_value("WX_CLOUDBASE_ACCESSTOKEN") or ""
        if not token:
            try:
                token = self._path.read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                kind = type(error).__name__
                raise Failure(
                    41001,
                    "access_token missing: WX_CLOUDBASE_ACCESSTOKEN is not set and "
                    f"{self._path} cannot be read ({kind}); allow the API under cloud calls of the container",
                ) from None
        if not token:
            raise Failure(41001, f"access_token missing: {self._path} is empty")
        return token


class TokenlessAccess:
    """Plain http from inside a CloudBase container, whose sidecar adds the token itself."""

    base = "http://api.weixin.qq.com"

    def query(self, client: Client, deadline: Deadline) -> dict[str, str]:  # noqa: ARG002 - the protocol's signature
        """Return nothing."""
        return {}

    def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002 - the protocol's signature
        """Tell that there is nothing to renew."""
        return False


class AccessToken:
    """An access_token that somebody else keeps: a token service, or a third-party platform's authorizer
    token.

    `source` is the token, or a function that returns it and is asked for each call.
    """

    base = WEIXIN

    def __init__(self, source: str | Callable[[], str]) -> None:
        """Take the token or its source."""
        self._source = source

    def query(self, client: Client, deadline: Deadline) -> dict[str, str]:  # noqa: ARG002 - the protocol's signature
        """Return ``access_token``."""
        return {"access_token": self._read()}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Tell whether the source now gives another token."""
        return self._read() != refused.get("access_token")

    def _read(self) -> str:
        token = self._source() if callable(self._source) else self._source
        if not isinstance(token, str) or not token:
            raise Failure(
                41001, "access_token missing: the function in init(credentials=...) returned no token"
            )
        return token


class Wallet:
    """Chooses the provider of each call, and keeps what must outlive a call: the fetched tokens."""

    def __init__(self, clock: Clock) -> None:
        """Hold no tokens yet."""
        self._clock = clock
        self._kept: dict[tuple[str, str, str], StableToken] = {}

    def choose(self, settings: Settings, environ: Mapping[str, str]) -> Credentials:
        """Return the provider by the table above.

        Raises:
            Failure: 41001, 41002 or 41004 for what is missing, -601002 for a provider that is none.
        """
        named = settings.credentials
        if named is not None and not isinstance(named, str):
            return _given(named)
        if named is not None and named not in _NAMES:
            raise wrong_argument(f"credentials must be one of {', '.join(_NAMES)}, or a provider")
        if named == "stable_token" or (named is None and (settings.appid or settings.secret)):
            return self._stable_token(settings)
        if named == "cloudbase_access_token" or (named is None and _has_cloudbase_token()):
            return CloudbaseAccessToken()
        if named == "tokenless" or environ.get("CBR_ENV_ID"):
            return TokenlessAccess()
        raise Failure(
            41001,
            "access_token missing: no credentials; set WECHAT_APPID and WECHAT_APPSECRET in the function's "
            "environment variables, or pass appid and secret to init()",
        )

    def _stable_token(self, settings: Settings) -> StableToken:
        if not settings.appid:
            raise Failure(41002, "appid missing: set WECHAT_APPID, or pass appid to init()")
        if not settings.secret:
            raise Failure(41004, "appsecret missing: set WECHAT_APPSECRET, or pass secret to init()")
        account = (settings.appid, settings.secret, settings.api_base or WEIXIN)
        return self._kept.setdefault(account, StableToken(settings.appid, settings.secret, self._clock))


def _given(provider: Any) -> Credentials:
    if hasattr(provider, "query") and hasattr(provider, "renew"):
        chosen: Credentials = provider
        return chosen
    if callable(provider):
        return AccessToken(provider)
    raise wrong_argument("credentials must be a provider, a function that returns a token, or a name")


def _has_cloudbase_token() -> bool:
    return bool(environment_value("WX_CLOUDBASE_ACCESSTOKEN")) or Path(TOKEN_FILE).exists()


def _token_in(reply: Mapping[str, Any]) -> tuple[str, float]:
    token, life = reply.get("access_token"), reply.get("expires_in", 0)
    if not isinstance(token, str) or not token:
        raise Failure(-601001, "wechat server internal error, the reply holds no access_token")
    try:
        return token, max(0.0, float(life))
    except (TypeError, ValueError):
        return token, 0.0
