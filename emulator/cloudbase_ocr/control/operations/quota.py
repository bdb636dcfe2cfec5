"""Operations on tokens and quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.control.operation import ControlError, operation
from cloudbase_ocr.core.methods import UnknownMethodError, find_call
from cloudbase_ocr.state.quotas import PLATFORM_LIMITS
from cloudbase_ocr.state.tokens import TokenState  # noqa: TC001 - a type hint that is read at run time
from wxcloud.contract import METHODS
from wxcloud.service_market import DOCUMENTS, INVOKE_SERVICE

if TYPE_CHECKING:
    from cloudbase_ocr.state.emulator import Emulator

_APPID = "the account; by default the simulated mini-program's"
_METHODS = (
    "the method: ocr.idcard, ..., serviceMarket.invokeService (the methods that it shares quotas with), "
    "/cgi-bin/token or /cgi-bin/stable_token; by default every OCR method"
)
_OCR = "the method: ocr.idcard, ..., serviceMarket.invokeService; by default every OCR method"


@dataclass(frozen=True)
class Ended:
    """How many tokens were ended."""

    ended: int


@dataclass(frozen=True)
class TokenList:
    """Tokens, those of one account together, its latest first."""

    tokens: list[TokenState]


@dataclass(frozen=True)
class QuotaState:
    """One quota of today; a `limit` of 0 means that there is none."""

    appid: str
    method: str
    limit: int
    used: int
    remain: int


@dataclass(frozen=True)
class QuotaList:
    """Quotas of one account."""

    quotas: list[QuotaState]


class TokensControl:
    """Ends tokens before their time. Magic tokens (``mock://<appid>``) never end."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the tokens of `emulator`."""
        self._tokens = emulator.tokens

    @operation("tokens.list", "GET", "tokens", appid="only this account's; by default everybody's")
    def list(self, appid: str | None = None) -> TokenList:
        """Tell which tokens were given out, and how long each works. Their texts stay hidden."""
        return TokenList(self._tokens.states(appid))

    @operation("tokens.expire", "POST", "tokens/expire", appid="only this account's; by default everybody's")
    def expire(self, appid: str | None = None) -> Ended:
        """Let all tokens be older than their expires_in: calls get 42001 until they fetch another."""
        return Ended(self._tokens.expire(appid))

    @operation("tokens.revoke", "POST", "tokens/revoke", appid="only this account's; by default everybody's")
    def revoke(self, appid: str | None = None) -> Ended:
        """Let all tokens be replaced, as if another program had fetched newer ones: calls get 40001."""
        return Ended(self._tokens.revoke(appid))


class QuotaControl:
    """Sets daily quotas. They start again at midnight in Shanghai, by the time that the clock shows."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the quotas of `emulator`."""
        self._emulator = emulator
        self._quotas = emulator.quotas

    @operation("quota.get", "GET", "quota", appid=_APPID, method=_METHODS)
    def get(self, appid: str | None = None, method: str | None = None) -> QuotaList:
        """Tell what an account may still do today."""
        return self._state(self._account(appid), self._names(method))

    @operation(
        "quota.set",
        "POST",
        "quota/set",
        appid=_APPID,
        method=_OCR,
        limit="calls a day from now on; 0: as many as it likes",
        used="what counts as used today",
    )
    def set(
        self,
        appid: str | None = None,
        method: str | None = None,
        *,
        limit: int | None = None,
        used: int | None = None,
    ) -> QuotaList:
        """Give an account a limit of its own, or set what it has used."""
        account, names = self._account(appid), self._names(method, platform=False)
        if limit is None and used is None:
            raise ControlError("limit or used: give one of them, or both")
        for name, value in (("limit", limit), ("used", used)):
            if value is not None and value < 0:
                raise ControlError(f"{name}: must not be negative, and is {value}")
        for name in names:
            if limit is not None:
                self._quotas.set_limit(account, name, limit)
            if used is not None:
                self._quotas.set_used(account, name, used)
        return self._state(account, names)

    @operation("quota.exhaust", "POST", "quota/exhaust", appid=_APPID, method=_METHODS)
    def exhaust(self, appid: str | None = None, method: str | None = None) -> QuotaList:
        """Use up the rest of today: OCR calls get 101003 (9301010 on the service market), token calls 45009."""
        account, names = self._account(appid), self._names(method)
        for name in names:
            if name in PLATFORM_LIMITS:
                self._quotas.exhaust_platform(account, name)
            else:
                self._quotas.exhaust(account, name)
        return self._state(account, names)

    @operation("quota.clear", "POST", "quota/clear", appid=_APPID)
    def clear(self, appid: str | None = None) -> QuotaList:
        """Forget what an account has used, and its own limits."""
        account = self._account(appid)
        self._quotas.reset(account)
        return self._state(account, self._names(None))

    def _account(self, appid: str | None) -> str:
        return self._emulator.settings.appid if appid is None else appid

    def _state(self, appid: str, names: list[str]) -> QuotaList:
        quotas: list[QuotaState] = []
        for name in names:
            usage = self._quotas.platform_usage(appid, name) or self._quotas.usage(appid, name)
            shown = name if name in PLATFORM_LIMITS else find_call(name).permission
            quotas.append(QuotaState(appid, shown, usage.limit, usage.used, usage.remain))
        return QuotaList(quotas)

    def _names(self, method: str | None, *, platform: bool = True) -> list[str]:
        """Return the keys of the methods that are meant, and paths of the platform's interfaces as they are."""
        own_quota = "own-quota" in self._emulator.settings.market_rules
        if method is None:
            return [known.key for known in (*METHODS, *((INVOKE_SERVICE,) if own_quota else ()))]
        if platform and method in PLATFORM_LIMITS:
            return [method]
        try:
            called = find_call(method)
        except UnknownMethodError as error:
            others = "".join(f", {path}" for path in PLATFORM_LIMITS) if platform else ""
            raise ControlError(f"quota: {error}{others}") from error
        if called is INVOKE_SERVICE and not own_quota:
            return [document.method.key for document in DOCUMENTS]
        return [called.key]
