"""What the requests of one call have in common: the address, the credentials, the deadline."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .client import Client
from .context import DEFAULT_TIME_LIMIT, current, safety_margin
from .credentials import REFUSED_TOKEN, Credentials
from .deadline import Clock, Deadline
from .replies import check, error_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .settings import Settings


class Session:
    """The requests of one call. Close it."""

    def __init__(self, clock: Clock, settings: Settings, credentials: Credentials) -> None:
        """Begin the call's time; nothing is sent yet."""
        self._credentials = credentials
        self._client = Client(settings.api_base or credentials.base, clock)
        self._deadline = _deadline(settings, clock)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def post(self, path: str, query: Mapping[str, Any], **body: Any) -> dict[str, Any]:
        """Post with a token, and once more with another one when that was refused (ruling R27).

        `body` is what :meth:`Client.post` takes. Returns the reply, which says success.

        Raises:
            Failure: there was no answer, or it is an error.
        """
        token = self._credentials.query(self._client, self._deadline)
        reply = self._client.post(path, {**token, **query}, self._deadline, **body)
        if error_code(reply) in REFUSED_TOKEN and self._credentials.renew(token):
            token = self._credentials.query(self._client, self._deadline)
            reply = self._client.post(path, {**token, **query}, self._deadline, **body)
        return check(reply)

    def post_json(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Post a JSON document; see :meth:`post`."""
        return self.post(path, {}, document=document)

    def upload(self, url: str, form: Mapping[str, str], content: bytes) -> int:
        """Post a form with a file to a signed address of the object store; return its HTTP status.

        Raises:
            Failure: -501001 when no answer came in time.
        """
        return self._client.upload(url, form, content, self._deadline)

    def download(self, url: str) -> tuple[int, bytes]:
        """Get a file from a signed address of the object store: its HTTP status and the body.

        Raises:
            Failure: -501001 when no answer came in time or the file is too large.
        """
        return self._client.download(url, self._deadline)


def _deadline(settings: Settings, clock: Clock) -> Deadline:
    """The end of the call: init's timeout, or what the function has left, whichever comes first."""
    call, now = current(), clock.monotonic()
    at = now + settings.timeout
    reason = f"no answer within {settings.timeout:g} s; raise timeout in init()"
    limit, end = 0.0, at
    if call is not None:
        limit, end = call.time_limit, call.deadline
    elif os.environ.get("TENCENTCLOUD_RUNENV") == "SCF":
        limit, end = DEFAULT_TIME_LIMIT, now + DEFAULT_TIME_LIMIT - safety_margin(DEFAULT_TIME_LIMIT)
    if end < at:
        at = end
        reason = f"the function's time limit of {limit:g} s is nearly over; raise timeout in its config.json"
    return Deadline(at, reason, clock)
