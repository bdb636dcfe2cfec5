"""The pytest plugin: the fixture ``ocr_emulator`` is a live emulator, with an account of its own for each test.

It comes with the package, nothing has to be imported or switched on. The emulator lives as long as the test session,
in the process of the tests; with pytest-xdist each worker has one. After each test everything is reset: accounts,
quotas, faults, the clock.

Nothing heavy is imported before a test asks for the fixture: no Flask, no numpy, no OCR engine.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flask.testing import FlaskClient

    from cloudbase_ocr.control.facade import Control
    from cloudbase_ocr.control.operations.clock import ClockControl
    from cloudbase_ocr.control.operations.faults import FaultState
    from cloudbase_ocr.control.operations.fixtures import FixtureState
    from cloudbase_ocr.control.operations.quota import Ended, QuotaList
    from cloudbase_ocr.control.operations.scenarios import ScenarioState
    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.settings import Settings

__all__ = ["AccountQuota", "AccountTokens", "OcrEmulator", "ocr_emulator", "ocr_emulator_settings"]

_CALLS_KEPT = 10_000


class OcrEmulator:
    """An emulator as one account sees it: what one test changes, another account never meets.

    `appid` is the account. The emulator accepts every `secret`, and `token` is an access token that never ends; one
    that does comes from ``/cgi-bin/token`` or ``/cgi-bin/stable_token``, as always. `control` is the whole control
    side, for what is not about one account.

    What does not follow the contract (a field, an error code, a method) raises `ValueError`, which says what is
    wrong.
    """

    def __init__(self, session: _Session, appid: str) -> None:
        """See the emulator of `session` as `appid`."""
        from cloudbase_ocr.control.facade import Control

        self._session = session
        self.appid = appid
        self.secret = "emulator"  # noqa: S105 - any text will do
        self.token = f"mock://{appid}"
        self.control = Control(session.emulator)
        self.tokens = AccountTokens(self.control, appid)
        self.quota = AccountQuota(self.control, appid)

    @property
    def url(self) -> str:
        """Where the emulator listens, ``http://127.0.0.1:<port>``; it does so from the first use of this on."""
        return self._session.url

    @property
    def client(self) -> FlaskClient:
        """A WSGI test client of the same emulator, for tests that must not open a connection."""
        return self._session.client

    @property
    def clock(self) -> ClockControl:
        """The clock that tokens and quotas follow: ``advance(hours=2)``, ``freeze()``, ``set("2026-01-31")``."""
        return self.control.clock

    @property
    def requests(self) -> list[Call]:
        """What the emulator was asked since the test began, oldest first: this account's calls, and nobody's.

        Nobody's are those that do not say whose they are, such as one with a wrong token. Of each: `method`, `path`
        (no query, so no token), `code` (the errcode), `status`, `answered_by`, `errmsg`, `notes`. The latest 10,000
        are kept.
        """
        return [call for call in tuple(self._session.calls) if call.appid in (self.appid, "")]

    def reply(
        self, method: str, fields: Mapping[str, Any] | None = None, *, times: int | None = None, **more: Any
    ) -> ScenarioState:
        """Answer ``ocr.idcard`` with its documented example, some fields changed, whatever the picture shows.

        Fields may be keywords: ``reply("ocr.idcard", name="...")``. None leaves a field out. With `times`, so many
        times, then normal answers follow.
        """
        return self.control.reply(method, {**(fields or {}), **more}, appid=self.appid, times=times)

    def fail(self, method: str, errcode: int, *, times: int | None = None) -> ScenarioState:
        """Answer a method with an error code, for ever or so many `times`."""
        return self.control.fail(method, errcode, appid=self.appid, times=times)

    def scenario(self, method: str, answers: Sequence[Any], **options: Any) -> ScenarioState:
        """Answer a method's next calls in order: ``scenario("ocr.idcard", [-1, 40001, "success"])``.

        The forms of an answer and the options (`after`, `name`, `outside`) are those of `Control.scenario`.
        """
        return self.control.scenario(method, list(answers), appid=self.appid, **options)

    def fault(self, type: str | None = None, **options: Any) -> FaultState:  # noqa: A002 - its name in the API
        """Let something go wrong: ``fault("latency", ms=3000)``, ``fault("crash", function="idcard")``.

        Types and options are those of `Control.fault`.
        """
        return self.control.fault(type, appid=self.appid, **options)

    def fixture(self, name: str, reply: dict[str, Any] | None = None, **options: Any) -> FixtureState:
        """Answer one picture or URL: ``fixture("idcard/mine", {...}, match={"sha256": "..."})``."""
        return self.control.fixture(name, reply, appid=self.appid, **options)

    def invoke(
        self, name: str, data: Mapping[str, Any] | None = None, *, openid: str | None = None
    ) -> dict[str, Any]:
        """Call a cloud function as ``wx.cloud.callFunction({name, data})`` does, and return what that gives.

        It is ``{"errMsg", "result", "requestID"}``, or ``{"errCode", "errMsg"}`` when the call failed.
        """
        self._session.start()
        body = {"name": name, "data": dict(data or {}), "appid": self.appid}
        if openid is not None:
            body["openid"] = openid
        return dict(self._session.json("POST", "invoke", json=body))

    def upload(self, name: str, data: bytes) -> str:
        """Put a file into the cloud storage, and return its file ID (``cloud://...``)."""
        answer = self._session.json("POST", "files", query_string={"name": name}, data=data)
        return str(answer["fileID"])

    def env(self, function: str = "") -> dict[str, str]:
        """Return the environment variables that point a program at the emulator, as this account.

        With `function` the program counts as that function, and has its permissions.
        """
        self._session.start()
        return dict(
            self._session.json("GET", "env", query_string={"appid": self.appid, "function": function})
        )

    def account(self, appid: str) -> OcrEmulator:
        """Return the same emulator as another account sees it, such as one whose appid is written in the program."""
        return OcrEmulator(self._session, appid)

    def reset(self) -> None:
        """Bring back what a fresh start has for this account; the end of a test does it for everything."""
        self.control.reset(self.appid)


class AccountTokens:
    """Ends one account's tokens before their time."""

    def __init__(self, control: Control, appid: str) -> None:
        """Control the tokens of `appid`."""
        self._tokens, self._appid = control.tokens, appid

    def expire(self) -> Ended:
        """Let them be older than their expires_in: calls get 42001 until they fetch another."""
        return self._tokens.expire(self._appid)

    def revoke(self) -> Ended:
        """Let them be replaced, as if another program had fetched newer ones: calls get 40001."""
        return self._tokens.revoke(self._appid)


class AccountQuota:
    """Sets one account's daily quotas; without a method, those of every OCR method."""

    def __init__(self, control: Control, appid: str) -> None:
        """Control the quotas of `appid`."""
        self._quota, self._appid = control.quota, appid

    def get(self, method: str | None = None) -> QuotaList:
        """Tell what may still be done today."""
        return self._quota.get(self._appid, method)

    def set(
        self, method: str | None = None, *, limit: int | None = None, used: int | None = None
    ) -> QuotaList:
        """Set the calls a day (0: as many as one likes), or what counts as used today."""
        return self._quota.set(self._appid, method, limit=limit, used=used)

    def exhaust(self, method: str | None = None) -> QuotaList:
        """Use up the rest of today: OCR calls get 101003, calls of ``/cgi-bin/token`` 45009."""
        return self._quota.exhaust(self._appid, method)


class _Session:
    """The emulator of one test session. It listens when it is first asked to, so in-process tests need no port."""

    def __init__(self, settings: Settings) -> None:
        from cloudbase_ocr.app import create_app
        from cloudbase_ocr.state.emulator import emulator_of

        if settings.apps:
            raise pytest.UsageError(
                "ocr_emulator_settings: apps names the only accounts that may call, and each test has one of its own; "
                "leave apps empty"
            )
        self._settings = replace(settings, port=0)
        self._app = create_app(self._settings)
        self._url = ""
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._tests = 0
        self.emulator = emulator_of(self._app)
        self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self.emulator.log.listeners.append(self.calls.append)
        self._stack.callback(self.emulator.close)

    @property
    def url(self) -> str:
        self.start()
        return self._url

    @property
    def client(self) -> FlaskClient:
        return self._app.test_client()

    def start(self) -> None:
        from cloudbase_ocr.server import running

        with self._lock:
            if not self._url:
                self._url = self._stack.enter_context(running(self._settings, self._app)).url

    def json(self, method: str, path: str, **arguments: Any) -> Any:
        address = self._url or "http://127.0.0.1"
        headers = {"Authorization": f"Bearer {self.emulator.guard.token}"}
        answer = self.client.open(
            f"/_emulator/{path}", method=method, base_url=address, headers=headers, **arguments
        )
        content = answer.get_json()
        if answer.status_code >= 400:
            raise ValueError(content["error"])
        return content

    def account(self) -> OcrEmulator:
        """Return the emulator as an account that no other test has; functions belong to it from now on."""
        self._tests += 1
        appid = f"wx{_worker():04d}{self._tests:012d}"
        self.emulator.runtime.set_env(WECHAT_APPID=appid)
        return OcrEmulator(self, appid)

    def reset(self, control: Control) -> None:
        control.reset()
        self.calls.clear()

    def close(self) -> None:
        self._stack.close()


def _worker() -> int:
    """Return the number of the pytest-xdist worker, counted from 1; 0 without pytest-xdist."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name[2:]) + 1 if name.startswith("gw") and name[2:].isdigit() else 0


@pytest.fixture(scope="session")
def ocr_emulator_settings() -> Settings:
    """The emulator's settings; a fixture of this name in your conftest.py replaces them, except for the port."""
    from cloudbase_ocr.settings import Settings

    return Settings()


@pytest.fixture(scope="session")
def _ocr_emulator_session(ocr_emulator_settings: Settings) -> Iterator[_Session]:
    session = _Session(ocr_emulator_settings)
    yield session
    session.close()


@pytest.fixture
def ocr_emulator(_ocr_emulator_session: _Session) -> Iterator[OcrEmulator]:
    """A live emulator of WeChat's OCR and of CloudBase functions, with an account of its own for this test."""
    emulator = _ocr_emulator_session.account()
    yield emulator
    _ocr_emulator_session.reset(emulator.control)
