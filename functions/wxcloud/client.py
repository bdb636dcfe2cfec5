"""One HTTPS call to WeChat, or to the object store that it names: the URL, the body, the deadline, the retries.

Each exchange runs in a thread of its own, because nothing else bounds all of it: the timeout of requests
covers one read of a socket, so name resolution, a host with several addresses and a reply that drips would
each outlive it.

Sent again, with growing pauses and inside the deadline: what broke before an answer came, errcode -1, and what a
proxy says while there is nobody behind it (502, 503, 504 without an errcode). Nothing else is: another answer would be
the same answer, and 101xxx costs quota (rulings R9, R27).
"""

from __future__ import annotations

import gc
import json
import threading
from typing import TYPE_CHECKING, Any, Callable, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from .deadline import Clock, Deadline, unreachable
from .errors import Failure, wrong_argument
from .replies import decode, error_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from .images import Image

MAX_TRIES = 4
FIRST_PAUSE = 0.2
SHORTEST_TRY = 0.1
MAX_REPLY_BYTES = 6 * 1024 * 1024
"""What a cloud function can return at all (documented: SCF limits)."""
MAX_FILE_BYTES = 100 * 1024 * 1024
"""Of a file that is downloaded: it has to fit into the function's memory, 256 MB by default."""

_NOBODY_THERE = frozenset({502, 503, 504})
"""Statuses of proxies: the call has not reached a service, or the service is about to be another one."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Request(NamedTuple):
    """What to send; `body` as requests takes it, `at_most` bytes are read of the answer."""

    verb: str
    url: str
    body: Mapping[str, Any]
    at_most: int = MAX_REPLY_BYTES


class _Exchange:
    """One request and its reply, as the thread that runs it leaves them."""

    def __init__(self) -> None:
        self.status = 0
        self.reason = ""
        self.body = b""
        self.error: BaseException | None = None


class Client:
    """Posts to one base address, such as https://api.weixin.qq.com.

    The posts of one call (token, picture) share a connection: another TLS handshake would cost two round trips,
    and reading the certificates again 16 ms (measured).
    """

    def __init__(self, base: str, clock: Clock | None = None) -> None:
        """Remember the address; nothing is sent yet."""
        self.base = base.rstrip("/")
        self._clock = clock or Clock()
        self._session: requests.Session | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            self._session.close()

    def post(
        self,
        path: str,
        query: Mapping[str, Any],
        deadline: Deadline,
        *,
        image: Image | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the JSON object that WeChat answers, errcode included.

        The body is `image` as a multipart part ``img``, or `document` as JSON, or empty.

        Raises:
            Failure: -501001 when no answer came in time, -601001 when it was not understood.
        """
        url = f"{self.base}{path}"
        full = f"{url}?{encode_query(query)}" if query else url
        request = _Request("POST", full, _body(image, document))
        reply: dict[str, Any] = self._tried(request, _reply_of, deadline)
        return reply

    def upload(self, url: str, form: Mapping[str, str], content: bytes, deadline: Deadline) -> int:
        """Post a form with the part ``file`` to an address of the object store; return the HTTP status.

        Raises:
            Failure: -501001 when no answer came in time.
        """
        # The file comes last: the object store ignores what comes after it.
        parts = [*((name, (None, value)) for name, value in form.items()), ("file", ("file", content))]
        request = _Request("POST", url, {"files": parts})
        status: int = self._tried(request, lambda exchange, _: exchange.status, deadline)
        return status

    def download(self, url: str, deadline: Deadline) -> tuple[int, bytes]:
        """Get a file from an address of the object store: the HTTP status and the body.

        Raises:
            Failure: -501001 when no answer came in time, -601001 when it exceeds :data:`MAX_FILE_BYTES`.
        """
        request = _Request("GET", url, {}, MAX_FILE_BYTES)
        answer: tuple[int, bytes] = self._tried(
            request, lambda exchange, _: (exchange.status, exchange.body), deadline
        )
        return answer

    def _tried(
        self, request: _Request, understand: Callable[[_Exchange, str], Any], deadline: Deadline
    ) -> Any:
        """Return what is understood of the answer, asked for again where that may help."""
        tries = 0
        while True:
            tries += 1
            outcome = self._try(request, understand, deadline)
            if not _worth_another(outcome) or tries == MAX_TRIES:
                break
            pause = FIRST_PAUSE * 2 ** (tries - 1) * (0.5 + self._clock.random())
            if deadline.remaining() < pause + SHORTEST_TRY:
                break
            self._clock.sleep(pause)
        if isinstance(outcome, Failure):
            raise outcome
        return outcome

    def _try(self, request: _Request, understand: Callable[[_Exchange, str], Any], deadline: Deadline) -> Any:
        if deadline.remaining() <= 0:
            return deadline.passed()
        exchange = _Exchange()
        thread = threading.Thread(
            target=self._run,
            args=(exchange, request, deadline),
            name="wxcloud-post",
            daemon=True,
        )
        thread.start()
        thread.join(deadline.remaining())
        if thread.is_alive():
            return deadline.passed()
        if exchange.error is not None:
            return _failure_of(exchange, self.base, deadline)
        return understand(exchange, request.url)

    def _run(self, exchange: _Exchange, request: _Request, deadline: Deadline) -> None:
        try:
            self._send(exchange, request, deadline)
        except BaseException as error:  # handed to the thread that waits
            exchange.error = error

    def _send(self, exchange: _Exchange, request: _Request, deadline: Deadline) -> None:
        requests = _load_requests()
        left = max(deadline.remaining(), 0.001)
        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = urlsplit(self.base).hostname not in _LOOPBACK
        with self._session.request(
            request.verb,
            request.url,
            **request.body,
            headers={"User-Agent": "wxcloud", "Accept-Encoding": "identity"},
            timeout=(max(left / 2, 0.001), left),
            allow_redirects=False,
            stream=True,
        ) as response:
            exchange.status, exchange.reason = response.status_code, response.reason or ""
            exchange.body = _read_all(response, deadline, request.at_most)


def encode_query(query: Mapping[str, Any]) -> str:
    """Return the query string, each value percent-encoded exactly once (ruling R11), a space as %20.

    None is left out, true and false are written in lower case, objects and lists as JSON.

    Raises:
        Failure: -601002 for text that is not valid Unicode.
    """
    pairs = [(name, _text(value)) for name, value in query.items() if value is not None]
    try:
        return urlencode(pairs, quote_via=quote, safe="")
    except UnicodeEncodeError:
        raise wrong_argument("a parameter is not valid Unicode text") from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        kind = type(value).__name__
        raise wrong_argument(f"a parameter of type {kind} cannot be sent") from None


def _body(image: Image | None, document: Mapping[str, Any] | None) -> dict[str, Any]:
    if image is not None:
        return {"files": {"img": (image.filename, image.content, image.content_type)}}
    return {"json": document} if document is not None else {}


def _read_all(response: requests.Response, deadline: Deadline, at_most: int) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(65536):
        size += len(part)
        if size > at_most:
            raise Failure(-601001, f"wechat server internal error, response body exceeds {at_most} bytes")
        if deadline.remaining() <= 0:
            raise deadline.passed()
        parts.append(part)
    return b"".join(parts)


def _worth_another(outcome: Any) -> bool:
    if isinstance(outcome, Failure):
        return outcome.retry
    return isinstance(outcome, dict) and error_code(outcome) == -1


def _reply_of(exchange: _Exchange, url: str) -> dict[str, Any] | Failure:
    """Read the body; an HTTP error counts only when the body is no WeChat reply (those come with 200)."""
    outcome: dict[str, Any] | Failure
    try:
        outcome = decode(exchange.body)
        error_code(outcome)
    except Failure as failure:
        outcome = failure
    if exchange.status != 200 and (isinstance(outcome, Failure) or "errcode" not in outcome):
        place = url.partition("?")[0]
        retry = exchange.status in _NOBODY_THERE
        return unreachable(f"{exchange.status} {exchange.reason} | [{place}]", retry=retry)
    return outcome


def _load_requests() -> Any:
    """Import requests: with the first call and not above, because it is most of a cold start.

    The collector rests meanwhile, since nothing that an import makes is garbage (measured: 5 % of the time).
    """
    import warnings

    # requests misses a package that guesses charsets. WeChat's JSON is UTF-8, so packages are built without.
    warnings.filterwarnings("ignore", "Unable to find acceptable character detection dependency")
    collecting = gc.isenabled()
    gc.disable()
    try:
        import requests

        from wxcloud.redaction import hide_secrets_in_logs
    finally:
        if collecting:
            gc.enable()
    hide_secrets_in_logs()
    return requests


def _failure_of(exchange: _Exchange, base: str, deadline: Deadline) -> Failure:
    """Say what broke without the exception's own text: requests puts the URL, and so the token, into it."""
    import requests

    error = exchange.error
    if isinstance(error, Failure):
        return error
    if deadline.remaining() <= 0:
        return deadline.passed()
    network = isinstance(error, (requests.ConnectionError, requests.Timeout))
    retry = network and not isinstance(error, requests.exceptions.SSLError)
    return unreachable(f"no answer from {base}: {_what_broke(error)}", retry=retry)


def _what_broke(error: BaseException | None) -> str:
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return "its TLS certificate or handshake was not accepted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy in the environment cannot be used"
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.ConnectionError):
        return _system_reason(error) or "the connection closed before the answer was complete"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection closed before the answer was complete"
    return f"the request could not be made ({type(error).__name__})"


def _system_reason(error: BaseException) -> str:
    """Return the operating system's word for it, such as connection refused, found along the causes."""
    seen: list[Any] = [error]
    for cause in seen:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        linked = [
            *getattr(cause, "args", ()),
            getattr(cause, "reason", None),
            getattr(cause, "__cause__", None),
        ]
        seen.extend(item for item in linked if isinstance(item, BaseException) and item not in seen)
        if len(seen) > 20:
            break
    return ""
