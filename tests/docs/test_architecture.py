"""The import rules of docs/architecture.md."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.docs.page_blocks import ROOT, read

FUNCTIONS = ROOT / "functions"
PACKAGE = ROOT / "emulator/cloudbase_ocr"
SHARED = ("contract", "casing", "errors", "errorcodes", "replies", "service_market")

STOREYS = (
    ("language",),
    ("assumptions", "credentials", "recognizer", "specimens"),
    ("core", "settings"),
    ("dependencies", "given_settings", "project", "tls"),
    ("runtime",),
    ("answers", "build", "journal"),
    ("batch", "scaffold", "state"),
    ("api", "control", "service", "wechat"),
    ("cloudbase", "console", "record", "ocr_only"),
    ("app",),
    ("server",),
    ("live",),
    ("commands", "testing"),
    ("cli",),
    ("__main__",),
)
"""The rooms of the package, lowest first: a module imports from rooms below its own only, for type checking, too."""

FLOORS = (
    ("evidence",),
    ("errors",),
    ("bounds", "installed"),
    ("image",),
    ("layout", "ocr"),
    ("page",),
    ("fields",),
    ("documents",),
    ("pipeline",),
    ("serving",),
)
"""The same inside the recognizer."""

RUNNERS = {"exec", "eval", "__import__", "import_module", "run_path", "run_module", "spec_from_file_location"}


def modules(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    assert found, f"{folder} holds no code"
    return found


def imports(path: Path, *, module_level: bool = False, for_types: bool = False) -> Iterator[str]:
    """Give the modules that a file imports, by full name.

    `module_level`: only those of its start; `for_types`: also those for type checking only.
    """

    def visit(node: ast.AST) -> Iterator[str]:
        if not for_types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for inner in node.orelse:
                yield from visit(inner)
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(path, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif not (module_level and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))):
            for child in ast.iter_child_nodes(node):
                yield from visit(child)

    yield from visit(parsed(path))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def absolute(path: Path, node: ast.ImportFrom) -> str:
    """Return the package that ``from X import`` names, dots resolved."""
    if not node.level:
        return node.module or ""
    root = FUNCTIONS if path.is_relative_to(FUNCTIONS) else PACKAGE.parent
    package = path.relative_to(root).parts[: -node.level]
    return ".".join((*package, *((node.module,) if node.module else ())))


def breaches(folder: Path, forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(folder)
        for name in imports(path)
        if any(name == module or name.startswith(module + ".") for module in forbidden)
    ]


def test_functions_import_wxcloud_only() -> None:
    others = {
        path.parent.name: found
        for path in FUNCTIONS.glob("*/index.py")
        if (found := [name.partition(".")[0] for name in imports(path)]) != ["wxcloud"]
    }
    assert others == {}


def test_wxcloud_needs_the_standard_library_and_requests_inside_functions() -> None:
    foreign, early = {}, []
    for path in modules(FUNCTIONS / "wxcloud"):
        roots = {name.partition(".")[0] for name in imports(path)}
        if other := roots - {*sys.stdlib_module_names, "wxcloud", "requests"}:
            foreign[path.name] = other
        if "requests" in {name.partition(".")[0] for name in imports(path, module_level=True)}:
            early.append(path.name)
    assert foreign == {}
    assert early == [], "a cold start pays for requests although no call is made yet"


def test_functions_do_not_know_the_emulator() -> None:
    assert breaches(FUNCTIONS, ("cloudbase_ocr",)) == []


def test_emulator_uses_the_public_modules_of_wxcloud() -> None:
    allowed = tuple(f"wxcloud.{module}" for module in SHARED)
    inner = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(PACKAGE)
        for name in imports(path)
        if name.partition(".")[0] == "wxcloud" and not name.startswith(allowed)
    ]
    assert inner == []


@pytest.mark.check
def test_emulator_never_imports_a_function() -> None:
    names = tuple(path.parent.name for path in FUNCTIONS.glob("*/index.py"))
    assert breaches(PACKAGE, (*names, "functions")) == []
    unknown = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path in modules(PACKAGE)
        if path.name != "bootstrap.py"  # runs in the child process
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in RUNNERS
        if not is_known_module(node.args[0])
    ]
    assert unknown == []
    bootstrap = PACKAGE / "runtime/bootstrap.py"
    assert not [name for name in imports(bootstrap) if name.startswith(("cloudbase_ocr", "wxcloud"))]


def is_known_module(argument: ast.expr) -> bool:
    """Tell whether an import by name is written out, or stays inside the emulator: f"cloudbase_ocr.x.{...}"."""
    if isinstance(argument, ast.Constant):
        return not (FUNCTIONS / str(argument.value)).exists()
    start = argument.values[0] if isinstance(argument, ast.JoinedStr) else argument
    return isinstance(start, ast.Constant) and str(start.value).startswith("cloudbase_ocr.")


def test_recognizer_knows_nothing_of_the_contract() -> None:
    known = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(PACKAGE / "recognizer")
        for name in imports(path, for_types=True)
        if name.startswith("wxcloud")
    ]
    assert known == []


@pytest.mark.parametrize(
    ("package", "order"), [("cloudbase_ocr", STOREYS), ("cloudbase_ocr.recognizer", FLOORS)]
)
def test_nothing_imports_upwards(package: str, order: tuple[tuple[str, ...], ...]) -> None:
    height = {room: storey for storey, rooms in enumerate(order) for room in rooms}
    found = graph()
    rooms = {room for module in found if (room := room_of(module, package)) is not None}
    assert sorted(rooms - set(height)) == [], "give each a place in tests/docs/test_architecture.py"
    wrong = []
    for module, imported in found.items():
        room = room_of(module, package)
        if room is None:
            continue
        for name in imported:
            other = room_of(name, package)
            if other is not None and other != room and height[other] >= height[room]:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_every_room_of_the_order_exists() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir()}
    assert {room for storey in STOREYS for room in storey} <= rooms
    floors = {path.stem for path in (PACKAGE / "recognizer").iterdir()}
    assert {room for floor in FLOORS for room in floor} <= floors


@pytest.mark.parametrize(
    ("section", "order", "ground"),
    [("The storeys", STOREYS, 0), ("Inside the recognizer", FLOORS, 1)],
    ids=["storeys", "floors"],
)
def test_the_page_shows_every_room_where_it_is(
    section: str, order: tuple[tuple[str, ...], ...], ground: int
) -> None:
    text = read("docs/architecture.md").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| (\d+) \| \[`(\w+)`\]", text, flags=re.MULTILINE)
    expected = [(str(storey), room) for storey, rooms in enumerate(order, ground) for room in rooms]
    assert sorted(shown) == sorted(expected)
    assert [int(storey) for storey, _ in shown] == sorted((int(storey) for storey, _ in shown), reverse=True)


def test_no_modules_import_each_other() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@cache
def graph() -> dict[str, set[str]]:
    """Return what each module of the package imports of the package, for type checking, too."""
    files = {module_of(path): path for path in modules(PACKAGE)}
    found: dict[str, set[str]] = {}
    for module, path in files.items():
        named = (name for name in imports(path, for_types=True) if name.startswith("cloudbase_ocr"))
        found[module] = {name if name in files else name.rpartition(".")[0] for name in named} - {module}
    return found


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str, package: str) -> str | None:
    """Return the room of `package` in which a module is; None for modules outside and for the package itself."""
    inner = module.removeprefix(package + ".")
    return None if inner == module else inner.partition(".")[0]


def test_rules_see_every_kind_of_import(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nimport a.b\nfrom c import d\n"
        "if TYPE_CHECKING:\n    import hidden\nelse:\n    import e\n"
        "try:\n    import f\nexcept ImportError:\n    pass\n"
        "def g():\n    import h\n",
        encoding="utf-8",
    )
    assert list(imports(path)) == ["typing.TYPE_CHECKING", "a.b", "c.d", "e", "f", "h"]
    assert list(imports(path, module_level=True)) == ["typing.TYPE_CHECKING", "a.b", "c.d", "e", "f"]
    assert "hidden" in list(imports(path, for_types=True))
    inner = PACKAGE / "wechat/x.py"
    (node,) = ast.parse("from ..state import current").body
    assert isinstance(node, ast.ImportFrom)
    assert absolute(inner, node) == "cloudbase_ocr.state"


OF_EACH_DOCUMENT = {"READER", "LABELS", "SPECS"}
"""What every module of a document may say of its own document."""


def constants(path: Path) -> Iterator[tuple[str, str]]:
    """Give the names of a module's constants with their values as they are written."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                pairs = zip(target.elts, node.value.elts, strict=True) if several else [(target, node.value)]  # type: ignore[attr-defined]  # tuples have elements
                yield from ((ast.unparse(name), ast.unparse(value)) for name, value in pairs)


def test_no_constant_of_the_recognizer_has_the_name_of_another() -> None:
    values: dict[str, dict[str, str]] = {}
    for path in modules(PACKAGE / "recognizer"):
        for name, value in constants(path):
            if name.isupper() and not (path.parent.name == "documents" and name in OF_EACH_DOCUMENT):
                values.setdefault(name, {})[str(path.relative_to(PACKAGE))] = value
    assert len(values) > 100
    several = {name: where for name, where in values.items() if len(set(where.values())) > 1}
    assert several == {}, "a name that stands for two values is looked up in the wrong module"
