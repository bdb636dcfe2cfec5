"""The one table against everything that has to follow it: what a document still lacks is told all at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.fields import calibration
from cloudbase_ocr.record.scrub import PERSONAL
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.bench.ocr import cases
from tests.docs.document_places import FUNCTIONS, begun, lacks, modules, permissions
from tests.docs.page_blocks import read
from wxcloud import openapi
from wxcloud.contract import METHODS, Method
from wxcloud.service_market import INVOKE_SERVICE

PLACES = [
    "functions/wxcloud/contract.py",
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
    "tests/bench/ocr/specimens/draw.py",
    "specimens/passport.jpg",
    "tests/bench/ocr/specimens/truth/passport.json",
    "tests/bench/ocr/specimens/truth/boxes.json",
    "tests/bench/ocr/cases.py",
    "tests/bench/ocr/rules.py",
    "recognizer/fields/calibration.json",
    "docs/translations.zh-CN.yaml",
    "README.md",
    "docs/http-api.md",
    "docs/test-kit.md",
    "docs/README.zh-CN.md",
    "docs/http-api.zh-CN.md",
    "docs/test-kit.zh-CN.md",
    "tests/conformance/wx-server-sdk-4.0.2.jsonl",
    "docs/conformance.md",
    "docs/miniprogram/pages/index/index.js",
]


def test_every_document_has_all_that_it_needs() -> None:
    missing = [text for method in (*METHODS, *begun()) for text in lacks(method)]
    assert not missing, "\n".join(("add", *missing))


def test_a_ninth_document_is_told_every_place_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ninth = METHODS[0]._replace(key="passport", cloud_names=("passport",))
    monkeypatch.setattr(calibration, "curves", lambda: {"idcard": []})
    assert [text.partition(":")[0].partition(" (")[0] for text in lacks(ninth)] == PLACES


@pytest.mark.parametrize("table", [READERS, PERSONAL], ids=["reader", "personal data"])
def test_a_document_that_begins_elsewhere_is_told_the_same_places(
    monkeypatch: pytest.MonkeyPatch, table: dict[str, object]
) -> None:
    monkeypatch.setitem(table, "passport", "idcard" if table is READERS else {})
    monkeypatch.setattr(calibration, "curves", lambda: {"idcard": []})
    ninth = next(method for method in begun() if method.key == "passport")
    places = {text.partition(":")[0].partition(" (")[0] for text in lacks(ninth)}
    named = {place.replace("/passport/", "/<its cloud name>/") for place in PLACES}
    registered = {"recognizer/documents/registry.py", "recognizer/documents/passport.py"}
    assert named - places == (registered if table is READERS else set())
    assert places - named == ({"recognizer/documents/idcard.py"} if table is READERS else set())


def test_a_module_that_is_not_registered_is_a_document_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(READERS, "menu")
    assert "menu" not in {method.key for method in begun()}
    assert "recognizer/documents/registry.py: what reads menu" in list(
        lacks(next(method for method in METHODS if method.key == "menu"))
    )


def test_nothing_is_beside_the_table() -> None:
    keys = {method.key for method in METHODS}
    names = {*(method.cloud_names[0] for method in METHODS), "ocrAllInOne"}
    beside = {
        "functions": {path.parent.name for path in FUNCTIONS.glob("*/index.py")} - names,
        "config.json": set(permissions(read("config.json")))
        - {name for method in (*METHODS, INVOKE_SERVICE) for name in method.permissions},
        "record/scrub.py": set(PERSONAL) - keys,
        "registry.py": set(READERS) - keys,
        "recognizer/documents": modules() - set(READERS.values()),
        "catalog.py": {specimen.key for specimen in SPECIMENS} - keys,
        "cases.py": {document.key for document in cases.DOCUMENTS} - keys,
    }
    assert {place: found for place, found in beside.items() if found} == {}
    assert len(permissions(read("config.json"))) == 1 + sum(len(method.permissions) for method in METHODS)


def test_routes_are_those_of_the_table() -> None:
    app = create_app(Settings(recognizer=False))
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/cv/ocr/")}
    assert routes == {method.path for method in METHODS}


def test_wxcloud_offers_the_names_of_the_table() -> None:
    assert dir(openapi.ocr) == sorted(name for method in METHODS for name in method.cloud_names)


@pytest.fixture(scope="module")
def fixtures_only() -> Iterator[Server]:
    with running(Settings(port=0, recognizer=False)) as server:
        yield server


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_mock_urls_answer_for_every_name(method: Method, fixtures_only: Server) -> None:
    sides = [f"/{side.lower()}" for side in method.sides]
    for name in (*method.cloud_names, method.key):
        for side in ("", *sides):
            query = {"access_token": "mock://wx-table", "img_url": f"mock://{name}{side}"}
            reply = requests.post(fixtures_only.url + method.path, params=query, timeout=30).json()
            assert (reply["errcode"], reply["errmsg"]) == (0, "ok"), name
            shown = side[1:].capitalize() or None
            expected = method.example_reply(shown, profile="observed")
            assert set(reply) - {"errcode", "errmsg"} <= set(expected), name
