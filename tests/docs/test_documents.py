"""The one table against everything that has to follow it: what a document still lacks is told all at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import pytest
import requests

from cloudbase_ocr.answers import load_fixtures
from cloudbase_ocr.answers.fixtures import INCLUDED
from cloudbase_ocr.app import create_app
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.record.scrub import PERSONAL
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.specimens.catalog import SPECIMENS
from docs import generate
from tests.bench.ocr import cases
from tests.docs.page_blocks import ROOT, read
from wxcloud import openapi
from wxcloud.contract import METHODS, Method

FUNCTIONS = ROOT / "functions"
PICTURES = ROOT / "emulator/cloudbase_ocr/specimens"


def lacks(method: Method) -> Iterator[str]:
    """Give what is missing for a method anywhere, each as the place where it is to be added."""
    yield from function_lacks(method)
    yield from answers_lack(method)
    yield from recognizer_lacks(method.key)
    yield from pages_lack(method)


def function_lacks(method: Method) -> Iterator[str]:
    folder = FUNCTIONS / method.cloud_names[0]
    index, config = folder / "index.py", folder / "config.json"
    if not index.exists() or f'cloud.function("{method.permission}")' not in index.read_text(
        encoding="utf-8"
    ):
        yield f"functions/{folder.name}/index.py: a call of {method.permission}"
    if not config.exists() or permissions(config.read_text(encoding="utf-8")) != [method.permission]:
        yield f"functions/{folder.name}/config.json: the permission {method.permission}"
    listed = permissions(read("config.json"))
    yield from (f"config.json: the permission {name}" for name in method.permissions if name not in listed)


def permissions(config: str) -> list[str]:
    found: list[str] = json.loads(config)["permissions"]["openapi"]
    return found


def answers_lack(method: Method) -> Iterator[str]:
    documented = {
        fixture.name
        for fixture in load_fixtures([INCLUDED])
        if fixture.provenance == "documented" and fixture.reply
    }
    for variant in [side.lower() for side in method.sides] or ["example"]:
        if f"{method.key}/{variant}" not in documented:
            yield f"fixtures/{method.key}.yaml: the documented example {method.key}/{variant}"
    if method.key not in PERSONAL:
        yield f"record/scrub.py: which fields of {method.key} are personal"


def recognizer_lacks(key: str) -> Iterator[str]:
    if key not in READERS:
        yield f"recognizer/documents/registry.py: what reads {key}"
    yield from reader_lacks(key, READERS.get(key, key))
    if key not in {specimen.key for specimen in SPECIMENS}:
        yield f"specimens/catalog.py: a specimen of {key}"
    for specimen in SPECIMENS:
        for suffix in (".jpg", ".json"):
            if specimen.key == key and not (PICTURES / specimen.name).with_suffix(suffix).exists():
                yield f"specimens/{specimen.name}{suffix}"
    if key not in {document.key for document in cases.DOCUMENTS}:
        yield f"tests/bench/ocr/cases.py: a drawing of {key}"


def reader_lacks(key: str, module: str) -> Iterator[str]:
    name, place = f"cloudbase_ocr.recognizer.documents.{module}", f"recognizer/documents/{module}.py"
    try:
        found = getattr(import_module(name), "READER", None) if find_spec(name) else None
    except TypeError as error:  # it tells which arguments are missing
        yield f"{place}: {error}"
        return
    if not isinstance(found, DocumentReader):
        yield f"{place}: READER = DocumentReader(key={key!r}, read=...)"
    elif found.key != key:
        yield f"{place}: the key of READER is {found.key!r}, not {key!r}"
    # What is not there yet lacks all of it.
    if not getattr(found, "signature", None) and not getattr(found, "score", None):
        yield f"{place}: signature=..., or score=..., by which {key} is told from the others"
    if not hasattr(found, "checks"):
        yield f"{place}: checks=..., what {key} proves about itself, or None"


def pages_lack(method: Method) -> Iterator[str]:
    for suffix in ("", ".zh-CN"):
        readme = f"docs/README{suffix}.md" if suffix else "README.md"
        reference = f"docs/reference{suffix}.md"
        wanted = {
            readme: [f"`POST {method.path}`", *(f"`ocr.{name}`" for name in method.cloud_names)],
            reference: [
                f": `{method.path}`",
                *(f"`mock://{name}`" for name in method.cloud_names),
                *(f"| `{path}` |" for path, _ in generate.walk(method.fields)),
            ],
        }
        for page, texts in wanted.items():
            if missing := [text for text in texts if text not in read(page)]:
                yield f"{page}: {', '.join(missing)} (make docs)"


def test_every_document_has_all_that_it_needs() -> None:
    missing = [text for method in METHODS for text in lacks(method)]
    assert not missing, "\n".join(("add", *missing))


def test_a_ninth_document_is_told_every_place_at_once() -> None:
    ninth = METHODS[0]._replace(key="passport", cloud_names=("passport",))
    assert [text.partition(":")[0] for text in lacks(ninth)] == [
        "functions/passport/index.py",
        "functions/passport/config.json",
        "config.json",
        "fixtures/passport.yaml",
        "fixtures/passport.yaml",
        "record/scrub.py",
        "recognizer/documents/registry.py",
        "recognizer/documents/passport.py",
        "recognizer/documents/passport.py",
        "recognizer/documents/passport.py",
        "specimens/catalog.py",
        "tests/bench/ocr/cases.py",
        "README.md",
        "docs/reference.md",
        "docs/README.zh-CN.md",
        "docs/reference.zh-CN.md",
    ]


def test_nothing_is_beside_the_table() -> None:
    keys = {method.key for method in METHODS}
    names = {method.cloud_names[0] for method in METHODS}
    beside = {
        "functions": {path.parent.name for path in FUNCTIONS.glob("*/index.py")} - names,
        "config.json": set(permissions(read("config.json")))
        - {name for method in METHODS for name in method.permissions},
        "record/scrub.py": set(PERSONAL) - keys,
        "registry.py": set(READERS) - keys,
        "recognizer/documents": {
            path.stem
            for path in (ROOT / "emulator/cloudbase_ocr/recognizer/documents").glob("*.py")
            if "\nREADER = " in path.read_text(encoding="utf-8")
        }
        - set(READERS.values()),
        "catalog.py": {specimen.key for specimen in SPECIMENS} - keys,
        "cases.py": {document.key for document in cases.DOCUMENTS} - keys,
    }
    assert {place: found for place, found in beside.items() if found} == {}
    assert len(permissions(read("config.json"))) == sum(len(method.permissions) for method in METHODS)


def test_routes_are_those_of_the_table() -> None:
    app = create_app(Settings(recognizer=False))
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/cv/ocr/")}
    assert routes == {method.path for method in METHODS}


def test_wxcloud_offers_the_names_of_the_table() -> None:
    assert dir(openapi.ocr) == sorted(name for method in METHODS for name in method.cloud_names)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_mock_urls_answer_for_every_name(method: Method, emulator: Server) -> None:
    sides = [f"/{side.lower()}" for side in method.sides]
    for name in (*method.cloud_names, method.key):
        for side in ("", *sides):
            query = {"access_token": "mock://wx-table", "img_url": f"mock://{name}{side}"}
            reply = requests.post(emulator.url + method.path, params=query, timeout=30).json()
            assert (reply["errcode"], reply["errmsg"]) == (0, "ok"), name
            shown = side[1:].capitalize() or None
            expected = method.example_reply(shown, profile="observed")
            assert set(reply) - {"errcode", "errmsg"} <= set(expected), name
