"""The places that a document touches: what it still lacks, each told as the place where it is to be added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from cloudbase_ocr.answers import load_fixtures
from cloudbase_ocr.answers.fixtures import INCLUDED
from cloudbase_ocr.answers.magic import example_inputs
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.fields import calibration
from cloudbase_ocr.record.scrub import PERSONAL, SHARED
from cloudbase_ocr.specimens.catalog import SPECIMENS
from docs import generate
from tests.bench.ocr import cases, rules
from tests.bench.ocr.specimens import draw, truths
from tests.conformance.record import RECORDING
from tests.docs.page_blocks import ROOT, read
from wxcloud.contract import METHODS, Field, Method

FUNCTIONS = ROOT / "functions"
MODULES = ROOT / "emulator/cloudbase_ocr/recognizer/documents"
PICTURES = ROOT / "emulator/cloudbase_ocr/specimens"


def begun() -> Iterator[Method]:
    """Give a stand-in for each document that is anywhere but in the table; what only the table tells is in <>."""
    keys = {
        *READERS,
        *PERSONAL,
        *(specimen.key for specimen in SPECIMENS),
        *(document.key for document in cases.DOCUMENTS),
        *(key for module in modules() - set(READERS.values()) if (key := key_of(module))),
    }
    fields = (Field("<each field>", "string", "<its meaning>"),)
    for key in sorted(keys - {method.key for method in METHODS}):
        yield Method(key, ("<its cloud name>",), "<its title>", "", fields, ())


def modules() -> set[str]:
    """The modules that read a document, in the registry or not."""
    return {path.stem for path in MODULES.glob("*.py") if "\nREADER = " in path.read_text(encoding="utf-8")}


def key_of(module: str) -> str:
    """The key of the document that a module reads; nothing when its READER is not complete."""
    try:
        return str(import_module(f"cloudbase_ocr.recognizer.documents.{module}").READER.key)
    except TypeError:
        return ""


def lacks(method: Method) -> Iterator[str]:
    """Give what is missing for a method anywhere."""
    if method not in METHODS:
        yield f"functions/wxcloud/contract.py: a Method with the key {method.key}"
    yield from function_lacks(method)
    yield from answers_lack(method)
    yield from reader_lacks(method.key)
    yield from drawings_lack(method.key)
    yield from pages_lack(method)
    yield from clients_lack(method)


def function_lacks(method: Method) -> Iterator[str]:
    """What is missing of the cloud function."""
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
    """What a config.json allows."""
    found: list[str] = json.loads(config)["permissions"]["openapi"]
    return found


def answers_lack(method: Method) -> Iterator[str]:
    """What is missing of the replies that are kept, and of those that are recorded."""
    documented = {
        fixture.name
        for fixture in load_fixtures([INCLUDED])
        if fixture.provenance == "documented" and fixture.reply
    }
    for variant in [side.lower() for side in method.sides] or ["example"]:
        if f"{method.key}/{variant}" not in documented:
            yield f"fixtures/{method.key}.yaml: the documented example {method.key}/{variant}"
    fields = {field.name for field in method.fields}
    forgotten = sorted(fields - set(PERSONAL.get(method.key, ())) - SHARED)
    if method.key not in PERSONAL or forgotten:
        yield f"record/scrub.py: which fields of {method.key} are personal or shared; not named: {forgotten}"


def reader_lacks(key: str) -> Iterator[str]:
    """What is missing of the reader and its place in the registry."""
    if key not in READERS:
        yield f"recognizer/documents/registry.py: what reads {key}"
    module = READERS.get(key, key)
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


def drawings_lack(key: str) -> Iterator[str]:
    """What is missing of the specimens and of the benchmark."""
    if key not in {specimen.key for specimen in SPECIMENS}:
        yield f"specimens/catalog.py: a specimen of {key}"
    boxes = truths.boxes()
    for name in [specimen.name for specimen in SPECIMENS if specimen.key == key] or [key]:
        if name not in draw.DOCUMENTS:
            yield f"tests/bench/ocr/specimens/draw.py: how {name} is drawn"
        if not (PICTURES / f"{name}.jpg").exists():
            yield f"specimens/{name}.jpg (make specimens)"
        if not (truths.FOLDER / f"{name}.json").exists():
            yield f"tests/bench/ocr/specimens/truth/{name}.json (make specimens)"
        if name not in boxes:
            yield f"tests/bench/ocr/specimens/truth/boxes.json: {name} (make specimens)"
    if key not in {document.key for document in cases.DOCUMENTS}:
        yield f"tests/bench/ocr/cases.py: a drawing of {key}; make bench-ocr puts it into docs/accuracy.md"
    try:
        rules.answer(key, [])
    except KeyError:
        yield f"tests/bench/ocr/rules.py: the labels of {key}, for peers that read lines only"
    if calibration.curves() and key not in calibration.curves():
        yield f"recognizer/fields/calibration.json: a curve of {key} (python -m tests.bench.ocr calibrate --fit)"


def pages_lack(method: Method) -> Iterator[str]:
    """What is missing on the pages, and the Chinese words for it."""
    chinese = generate.translator_of("docs/http-api.zh-CN.md")
    meanings = [field.meaning for _, field in generate.shown_fields(method.fields)]
    for text in (*meanings, *(meaning for _, meaning in example_inputs(method))):
        chinese(text)
    if chinese.missing:
        yield f"docs/translations.zh-CN.yaml: the Chinese of {', '.join(sorted(chinese.missing))}"
    for suffix in ("", ".zh-CN"):
        readme = f"docs/README{suffix}.md" if suffix else "README.md"
        wanted = {
            readme: [f"`POST {method.path}`", *(f"`ocr.{name}`" for name in method.cloud_names)],
            f"docs/http-api{suffix}.md": [
                f"`{method.path}`\n\n",
                *(f"| `{path}` |" for path, _ in generate.shown_fields(method.fields)),
            ],
            f"docs/test-kit{suffix}.md": [f"`mock://{name}`" for name in method.cloud_names],
        }
        for page, texts in wanted.items():
            if missing := [text for text in texts if text not in read(page)]:
                yield f"{page}: {', '.join(missing)} (make docs)"


def clients_lack(method: Method) -> Iterator[str]:
    """What is missing where other people's clients are run, and in the mini-program."""
    if missing := [name for name in method.permissions if name not in recorded()]:
        yield f"tests/conformance/{RECORDING.name}: {', '.join(missing)} (python -m tests.conformance.record)"
    if f"| {method.permission} |" not in read("docs/conformance.md"):
        yield f"docs/conformance.md: {method.permission} (make clients)"
    page = "docs/miniprogram/pages/index/index.js"
    if method.official and f"name: '{method.cloud_names[0]}'" not in read(page):
        yield f"{page}: {method.cloud_names[0]} among the functions to choose from"


@cache
def recorded() -> frozenset[str]:
    """The cloud calls of which the recording has what WeChat's SDK makes of them."""
    lines = RECORDING.read_text(encoding="utf-8").splitlines()
    return frozenset(json.loads(line)["key"].split(" ")[1] for line in lines)
