"""Where the HTTP access service is: under names of its own, and which of its routes takes a request.

In the cloud it has a domain, ``<env>.<region>.app.tcloudbase.com``, and so it has here: ``http://<env>.localhost:PORT``,
which browsers look for on this machine and nowhere else. There every path is the service's, and pages that functions
answer with have an origin that is not the console's. Tencent's own domains lead there, too, where a proxy or a hosts
file brings them, and a `domain` of gateway.routes that ``--server-name`` also names.

Under the emulator's other names it has what no other surface wants: the paths of its routes. Whatever others want is at
``/_http/`` as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.reach import host_of
from cloudbase_ocr.journal.middleware import VIA
from cloudbase_ocr.project import ConfigError, Route
from cloudbase_ocr.project.http_routes import find_route, parse_option
from cloudbase_ocr.runtime import FunctionNotFound, find_function
from cloudbase_ocr.state.surfaces import HTTP_ACCESS, Surface, is_wechat, surface_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudbase_ocr.settings import Settings
    from cloudbase_ocr.state.emulator import Emulator

OWN_NAME = "cloudbase_ocr.http_access_name"
"""Key of the WSGI environment: whether the request came under a name of the service's own."""

_TENCENT = (".app.tcloudbase.com", ".service.tcloudbase.com")

WsgiApp = Any


def option_routes(settings: Settings) -> tuple[Route, ...]:
    """Return the routes of ``--http-path``.

    Raises:
        ConfigError: one has another form.
    """
    return tuple(parse_option(text) for text in settings.http_paths)


class HttpAccess:
    """The routes of one emulator, read again whenever the project's files change."""

    def __init__(self, emulator: Emulator) -> None:
        """Read what is there.

        Raises:
            ConfigError: a route makes no sense; the message names file and key, or the option.
        """
        self._emulator = emulator
        self._options = option_routes(emulator.settings)
        _ = self._read()

    def find(self, path: str) -> Route | None:
        """Return the route that takes a path.

        First come the options, then cloudbaserc.json, then, but for ``--strict``, every function under its own name.

        Raises:
            ConfigError: what cloudbaserc.json says now makes no sense.
        """
        for routes in (self._options, self._read()):
            if (route := find_route(routes, path)) is not None:
                return route
        name = path.split("/")[1]
        if self._emulator.settings.strict or not name:
            return None
        try:
            return Route(f"/{name}", find_function(self._emulator.runtime.project, name).name)
        except FunctionNotFound:
            return None

    def listed(self) -> list[Route]:
        """Return the routes that somebody has named.

        Raises:
            ConfigError: as above.
        """
        return [*self._options, *self._read()]

    def is_own_name(self, authority: str) -> bool:
        """Tell whether a header ``Host`` names the service, and not the emulator."""
        host = host_of(authority)
        if host == self.own_host() or host.endswith(_TENCENT):
            return True
        if host not in {name.lower() for name in self._emulator.settings.server_names}:
            return False
        try:
            return any(route.domain == host for route in self._read())
        except ConfigError:
            return False

    def own_host(self) -> str:
        """Return the service's name on this machine."""
        return f"{self._emulator.runtime.env_id.lower()}.localhost"

    def _read(self) -> tuple[Route, ...]:
        return self._emulator.runtime.project.read().routes


class HttpAccessPaths:
    """Leads what is for the HTTP access service to ``/_http/``; to be put around the whole application."""

    def __init__(self, app: WsgiApp, access: HttpAccess) -> None:
        """Pass requests on to `app`."""
        self._app = app
        self._access = access

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        own_name = self._access.is_own_name(environ.get("HTTP_HOST", ""))
        environ[OWN_NAME] = own_name
        if own_name or self._is_nobodys(environ, path):
            environ["PATH_INFO"] = HTTP_ACCESS.rstrip("/") + path
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _is_nobodys(self, environ: dict[str, Any], path: str) -> bool:
        """Tell whether a path is that of a route, and of no other surface."""
        if surface_of(environ) is not Surface.SERVERS or is_wechat(path) or path.startswith(VIA):
            return False
        try:
            return self._access.find(path) is not None
        except ConfigError:
            return False
