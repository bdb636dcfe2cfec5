"""Routes of the HTTP access service in cloudbaserc.json, in the three places where public projects have them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudbase_ocr.project import ConfigError, Route
from cloudbase_ocr.project.http_routes import find_route, parse_option, read_routes, route_notes


def gateway(*routes: dict[str, Any]) -> dict[str, Any]:
    return {"gateway": {"routes": [*routes]}}


def test_all_places_are_read_and_the_gateway_goes_first() -> None:
    content = {
        **gateway({"path": "/api/", "target": "function:api"}, {"path": "/", "target": "hosting:web"}),
        "functions": [{"name": "idcard", "path": "/idcard"}, {"name": "other"}],
        "framework": {"plugins": {"function": {"inputs": {"servicePaths": {"menu": "/menu"}}}}},
    }
    assert read_routes(content) == (
        Route("/api", "api"),
        Route("/idcard", "idcard"),
        Route("/menu", "menu"),
    )
    assert read_routes({}) == ()


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ({}, {"/v1": "/", "/v1/a/b": "/a/b", "/v1/": "/"}),
        ({"enablePathTransmission": True}, {"/v1": "/v1", "/v1/a": "/v1/a"}),
        ({"pathRewrite": {"prefix": "/new"}}, {"/v1": "/new", "/v1/a": "/new/a"}),
        ({"enablePathTransmission": False, "domain": "API.example.com"}, {"/v1/a": "/a"}),
    ],
)
def test_what_the_function_sees_of_a_path(keys: dict[str, Any], seen: dict[str, str]) -> None:
    (route,) = read_routes(gateway({"path": "/v1", "target": "function:api", **keys}))
    assert {path: route.seen(path) for path in seen} == seen
    assert route.domain == keys.get("domain", "").lower()


def test_the_longest_path_takes_a_request() -> None:
    routes = [Route("/", "home"), Route("/api", "api"), Route("/api/ocr", "ocr")]
    found = {path: find_route(routes, path) for path in ("/", "/apis", "/api", "/api/x", "/api/ocr/1")}
    assert {path: route.function for path, route in found.items() if route} == {
        "/": "home",
        "/apis": "home",
        "/api": "api",
        "/api/x": "api",
        "/api/ocr/1": "ocr",
    }
    assert find_route(routes[1:], "/apis") is None
    assert Route("/", "home").seen("/a") == "/a"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"gateway": []}, "gateway must be an object such as"),
        ({"gateway": {"routes": {}}}, "gateway must be an object such as"),
        ({"gateway": {"routes": ["/a"]}}, "gateway must be an object such as"),
        (gateway({"path": "/a"}), 'gateway.routes[0].target must be "function:<name>", not None'),
        (gateway({"path": "/a", "target": "idcard"}), "not 'idcard'"),
        (gateway({"target": "function:a"}), "gateway.routes[0].path must be a path such as /api/ocr"),
        (gateway({"path": "a", "target": "function:a"}), "not 'a'"),
        (gateway({"path": "/a/*", "target": "function:a"}), "not '/a/*'"),
        (gateway({"path": "/a//b", "target": "function:a"}), "not '/a//b'"),
        (gateway({"path": "/../b", "target": "function:a"}), "not '/../b'"),
        (gateway({"path": "/" + "x" * 51, "target": "function:a"}), "at most 50 characters"),
        (gateway({"path": "/.well-known/x", "target": "function:a"}), "belong to CloudBase"),
        (gateway({"path": "/__auth", "target": "function:a"}), "belong to CloudBase"),
        (
            gateway({"path": "/a", "target": "function:a", "pathRewrite": "/b"}),
            "pathRewrite must be an object",
        ),
        (
            gateway({"path": "/a", "target": "function:a", "pathRewrite": {"prefix": 1}}),
            "pathRewrite.prefix must be a path",
        ),
        (
            gateway({"path": "/a", "target": "function:a", "enablePathTransmission": "yes"}),
            "enablePathTransmission must be true or false, not 'yes'",
        ),
        (gateway({"path": "/a", "target": "function:a", "domain": 1}), "domain must be a host"),
        (
            gateway({"path": "/a", "target": "function:a"}, {"path": "/a/", "target": "function:b"}),
            "the path /a leads to a and to b",
        ),
        ({"functions": [{"name": "a", "path": "a"}]}, "functions[0].path must be a path"),
        (
            {"framework": {"plugins": {"f": {"inputs": {"servicePaths": ["/a"]}}}}},
            "framework.plugins.f.inputs.servicePaths must be an object",
        ),
    ],
)
def test_a_mistake_is_named_with_file_and_key(content: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_routes(content)
    assert str(caught.value).startswith("cloudbaserc.json: ")
    assert says in str(caught.value)


def test_the_option() -> None:
    assert parse_option("/ocr/=idcard") == Route("/ocr", "idcard")
    assert parse_option("/=idcard") == Route("/", "idcard")
    for text in ("/ocr", "ocr=idcard", "=idcard", "/ocr="):
        with pytest.raises(ConfigError, match="--http-path"):
            parse_option(text)


def test_what_is_not_done_is_told() -> None:
    content = gateway(
        {"path": "/a", "target": "function:a", "enableAuth": True, "qpsPolicy": {"qpsTotal": 100}},
        {"path": "/", "target": "hosting:web", "enableAuth": False},
    )
    assert list(route_notes(content)) == [
        "cloudbaserc.json: gateway.routes[0].enableAuth does nothing here: callers are not authenticated",
        "cloudbaserc.json: gateway.routes[0].qpsPolicy does nothing here: nobody counts requests",
        "cloudbaserc.json: gateway.routes[1].target is hosting:web: there is no static hosting here",
    ]
