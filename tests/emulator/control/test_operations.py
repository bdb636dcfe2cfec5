"""The table of operations, and what is made from it: Python, routes, OpenAPI, the command."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import click
import pytest
import requests

from cloudbase_ocr.commands.ctl import ctl
from cloudbase_ocr.control.facade import GROUPS, OPERATIONS, Control
from cloudbase_ocr.control.operation import Operation, collect, operation
from cloudbase_ocr.server import Server

NO_OPERATIONS = ("restore", "picture")
"""Public methods that are none: one is for `reset`, the answer of the other is no JSON."""

EACH = pytest.mark.parametrize("each", OPERATIONS, ids=lambda each: each.name)

CALLS: dict[str, list[dict[str, Any]]] = {
    "health": [{}],
    "overview": [{}],
    "reset": [{"appid": "wx1"}, {}],
    "reply": [{"method": "ocr.idcard", "fields": {"name": "甲"}, "appid": "wx1", "times": 2}],
    "fail": [{"method": "ocr.idcard", "errcode": -1, "appid": "wx1", "times": 1}],
    "clock.get": [{}],
    "clock.freeze": [{"time": "2025-01-01T00:00:00"}, {}],
    "clock.resume": [{}],
    "clock.advance": [{"days": 1, "hours": 2, "minutes": 3, "seconds": 4.5}],
    "clock.set": [{"time": "2030-01-01"}],
    "clock.reset": [{}],
    "accounts.list": [{}],
    "accounts.set": [{"appid": "wx1", "secret": "one", "keep": False}],
    "accounts.remove": [{"appid": "wx1"}],
    "tokens.list": [{"appid": "wx1"}, {}],
    "tokens.expire": [{"appid": "wx1"}, {}],
    "tokens.revoke": [{"appid": "wx1"}, {}],
    "quota.get": [{"appid": "wx1", "method": "/cgi-bin/token"}, {}],
    "quota.set": [{"appid": "wx1", "method": "ocr.menu", "limit": 3, "used": 2}],
    "quota.exhaust": [{"appid": "wx1", "method": "/cgi-bin/stable_token"}, {}],
    "quota.clear": [{"appid": "wx1"}],
    "fault.add": [
        {
            "type": "latency",
            "surface": "wechat",
            "method": "ocr.idcard",
            "appid": "wx1",
            "nth": [1, 2],
            "times": 1,
            "probability": 0.5,
            "seed": 1,
            "ms": 1.5,
            "jitter_ms": 1,
        },
        {"type": "errcode", "function": "idcard", "errcode": -504002},
        {"errcode": 1, "errmsg": "x", "appid": "wx1"},
        {"type": "truncated", "bytes": 1, "appid": "wx1"},
        {"type": "cos_error", "status": 404, "code": "NoSuchKey"},
        {"type": "content_type", "content_type": "text/plain", "appid": "wx1"},
    ],
    "fault.types": [{}],
    "fault.list": [{"appid": "wx1"}, {}],
    "fault.remove": [{"id": "f1"}],
    "fault.clear": [{"appid": "wx1"}, {}],
    "scenario.add": [
        {
            "method": "ocr.idcard",
            "answers": [-1, "success"],
            "name": "a",
            "appid": "wx1",
            "after": "last",
            "outside": [],
        }
    ],
    "scenario.list": [{"appid": "wx1"}],
    "scenario.remove": [{"name": "a", "appid": "wx1"}],
    "fixture.add": [
        {
            "name": "idcard/mine",
            "reply": {"name": "甲", "colour": "red"},
            "match": {"url": "https://example.com/a.jpg"},
            "appid": "wx1",
            "provenance": "written",
            "reference": "a test",
            "outside": ["colour"],
        },
        {"name": "idcard/broken", "error": 101001},
    ],
    "fixture.list": [{"appid": "wx1"}, {}],
    "fixture.remove": [{"name": "idcard/mine", "appid": "wx1"}, {"name": "idcard/broken"}],
    "storage.list": [{"limit": 5}],
    "storage.remove": [{"file_id": "cloud://local-ocr.6c6f-local-ocr-1250000000/a.jpg"}],
    "functions.list": [{}],
    "functions.show": [{"name": "idcard"}],
    "functions.logs": [{"name": "idcard", "limit": 1, "request_id": "x", "personal_data": False}],
    "journal.list": [
        {"limit": 1},
        {"kind": "wechat", "name": "idcard", "appid": "wx1", "code": "0", "personal_data": False},
    ],
    "journal.show": [{"id": "latest", "personal_data": False}],
    "journal.clear": [{}],
    "journal.replay": [{"id": "latest"}],
    "journal.fixture": [
        {"id": "latest", "name": "mine", "add": True, "appid": "wx1", "personal_data": False}
    ],
    "journal.scenario": [
        {"id": "latest", "name": "a", "after": "last", "add": True, "appid": "wx1", "personal_data": False}
    ],
    "requests.list": [{"appid": "wx1", "personal_data": False}],
    "requests.verify": [
        {
            "method": "ocr.idcard",
            "times": 0,
            "query": {"img_url": None},
            "form": {"type": "photo"},
            "headers": {"X-Trace": "1"},
            "image": {"size": 3},
            "code": 0,
            "appid": "wx1",
        }
    ],
    "snippets": [
        {"method": "ocr.menu", "file": "a.jpg", "sha256": "0" * 64, "reply": {"errcode": 0, "errmsg": "ok"}},
        {
            "method": "ocr.idcard",
            "file": "a.jpg",
            "sha256": "0" * 64,
            "reply": {"errcode": 0},
            "market": True,
        },
    ],
    "recognizer.read": [
        {"method": "ocr.menu", "specimen": "menu"},
        {"method": "ocr.menu", "image": "bm8gcGljdHVyZQ=="},
    ],
    "recognizer.status": [{}],
    "recognizer.specimens": [{}],
}


def send(server: Server, each: Operation, arguments: dict[str, Any], **options: Any) -> requests.Response:
    path, left = each.path, dict(arguments)
    for parameter in each.parameters:
        if parameter.in_path:
            path = path.replace(f"{{{parameter.name}}}", str(left.pop(parameter.name, "x")))
    place = {"json": left} if each.method == "POST" else {"params": left}
    url = f"{server.url}/_emulator/{path}"
    return requests.request(each.method, url, timeout=20, **{**place, **options})


def operation_named(name: str) -> Operation:
    return next(each for each in OPERATIONS if each.name == name)


def test_every_operation_and_every_parameter_is_called_below() -> None:
    assert list(CALLS) == [each.name for each in OPERATIONS]
    for each in OPERATIONS:
        given = {name for arguments in CALLS[each.name] for name in arguments}
        assert given == {parameter.name for parameter in each.parameters}, each.name


def test_every_operation_answers_as_its_schema_says(server: Server, control: Control) -> None:
    document = requests.get(server.url + "/_emulator/openapi.json", timeout=10).json()
    schemas = document["components"]["schemas"]
    for each in OPERATIONS:
        for arguments in CALLS[each.name]:
            requests.post(server.url + "/_emulator/files?name=a.jpg", data=b"a", timeout=10)
            # So that there is an entry to show, and to send again.
            ocr = server.url + "/cv/ocr/idcard?access_token=mock://wx-entry&img_url=mock://idcard"
            requests.post(ocr, timeout=10)
            answer = send(server, each, arguments)
            assert answer.status_code == 200, (each.name, answer.text)
            route = document["paths"]["/_emulator/" + each.path][each.method.lower()]
            schema = route["responses"]["200"]["content"]["application/json"]["schema"]
            check(answer.json(), schema, schemas, each.name)


def check(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """Hold a value against the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        return check(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
    if "anyOf" in schema:
        if value is not None and "$ref" in schema["anyOf"][0]:
            return check(value, schema["anyOf"][0], schemas, where)
        types = [one.get("type", "object") for one in schema["anyOf"]]
        assert any(fits(value, one) for one in types), (where, value, types)
        return None
    assert "type" not in schema or fits(value, schema["type"]), (where, value, schema["type"])
    if "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), where
        for name, inner in value.items():
            check(inner, schema["properties"][name], schemas, f"{where}.{name}")
    for item in value if schema.get("type") == "array" else ():
        check(item, schema["items"], schemas, f"{where}[]")
    return None


def fits(value: Any, type_: str) -> bool:
    names: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    return isinstance(value, names[type_]) and (type_ == "boolean" or not isinstance(value, bool))


@EACH
def test_operation_is_a_typed_method_with_a_sentence(control: Control, each: Operation) -> None:
    member: Any = control
    for name in each.attribute.split("."):
        member = getattr(member, name)
    assert each.summary.endswith(".")
    assert "return" in typing.get_type_hints(member)
    assert all(parameter.meaning for parameter in each.parameters)


@EACH
def test_operation_is_in_the_openapi_document(server: Server, each: Operation) -> None:
    document = requests.get(server.url + "/_emulator/openapi.json", timeout=10).json()
    route = document["paths"]["/_emulator/" + each.path][each.method.lower()]
    assert (route["operationId"], route["summary"]) == (each.name, each.summary)
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    described = {
        **{parameter["name"]: parameter["required"] for parameter in route.get("parameters", [])},
        **{name: name in body["required"] for name in body.get("properties", {})},
    }
    assert described == {parameter.name: parameter.required for parameter in each.parameters}


@EACH
def test_operation_is_a_command(each: Operation) -> None:
    command: click.Command = ctl
    for name in each.name.split("."):
        assert isinstance(command, click.Group)
        command = command.commands[name]
    parameters = {each.name: each for each in command.params if each.expose_value}
    assert set(parameters) == {parameter.name for parameter in each.parameters}
    for parameter in each.parameters:
        assert parameters[parameter.name].required == parameter.required


def test_there_is_no_operation_that_the_table_lacks() -> None:
    known = {each.attribute for each in OPERATIONS}
    for attribute, owner in GROUPS.items():
        for name, member in vars(owner).items():
            if not name.startswith("_") and inspect.isfunction(member) and name not in NO_OPERATIONS:
                assert (f"{attribute}.{name}" if attribute else name) in known


def test_every_other_route_of_the_control_side_is_described(server: Server) -> None:
    document = requests.get(server.url + "/_emulator/openapi.json", timeout=10).json()
    assert document["openapi"] == "3.1.0"
    for rule in server.app.url_map.iter_rules():
        if rule.rule.startswith("/_emulator/"):
            path = rule.rule.replace("<path:", "{").replace("<", "{").replace(">", "}")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert document["paths"][path][method.lower()]["summary"], (method, path)


@EACH
def test_foreign_pages_are_refused(server: Server, control: Control, each: Operation) -> None:
    before = control.clock.get().offset
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert send(server, each, CALLS[each.name][0], headers=headers).status_code == 403
    assert abs(control.clock.get().offset - before) < 1
    assert control.faults.list().faults == []


@EACH
def test_unknown_parameters_are_refused_by_name(server: Server, each: Operation) -> None:
    answer = send(server, each, {**CALLS[each.name][0], "colour": "red"})
    assert answer.status_code == 400
    assert f"colour: {each.name} has no such parameter" in answer.json()["error"]


@EACH
def test_missing_parameters_are_named(server: Server, each: Operation) -> None:
    for parameter in each.parameters:
        if parameter.required and not parameter.in_path:
            arguments = {name: value for name, value in CALLS[each.name][0].items() if name != parameter.name}
            answer = send(server, each, arguments)
            assert answer.status_code == 400
            assert answer.json()["error"].startswith(f"{parameter.name}: missing; ")


@EACH
def test_wrong_types_are_refused_by_name(server: Server, each: Operation) -> None:
    if each.method != "POST":
        return
    for parameter in (one for one in each.parameters if not one.in_path):
        wrongs: list[Any] = [[{}], {"x": 1}, True, "text"]
        for wrong in wrongs:
            if parameter.types and not (
                (isinstance(wrong, str) and "string" in parameter.types)
                or (wrong is True and "boolean" in parameter.types)
                or (isinstance(wrong, dict) and "object" in parameter.types)
                or (isinstance(wrong, list) and "array" in parameter.types)
            ):
                answer = send(server, each, {**CALLS[each.name][0], parameter.name: wrong})
                assert answer.status_code == 400, (parameter.name, wrong)
                assert answer.json()["error"].startswith(f"{parameter.name}: must be of type ")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[1]", "the body must be a JSON object"),
        (b"[" * 200_000, "the body is not JSON"),
        (b" " * (16 * 1024 * 1024 + 1), "the body may have"),
    ],
    ids=["open", "binary", "array", "deep", "large"],
)
def test_bodies_that_are_no_object_are_refused(server: Server, body: bytes, message: str) -> None:
    answer = requests.post(server.url + "/_emulator/faults", data=body, timeout=20)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_name_in_the_path_may_not_stand_in_the_query_too(server: Server) -> None:
    answer = requests.delete(server.url + "/_emulator/faults/f1?id=f2", timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "id: is part of the path already")


@pytest.mark.parametrize(
    "path", ["faults/f999", "scenarios/none", "fixtures/idcard/none", "fixtures/x?appid=wx1"]
)
def test_what_does_not_exist_is_404(server: Server, path: str) -> None:
    answer = requests.delete(f"{server.url}/_emulator/{path}", timeout=10)
    assert answer.status_code == 404
    assert "shows which there are" in answer.json()["error"]


def test_wrong_verbs_and_paths_are_json(server: Server) -> None:
    for answer in (
        requests.get(server.url + "/_emulator/reset", timeout=10),
        requests.post(server.url + "/_emulator/nothing", timeout=10),
    ):
        assert answer.status_code in (404, 405)
        assert answer.json()["error"]


def test_meanings_have_to_fit_the_signature() -> None:
    class Group:
        @operation("x", "POST", "x", wrong="meaning")
        def x(self, right: str) -> None:
            """Do nothing."""

    with pytest.raises(TypeError, match="x: the meanings and the signature"):
        collect(("group", Group))
