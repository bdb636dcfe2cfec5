"""Which cloud calls a function's code makes, read from its syntax.

Followed: ``import wxcloud as cloud``, ``from wxcloud import openapi as api``, names that are given to it or to parts of
it (``ocr = cloud.openapi.ocr``), ``cloud.Cloud(...)``, ``openapi(convertCase=False)``, ``cloud.function("ocr.x")``,
``cloud.ocr_all_in_one``, ``getattr`` with a literal name, and constants that hold one. What is decided only at run time
is said to be unclear.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from wxcloud.service_market import INVOKE_SERVICE

_ROUNDS = 3  # a name given to a name given to a name: in practice two suffice
_OPENAPI = "openapi"


@dataclass
class Calls:
    """APIs (``ocr.idcard``) with the first line that names each, and lines where the API is not known before."""

    apis: dict[str, int] = field(default_factory=dict)
    unclear: list[int] = field(default_factory=list)


def cloud_calls(tree: ast.Module) -> Calls:
    """Return the cloud calls of one file."""
    reader = _Reader()
    for _ in range(_ROUNDS):
        for node in ast.walk(tree):
            reader.learn(node)
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            reader.judge(child, node)
    return Calls(reader.calls.apis, sorted(set(reader.calls.unclear)))


class _Reader:
    """Knows what each name stands for: a path such as ``("wxcloud", "openapi", "ocr")``, or a text."""

    def __init__(self) -> None:
        self.calls = Calls()
        self._paths: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}

    def learn(self, node: ast.AST) -> None:
        """Take in what an import or an assignment gives a name to."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "wxcloud":
                    self._paths[alias.asname or alias.name] = ("wxcloud",)
        elif isinstance(node, ast.ImportFrom) and node.module == "wxcloud" and node.level == 0:
            for alias in node.names:
                for name in (
                    ("openapi", "function", "Cloud", "ocr_all_in_one") if alias.name == "*" else (alias.name,)
                ):
                    self._paths[alias.asname or name] = ("wxcloud", name)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._assign(node.target, node.value)

    def judge(self, node: ast.AST, parent: ast.AST) -> None:
        """Note what an expression calls; only the whole of a chain counts, not its beginning."""
        if isinstance(node, ast.Call) and self._path(node.func) == ("wxcloud", "function"):
            self._function(node)
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store):
            return
        path = self._path(node)
        if path == ("wxcloud", "ocr_all_in_one"):
            self.calls.apis.setdefault(INVOKE_SERVICE.permission, node.lineno)
        if path is None or path[:2] != ("wxcloud", _OPENAPI):
            return
        if len(path) == 4:
            self.calls.apis.setdefault(".".join(path[2:]), node.lineno)
        elif not self._goes_on(node, parent):
            self.calls.unclear.append(node.lineno)

    def _goes_on(self, node: ast.expr, parent: ast.AST) -> bool:
        """Tell whether the beginning of a chain leads to something that is judged by itself."""
        if isinstance(parent, (ast.Attribute, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Expr)):
            return True
        if not isinstance(parent, ast.Call):
            return False
        return node is parent.func or self._path(parent) is not None or self._is_listing(parent)

    @staticmethod
    def _is_listing(call: ast.Call) -> bool:
        return isinstance(call.func, ast.Name) and call.func.id in ("dir", "repr", "print", "hasattr")

    def _function(self, call: ast.Call) -> None:
        if not call.args or isinstance(call.args[0], (ast.Lambda, ast.FunctionDef)):
            return
        api = self._text(call.args[0])
        if api is not None:
            self.calls.apis.setdefault(api, call.lineno)
        elif not isinstance(call.args[0], (ast.Name, ast.Attribute)) or self._is_text_name(call.args[0]):
            self.calls.unclear.append(call.lineno)

    def _is_text_name(self, node: ast.expr) -> bool:
        """Tell whether a name is more likely an API's than a handler's: ``cloud.function(API)``."""
        return isinstance(node, ast.Name) and node.id.isupper()

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if not isinstance(target, (ast.Name, ast.Attribute)):
            return
        path, text = self._path(value), self._text(value)
        if path is not None:
            self._paths[ast.unparse(target)] = path
        if text is not None:
            self._texts[ast.unparse(target)] = text

    def _path(self, node: ast.expr) -> tuple[str, ...] | None:
        if isinstance(node, (ast.Name, ast.Attribute)):
            known = self._paths.get(ast.unparse(node))
            if known is not None:
                return known
        if isinstance(node, ast.Attribute):
            return self._extended(self._path(node.value), node.attr)
        if isinstance(node, ast.Call):
            return self._path_of_call(node)
        return None

    def _path_of_call(self, call: ast.Call) -> tuple[str, ...] | None:
        if isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) >= 2:
            name = self._text(call.args[1])
            return self._extended(self._path(call.args[0]), name) if name else None
        path = self._path(call.func)
        if path == ("wxcloud", "Cloud"):
            return ("wxcloud",)
        return path if path == ("wxcloud", _OPENAPI) else None

    @staticmethod
    def _extended(path: tuple[str, ...] | None, name: str) -> tuple[str, ...] | None:
        return None if path is None or len(path) >= 4 else (*path, name)

    def _text(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self._texts.get(ast.unparse(node)) if isinstance(node, (ast.Name, ast.Attribute)) else None
