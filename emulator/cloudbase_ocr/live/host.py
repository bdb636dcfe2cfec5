"""One emulator in this process: it is made at once, and listens when somebody needs it to."""

from __future__ import annotations

import atexit
import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from cloudbase_ocr.settings import Settings

_REQUESTS_KEPT = 10_000

# Without it Python prints the hints to functions and calls, which the journal has, among a program's own output.
logging.getLogger("cloudbase_ocr").addHandler(logging.NullHandler())


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
        self.emulator.requests.keep(_REQUESTS_KEPT)
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
