"""An emulator as one account sees it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from flask.testing import FlaskClient

    from cloudbase_ocr.control.facade import Control
    from cloudbase_ocr.control.operations.clock import ClockControl
    from cloudbase_ocr.control.operations.faults import FaultsControl  # noqa: TC004 - see _signature_of
    from cloudbase_ocr.control.operations.fixtures import FixturesControl, FixtureState  # noqa: TC004 - see _signature_of
    from cloudbase_ocr.control.operations.quota import Ended, QuotaList
    from cloudbase_ocr.control.operations.scenarios import ScenariosControl, ScenarioState  # noqa: TC004 - see _signature_of
    from cloudbase_ocr.journal.received import ReceivedRequest
    from cloudbase_ocr.live.host import Host
    from cloudbase_ocr.state.faults import FaultState

Image: TypeAlias = "bytes | str | os.PathLike[str] | Mapping[str, Any]"

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
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
    def requests(self) -> list[ReceivedRequest]:
        """What the emulator was asked since it started or the test began, oldest first: this account's and nobody's.

        Nobody's are those that do not say whose they are, such as one with a wrong token. Each has what was sent
        (`method`, `path`, `query`, `form`, `json`, `headers`, `image`) and what was answered (`code`, `status`,
        `reply`, `answered_by`, `errmsg`, `notes`), without tokens and secrets. The latest 10,000 are kept.
        """
        return self._host.emulator.requests.of(self.appid)

    def assert_called(
        self,
        method: str,
        *,
        times: int | None = None,
        image: Image | None = None,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        code: int | None = None,
    ) -> list[ReceivedRequest]:
        """Fail unless this account called ``ocr.idcard``, or a path such as ``/cgi-bin/token``; return those calls.

        `times` is how often (0: never), by default at least once. `image` is the picture: its bytes, a file, its
        SHA-256, or a mapping with some of sha256, size, filename and content_type. Of `query`, `form` and `headers`
        only what is named is compared; None means that it is not there. `code` is the errcode that was answered.

        Raises:
            AssertionError: it did not; the message shows the nearest call and how it differs.
            ValueError: there is no such method, or what is wanted can never be.
        """
        __tracebackhide__ = True
        from cloudbase_ocr.journal.expectations import Expectation, verify

        groups = {"query": query or {}, "form": form or {}, "headers": headers or {}}
        wanted = Expectation(method, times, image=_image_parts(image), code=code, **groups)
        verdict = verify(wanted, self.requests)
        if verdict.message:
            raise AssertionError(verdict.message)
        return verdict.calls

    def assert_all_matched(self) -> None:
        """Fail if a call came that no scenario, fixture or ``mock://`` address answers.

        Needs the setting `strict_fixtures`; with it the pytest fixture and the unittest mixin do this themselves after
        each test.

        Raises:
            AssertionError: one did; the message names the fixture that comes nearest.
        """
        __tracebackhide__ = True
        missed = [each for each in self.requests if each.unmatched]
        if missed:
            lines = [f"{each.method} {each.path}: {each.unmatched}" for each in missed]
            raise AssertionError("no fixture fits what was called:\n" + "\n".join(lines))

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

    def env(self, function: str = "", *, https: bool = False) -> dict[str, str]:
        """Return the environment variables that point a program at the emulator, as this account.

        With `function` the program counts as that function, and has its permissions. With `https` there are also those
        that lead a program with a literal address, such as ``https://api.weixin.qq.com``, here, and let it trust what
        answers: proxy and trust files for Python, curl, Node.js, Go, PHP and Java. It needs the extra ``tls``.

        Raises:
            ValueError: there is no such function, or no https here; the message says why.
        """
        self._host.listen()
        asked = {"appid": self.appid, "function": function, **({"https": "1"} if https else {})}
        return dict(self._host.json("GET", "env", query_string=asked))

    def intercept(self, *, allow: bool | Iterable[str] = True) -> AbstractContextManager[None]:
        """Lead requests of this process for https://api.weixin.qq.com and the other hosts here, in a ``with`` block.

        So code with a literal address needs no setting, as long as it asks with requests, httpx or aiohttp; for others
        there is `env`. Other hosts are asked as always; with `allow` False not at all, with a list of hosts only they
        are: the client gets its own error of a connection. After the block everything is as it was.

        Raises:
            TypeError: `allow` is one text.
        """
        from cloudbase_ocr.live.interception import intercepting

        return intercepting(self.url, allow)

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


def _image_parts(image: Image | None) -> dict[str, Any]:
    """Return what is to be compared of a picture: its hash and size, or what a mapping names.

    Raises:
        OSError: the file cannot be read.
    """
    if image is None:
        return {}
    if isinstance(image, Mapping):
        return dict(image)
    if isinstance(image, str) and _SHA256.fullmatch(image):
        return {"sha256": image.lower()}
    data = image if isinstance(image, bytes) else Path(image).read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
