"""Operations on what was sent: the latest calls, and whether one came as a test wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.control.operation import ControlError, operation
from cloudbase_ocr.core.redact import masked, scrubbed
from cloudbase_ocr.journal.expectations import Expectation, verify

if TYPE_CHECKING:
    from cloudbase_ocr.journal.received import ReceivedRequest
    from cloudbase_ocr.state.emulator import Emulator

_TEXTS = ("path", "errmsg", "unmatched")
_APPID = "those of this account and those that do not say whose they are; by default all"


@dataclass(frozen=True)
class RequestList:
    """Calls, the oldest first: what was sent, without tokens and secrets, and what was answered, by what."""

    requests: list[dict[str, Any]]


@dataclass(frozen=True)
class Verified:
    """How many calls are as wanted; `message` says what differs, and is empty where nothing does."""

    found: int
    message: str


class RequestsControl:
    """Tells what programs have sent."""

    def __init__(self, emulator: Emulator) -> None:
        """Tell of the calls to `emulator`."""
        self._requests = emulator.requests
        self._personal = emulator.journal.personal

    @operation(
        "requests.list",
        "GET",
        "requests",
        appid=_APPID,
        personal_data="show texts as they are; by default they are masked, if --journal-personal-data is not set",
    )
    def list(self, appid: str | None = None, *, personal_data: bool | None = None) -> RequestList:
        """Show the latest calls as they were sent and answered, the oldest first."""
        personal = self._personal if personal_data is None else personal_data
        return RequestList([_state(each, personal=personal) for each in self._requests.of(appid)])

    @operation(
        "requests.verify",
        "POST",
        "requests/verify",
        method="the cloud call (ocr.idcard), or a path (/cgi-bin/token)",
        times="how often; by default at least once",
        query="values of the query; null: it is not there",
        form="text fields of the form",
        headers="headers",
        image="the picture: sha256, size, filename, content_type",
        code="the errcode that was answered",
        appid=_APPID,
    )
    def verify(
        self,
        method: str,
        *,
        times: int | None = None,
        query: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        image: dict[str, Any] | None = None,
        code: int | None = None,
        appid: str | None = None,
    ) -> Verified:
        """Tell whether a method was called like this, else which call comes nearest, and how it differs.

        Raises:
            ControlError: there is no such method, or what is wanted can never be.
        """
        wanted = Expectation(method, times, query or {}, form or {}, headers or {}, image or {}, code)
        try:
            verdict = verify(wanted, self._requests.of(appid))
        except ValueError as error:
            raise ControlError(str(error)) from error
        return Verified(len(verdict.calls), verdict.message)


def _state(request: ReceivedRequest, *, personal: bool) -> dict[str, Any]:
    found = {**vars(request), "headers": dict(request.headers), "notes": [*request.notes]}
    found["image"] = None if request.image is None else {**vars(request.image)}
    del found["seconds"]
    if personal:
        return found
    if found["image"]:
        found["image"]["filename"] = scrubbed(found["image"]["filename"])
    for name in _TEXTS:
        found[name] = scrubbed(found[name])
    shown = {name: masked(found[name]) for name in ("query", "form", "json", "headers", "reply")}
    return {**found, **shown, "notes": [scrubbed(note) for note in request.notes]}
