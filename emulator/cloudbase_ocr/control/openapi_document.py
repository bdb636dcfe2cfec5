"""The OpenAPI document of everything under ``/_emulator/``: operations from their table, other routes from the app."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Literal, Union

from cloudbase_ocr.control.facade import OPERATIONS
from cloudbase_ocr.core.jsonable import may_be_absent
from cloudbase_ocr.core.version import __version__

if TYPE_CHECKING:
    from flask import Flask

    from cloudbase_ocr.control.operation import Operation, Parameter

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_ERROR = {
    "description": "What is wrong, why, and what to do.",
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
        }
    },
}
_CONVERTER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


def document(app: Flask, prefix: str) -> dict[str, Any]:
    """Return the document for all routes of `app` whose path begins with `prefix`."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(prefix + operation.path, {})[operation.method.lower()] = _operation(
            operation, schemas
        )
    for rule in app.url_map.iter_rules():
        path = _CONVERTER.sub(r"{\1}", rule.rule)
        if path.startswith(prefix):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                view = app.view_functions[rule.endpoint]
                paths.setdefault(path, {}).setdefault(method.lower(), _route(view, sorted(rule.arguments)))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cloudbase-ocr: control",
            "version": __version__,
            "description": "What a test may do to an emulator. Web pages of another origin are refused with 403.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    in_body = operation.method == "POST"
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {
            "200": {
                "description": "Done.",
                "content": {"application/json": {"schema": _schema(operation.returns, schemas)}},
            },
            "400": _ERROR,
        },
    }
    if operation.details:
        described["description"] = operation.details
    outside = [parameter for parameter in operation.parameters if parameter.in_path or not in_body]
    inside = [parameter for parameter in operation.parameters if not (parameter.in_path or not in_body)]
    if outside:
        described["parameters"] = [_parameter(parameter) for parameter in outside]
    if any(parameter.in_path for parameter in outside):
        described["responses"]["404"] = _ERROR
    if inside:
        schema = {
            "type": "object",
            "properties": {parameter.name: parameter.schema for parameter in inside},
            "required": [parameter.name for parameter in inside if parameter.required],
            "additionalProperties": False,
        }
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return described


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = parameter.schema
    return {
        "name": parameter.name,
        "in": "path" if parameter.in_path else "query",
        "required": parameter.required,
        "description": schema.pop("description"),
        "schema": schema,
    }


def _route(view: Any, arguments: list[str]) -> dict[str, Any]:
    """Describe a route that is no operation by what its docstring says."""
    summary, _, details = (inspect.getdoc(view) or "").partition("\n\n")
    described: dict[str, Any] = {
        "summary": " ".join(summary.split()),
        "responses": {"200": {"description": "Done."}},
    }
    if details:
        described["description"] = details
    if arguments:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in arguments
        ]
    return described


def _schema(hint: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if is_dataclass(hint) and isinstance(hint, type):
        name = hint.__name__
        if name not in schemas:
            schemas[name] = _object(hint, schemas)
        return {"$ref": f"#/components/schemas/{name}"}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(argument, schemas) for argument in arguments]}
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin in (list, Sequence):
        return {"type": "array", "items": _schema(arguments[0], schemas)}
    if origin is dict:
        return {"type": "object"}
    if hint is type(None):
        return {"type": "null"}
    return {"type": _SCALARS[hint]} if hint in _SCALARS else {}


def _object(hint: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Describe a dataclass as `as_json` writes it: a field that may be absent is never null."""
    hints = typing.get_type_hints(hint)
    properties, required = {}, []
    for field in fields(hint):
        kind = hints[field.name]
        if may_be_absent(field):
            kind = reduce(or_, (each for each in typing.get_args(kind) if each is not type(None)))
        else:
            required.append(field.name)
        properties[field.name] = _schema(kind, schemas)
        if "help" in field.metadata:
            properties[field.name]["description"] = field.metadata["help"]
    return {
        "type": "object",
        "description": inspect.getdoc(hint) or "",
        "properties": properties,
        "required": sorted(required),
    }
