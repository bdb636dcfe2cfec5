"""Which path of the HTTP access service leads to which function.

Documented are two places in cloudbaserc.json: ``gateway.routes`` (cli-v1/http-gateway/gateway) and `path` of a function
(functions/deploy, ``--path``); public templates of CloudBase Framework have ``servicePaths`` beside their functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _
from cloudbase_ocr.project.cloudbaserc import FILE
from cloudbase_ocr.project.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OPTION = "--http-path"

NOT_DONE: Mapping[str, str] = {
    "enableAuth": _("callers are not authenticated"),
    "qpsPolicy": _("nobody counts requests"),
}
"""Keys of a route that do nothing here, and what holds instead."""

_SEGMENT = re.compile(r"[A-Za-z0-9._-]{1,50}")
_RESERVED = ("/__auth", "/.well-known")
_FORM = _(
    "a path such as /api/ocr: segments of letters, digits, '.', '_' and '-', at most 50 characters each"
)
_FUNCTION, _HOSTING = "function:", "hosting:"


@dataclass(frozen=True)
class Route:
    """Requests at `path` and below go to `function`.

    What the function sees as path is what follows `path`, or all of it (`whole_path`, in the file
    ``enablePathTransmission``), behind `prefix` (``pathRewrite.prefix``). `domain` is one of the developer's own.
    """

    path: str
    function: str
    whole_path: bool = False
    prefix: str = ""
    domain: str = ""

    def takes(self, path: str) -> bool:
        """Tell whether a request's path is this one, or below."""
        return self.path == "/" or path == self.path or path.startswith(self.path + "/")

    def seen(self, path: str) -> str:
        """Return the path that the function sees for that of a request."""
        rest = path if self.whole_path or self.path == "/" else path[len(self.path) :]
        return (self.prefix.rstrip("/") + rest) or "/"


def find_route(routes: Iterable[Route], path: str) -> Route | None:
    """Return the route with the longest path that takes a request, the first of several; None without one."""
    found = [route for route in routes if route.takes(path)]
    return max(found, key=lambda route: len(route.path.rstrip("/")), default=None)


def parse_option(text: str) -> Route:
    """Return the route that ``--http-path PATH=FUNCTION`` names.

    Raises:
        ConfigError: it has another form.
    """
    path, _sign, function = text.partition("=")
    if not function:
        raise ConfigError(
            _("{option}: a route is written PATH=FUNCTION, for example /ocr=idcard, and not {text!r}").format(
                option=OPTION, text=text
            )
        )
    return Route(_path(path, OPTION), function)


def read_routes(content: Mapping[str, Any]) -> tuple[Route, ...]:
    """Return the routes that cloudbaserc.json names, `content` being the file; those of ``gateway`` first.

    Raises:
        ConfigError: a value makes no sense; the message names its key.
    """
    routes = [*_of_gateway(content), *_of_functions(content)]
    known: dict[tuple[str, str], Route] = {}
    for route in routes:
        earlier = known.setdefault((route.domain, route.path), route)
        if earlier.function != route.function:
            raise ConfigError(
                _("{file}: the path {path} leads to {function} and to {other}; give each its own").format(
                    file=FILE, path=route.path, function=earlier.function, other=route.function
                )
            )
    return tuple(known.values())


def route_notes(content: Mapping[str, Any]) -> Iterator[str]:
    """Give a sentence for everything that routes of the file ask for and that is not done here."""
    for index, route in enumerate(_listed(content)):
        place = f"{FILE}: gateway.routes[{index}]"
        target = route.get("target")
        if isinstance(target, str) and target.startswith(_HOSTING):
            yield _("{place}.target is {target}: there is no static hosting here").format(
                place=place, target=target
            )
        for key, instead in NOT_DONE.items():
            if route.get(key):
                yield _("{place}.{key} does nothing here: {instead}").format(
                    place=place, key=key, instead=instead
                )


def _of_gateway(content: Mapping[str, Any]) -> Iterator[Route]:
    for index, route in enumerate(_listed(content)):
        place = f"{FILE}: gateway.routes[{index}]."
        target = route.get("target")
        if not isinstance(target, str) or not target.startswith((_FUNCTION, _HOSTING)):
            raise ConfigError(
                _('{place}target must be "function:<name>", not {target!r}').format(
                    place=place, target=target
                )
            )
        path = _path(route.get("path"), f"{place}path")
        if target.startswith(_HOSTING):
            continue
        rewrite = route.get("pathRewrite") or {}
        if not isinstance(rewrite, dict):
            raise ConfigError(
                _('{place}pathRewrite must be an object such as {{"prefix": "/v2"}}, not {rewrite!r}').format(
                    place=place, rewrite=rewrite
                )
            )
        prefix = _path(rewrite["prefix"], f"{place}pathRewrite.prefix") if "prefix" in rewrite else ""
        whole = route.get("enablePathTransmission") or False
        if not isinstance(whole, bool):
            raise ConfigError(
                _("{place}enablePathTransmission must be true or false, not {whole!r}").format(
                    place=place, whole=whole
                )
            )
        domain = route.get("domain") or ""
        if not isinstance(domain, str):
            raise ConfigError(
                _("{place}domain must be a host such as api.example.com, not {domain!r}").format(
                    place=place, domain=domain
                )
            )
        yield Route(path, target.removeprefix(_FUNCTION), whole, prefix, domain.lower())


def _of_functions(content: Mapping[str, Any]) -> Iterator[Route]:
    listed = content.get("functions")
    for index, function in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(function, dict) and function.get("path") and isinstance(function.get("name"), str):
            yield Route(_path(function["path"], f"{FILE}: functions[{index}].path"), function["name"])
    framework = content.get("framework")
    plugins = framework.get("plugins") if isinstance(framework, dict) else None
    for name, plugin in (plugins if isinstance(plugins, dict) else {}).items():
        inputs = plugin.get("inputs") if isinstance(plugin, dict) else None
        paths = inputs.get("servicePaths") if isinstance(inputs, dict) else None
        if paths is None:
            continue
        place = f"{FILE}: framework.plugins.{name}.inputs.servicePaths"
        if not isinstance(paths, dict):
            raise ConfigError(
                _('{place} must be an object such as {{"idcard": "/idcard"}}, not {paths!r}').format(
                    place=place, paths=paths
                )
            )
        for function, path in paths.items():
            yield Route(_path(path, f"{place}.{function}"), str(function))


def _listed(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    gateway = content.get("gateway", {})
    routes = gateway.get("routes", []) if isinstance(gateway, dict) else None
    if not isinstance(routes, list) or not all(isinstance(route, dict) for route in routes):
        raise ConfigError(
            _(
                '{file}: gateway must be an object such as {{"routes": [{{"path": "/ocr", "target": '
                '"function:idcard"}}]}}'
            ).format(file=FILE)
        )
    return routes


def _path(value: object, key: str) -> str:
    """Return a path without a slash at its end."""
    path = value.rstrip("/") or "/" if isinstance(value, str) and value.startswith("/") else ""
    segments = path.split("/")[1:] if path != "/" else []
    if not path or not all(_SEGMENT.fullmatch(segment) for segment in segments) or {".", ".."} & {*segments}:
        raise ConfigError(_("{key} must be {form}, not {value!r}").format(key=key, form=_FORM, value=value))
    if path.startswith(tuple(f"{reserved}/" for reserved in _RESERVED)) or path in _RESERVED:
        raise ConfigError(
            _("{key} is {path}, and {reserved} belong to CloudBase; choose another path").format(
                key=key, path=path, reserved=", ".join(_RESERVED)
            )
        )
    return path
