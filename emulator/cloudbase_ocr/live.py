"""A live emulator inside a program: what :func:`start` gives, and what the pytest fixture ``ocr_emulator`` is built on.

Flask and the rest are imported when the emulator is made, not with this module.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import deque
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from flask.testing import FlaskClient

    from cloudbase_ocr.control.facade import Control
    from cloudbase_ocr.control.operations.clock import ClockControl
    from cloudbase_ocr.control.operations.faults import FaultsControl  # noqa: TC004 - see _signature_of
    from cloudbase_ocr.control.operations.fixtures import FixturesControl, FixtureState  # noqa: TC004 - see _signature_of
    from cloudbase_ocr.control.operations.quota import Ended, QuotaList
    from cloudbase_ocr.control.operations.scenarios import ScenariosControl, ScenarioState  # noqa: TC004 - see _signature_of
    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.settings import Settings
    from cloudbase_ocr.state.faults import FaultState

_CALLS_KEPT = 10_000

# Without it Python prints the hints to functions and calls, which the journal has, among a program's own output.
logging.getLogger("cloudbase_ocr").addHandler(logging.NullHandler())


_Parameters = ParamSpec("_Parameters")
_Answer = TypeVar("_Answer")


def _signature_of(
    _find: Callable[[], Callable[Concatenate[Any, _Parameters], _Answer]],
) -> Callable[[Callable[..., _Answer]], Callable[Concatenate[OcrEmulator, _Parameters], _Answer]]:
    """Let type checkers hold calls of a method against the signature of an operation, which is said there only.

    The operation is never looked up when the program runs: that would import it before a test asks for the fixture.
    """
    return lambda method: method


class OcrEmulator:
    """An emulator as one account sees it: what one test changes, another account never meets.

    `appid` is the account. `secret` is accepted (so is every other, unless accounts were named), and `token` is an
    access token that never ends; one that does comes from ``/cgi-bin/token`` or ``/cgi-bin/stable_token``, as always.
    `control` is the whole control side, for what is not about one account.

    What does not follow the contract (a field, an error code, a method) raises `ValueError`, which says what is
    wrong.
    """

    def __init__(self, host: Host, appid: str) -> None:
        """See the emulator of `host` as `appid`."""
        from cloudbase_ocr.control.facade import Control

        self._host = host
        self.appid = appid
        self.secret = host.secret(appid)
        self.token = f"mock://{appid}"
        self.control = Control(host.emulator)
        self.tokens = AccountTokens(self.control, appid)
        self.quota = AccountQuota(self.control, appid)

    @property
    def url(self) -> str:
        """Where the emulator listens, ``http://127.0.0.1:<port>``; it does so from the first use of this on."""
        return self._host.url

    @property
    def client(self) -> FlaskClient:
        """A WSGI test client of the same emulator, for tests that must not open a connection."""
        return self._host.client

    @property
    def clock(self) -> ClockControl:
        """The clock that tokens and quotas follow: ``advance(hours=2)``, ``freeze()``, ``set("2026-01-31")``."""
        return self.control.clock

    @property
    def requests(self) -> list[Call]:
        """What the emulator was asked since it started or the test began, oldest first: this account's and nobody's.

        Nobody's are those that do not say whose they are, such as one with a wrong token. Of each: `method`, `path`
        (no query, so no token), `code` (the errcode), `status`, `answered_by`, `errmsg`, `notes`. The latest 10,000
        are kept.
        """
        return [call for call in tuple(self._host.calls) if call.appid in (self.appid, "")]

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

    @_signature_of(lambda: ScenariosControl.add)
    def scenario(self, method: str, answers: Sequence[Any], **options: Any) -> ScenarioState:
        """Answer a method's next calls in order: ``scenario("ocr.idcard", [-1, 40001, "success"])``.

        The forms of an answer and the options (`after`, `name`, `outside`) are those of `Control.scenario`.
        """
        return self.control.scenario(method, list(answers), appid=self.appid, **options)

    @_signature_of(lambda: FaultsControl.add)
    def fault(self, *type: Any, **options: Any) -> FaultState:  # noqa: A002 - its name in the API
        """Let something go wrong: ``fault("latency", ms=3000)``, ``fault("crash", function="idcard")``.

        Types and options are those of `Control.fault`, without `appid`.
        """
        return self.control.fault(*type, appid=self.appid, **options)

    @_signature_of(lambda: FixturesControl.add)
    def fixture(self, *name_and_reply: Any, **options: Any) -> FixtureState:
        """Answer one picture or URL: ``fixture("idcard/mine", {...}, match={"sha256": "..."})``.

        The options are those of `Control.fixture`, without `appid`.
        """
        return self.control.fixture(*name_and_reply, appid=self.appid, **options)

    def invoke(
        self, name: str, data: Mapping[str, Any] | None = None, *, openid: str | None = None
    ) -> dict[str, Any]:
        """Call a cloud function as ``wx.cloud.callFunction({name, data})`` does, and return what that gives.

        It is ``{"errMsg", "result", "requestID"}``, or ``{"errCode", "errMsg"}`` when the call failed.
        """
        self._host.listen()
        body = {"name": name, "data": dict(data or {}), "appid": self.appid}
        if openid is not None:
            body["openid"] = openid
        return dict(self._host.json("POST", "invoke", json=body))

    def upload(self, name: str, data: bytes) -> str:
        """Put a file into the cloud storage, and return its file ID (``cloud://...``)."""
        answer = self._host.json("POST", "files", query_string={"name": name}, data=data)
        return str(answer["fileID"])

    def env(self, function: str = "") -> dict[str, str]:
        """Return the environment variables that point a program at the emulator, as this account.

        With `function` the program counts as that function, and has its permissions.
        """
        self._host.listen()
        return dict(self._host.json("GET", "env", query_string={"appid": self.appid, "function": function}))

    def account(self, appid: str) -> OcrEmulator:
        """Return the same emulator as another account sees it, such as one whose appid is written in the program."""
        return OcrEmulator(self._host, appid)

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


class LiveEmulator(OcrEmulator):
    """An emulator that a program has started, seen as the account `appid` of its settings, and how to end it.

    Use it in a ``with`` block, or `close` it.
    """

    def __enter__(self) -> LiveEmulator:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Release the port and end the functions' processes; may be called again. It takes some milliseconds."""
        self._host.close()


def start(**settings: Any) -> LiveEmulator:
    """Start an emulator in this process, and return it when it answers.

    The settings are those of ``cloudbase-ocr serve`` by name (`Settings` lists them), with a free port unless one is
    named: ``start(functions="cloudfunctions", quota_per_day=5)``. A path may be a text, and what may be repeated any
    list. Variables of the environment do not count. Each emulator
    has a state of its own, and several may run at a time. The engine is loaded by the first photo that no
    fixture answers.

    Raises:
        TypeError: there is no such setting, or it takes another type; the message says which.
        ValueError: a setting makes no sense; the message names it.
        OSError: a file that a setting names does not exist, or the address cannot be listened on.
    """
    from cloudbase_ocr.settings import settings_of

    chosen = settings_of(port=settings.pop("port", 0), **settings)
    host = Host(chosen)
    try:
        host.listen()
    except BaseException:
        host.close()
        raise
    return LiveEmulator(host, chosen.appid)


class Host:
    """One emulator in this process. It listens when it is first asked to, so that in-process use needs no port."""

    def __init__(self, settings: Settings) -> None:
        """Make the emulator.

        Raises:
            ValueError: a setting makes no sense; the message names it.
        """
        from cloudbase_ocr.app import create_app
        from cloudbase_ocr.state.emulator import emulator_of

        self._settings = settings
        self._app = create_app(settings)
        self._url = ""
        self._closed = False
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self.emulator = emulator_of(self._app)
        self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self.emulator.log.listeners.append(self.calls.append)
        self._stack.callback(self.emulator.close)
        # A program may end without closing it; afterwards nothing could answer, and its processes would stay.
        atexit.register(self.close)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        self.listen()
        return self._url

    @property
    def client(self) -> FlaskClient:
        """A WSGI test client."""
        return self._app.test_client()

    def secret(self, appid: str) -> str:
        """Return a secret that is accepted for an account."""
        return self._settings.accounts.get(appid, "emulator")

    def listen(self) -> None:
        """Listen, if it does not yet.

        Raises:
            AddressInUseError: the address cannot be listened on.
            RuntimeError: it is closed.
        """
        from cloudbase_ocr.server import running

        with self._lock:
            self._refuse_when_closed()
            if not self._url:
                self._url = self._stack.enter_context(running(self._settings, self._app)).url

    def json(self, method: str, path: str, **arguments: Any) -> Any:
        """Return what a route of the control side answers.

        Raises:
            ValueError: it refuses; the message is its own.
            RuntimeError: it is closed.
        """
        self._refuse_when_closed()
        address = self._url or "http://127.0.0.1"
        headers = {"Authorization": f"Bearer {self.emulator.guard.token}"}
        answer = self.client.open(
            f"/_emulator/{path}", method=method, base_url=address, headers=headers, **arguments
        )
        content = answer.get_json()
        if answer.status_code >= 400:
            raise ValueError(content["error"])
        return content

    def close(self) -> None:
        """Release the port, and end the functions' processes."""
        atexit.unregister(self.close)
        with self._lock:
            self._closed = True
            self._stack.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise RuntimeError("this emulator is closed; start another")
