"""The place that a URL of ``--state`` names, and the client for it. redis-py is imported when it is asked.

``redis://[user:password@]host:port/db``, ``rediss://`` (TLS; its options are those of redis-py, such as
``?ssl_ca_certs=FILE``), ``unix:///path/to/socket?db=0``, and ``redis+sentinel://host:port,host:port/NAME/db``, where
NAME is the master's. Redis Cluster is not supported: scripts touch keys that they find themselves.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from redis import Redis

SECONDS = 0.4
"""What connecting may take, and then each answer: a call that finds nobody fails in less than a second."""

SENTINEL = "redis+sentinel"
SCHEMES = ("redis", "rediss", "unix", SENTINEL)
REMEDY = "pip install 'cloudbase-ocr[redis]'"

_SENTINEL_PORT = 26379


class StateURLError(ValueError):
    """A URL of ``--state`` cannot be used; the message says what to write, and holds no password."""


def client_of(url: str) -> Redis:
    """Return a client that waits `SECONDS` at most, and never sends a command twice; nothing is connected yet.

    Raises:
        StateURLError: the URL has another form, or redis-py is not installed.
    """
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise StateURLError(
            _(
                "--state: {scheme}:// is not known here. Write redis://HOST:PORT/DB, rediss://..., "
                "unix:///SOCKET, {sentinel}://HOST:PORT,HOST:PORT/NAME/DB, or a folder"
            ).format(scheme=scheme, sentinel=SENTINEL)
        )
    if importlib.util.find_spec("redis") is None:
        raise StateURLError(
            _("--state {scheme}://... needs redis-py, which is not installed; run: {remedy}").format(
                scheme=scheme, remedy=REMEDY
            )
        )
    try:
        return _sentinel(url) if scheme == SENTINEL else _plain(url)
    except ValueError as error:
        raise StateURLError(
            _("--state: the address {url} cannot be read: {error}").format(url=shown(url), error=error)
        ) from error


def shown(url: str) -> str:
    """Return a URL for people: without user, password and options."""
    head, _sign, rest = url.partition("?")[0].partition("://")
    return f"{head}://{rest.rpartition('@')[2]}"


def _plain(url: str) -> Redis:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        url,
        socket_timeout=SECONDS,
        retry=Retry(NoBackoff(), 0),
        **({} if url.startswith("unix") else {"socket_connect_timeout": SECONDS, "socket_keepalive": True}),
    )


def _sentinel(url: str) -> Redis:
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    from redis.sentinel import Sentinel

    parts = urlsplit(url)
    credentials, _at, places = parts.netloc.rpartition("@")
    name, _slash, database = parts.path.strip("/").partition("/")
    if not name or not (database or "0").isdigit():
        raise ValueError(
            _("after the hosts come the name of the master and the number of the database: /NAME/0")
        )
    user, _colon, password = credentials.partition(":")
    options = {
        "socket_timeout": SECONDS,
        "socket_connect_timeout": SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    sentinel = Sentinel([_host_and_port(place) for place in places.split(",")], sentinel_kwargs=options)  # type: ignore[no-untyped-call]  # as above
    client: Redis = sentinel.master_for(  # type: ignore[no-untyped-call]  # as redis-py has it
        name,
        db=int(database or 0),
        username=unquote(user) or None,
        password=unquote(password) or None,
        **options,
    )
    return client


def _host_and_port(place: str) -> tuple[str, int]:
    parts = urlsplit(f"//{place}")
    if not parts.hostname:
        raise ValueError(_("a sentinel has no host"))
    return parts.hostname, parts.port or _SENTINEL_PORT
