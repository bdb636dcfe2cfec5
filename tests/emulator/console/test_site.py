"""The console as a server sends it: headers, languages, texts, files, weights, and nothing of the request in a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.console.assets import FOLDER as STATIC
from cloudbase_ocr.console.assets import Assets
from cloudbase_ocr.console.headers import HEADERS
from cloudbase_ocr.console.texts import FOLDER as TEXTS
from cloudbase_ocr.console.texts import LANGUAGES, PARTS, Texts, read
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.docs import wording

CONSOLE = STATIC.parent
NAMES = ("try", "functions", "journal", "data", "control", "connect")
PAGES = ("/", *(f"/console/{name}" for name in NAMES[1:]))
MOST_BYTES = 100_000

EACH = pytest.mark.parametrize("path", PAGES)
ATTACKS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{7*191}}",
    "javascript:alert(1)",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, recognizer=False)) as running_server:
        yield running_server


class Page(HTMLParser):
    """What a page has: its elements with their attributes, and the text inside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[dict[str, str | None], str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag in ("script", "style") and data.strip():
            self.blocks.append((attributes, data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def get(server: Server, path: str, **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers={"Accept-Language": "en", **headers}, timeout=10)


def sources(page: Page) -> list[str]:
    """The addresses of everything that a page loads by itself, pictures of specimens aside."""
    found = [item["src"] for tag in ("script", "img") for item in page.all(tag) if item.get("src")]
    found += [item["href"] for item in page.all("link")]
    return [address for address in dict.fromkeys(found) if address and "/specimens/" not in address]


@EACH
def test_page_has_its_headers(server: Server, path: str) -> None:
    reply = get(server, path)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-cache, private"
    for name, value in HEADERS.items():
        assert reply.headers[name] == value
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


@EACH
def test_page_has_no_inline_script_or_style_and_loads_nothing_from_elsewhere(
    server: Server, path: str
) -> None:
    page = Page(get(server, path).text)
    for attributes, _ in page.blocks:
        assert attributes == {"type": "application/json", "id": "texts"}
    for tag, attributes in page.elements:
        assert tag != "style"
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (
            tag,
            attributes,
        )
        for name in ("src", "href", "action"):
            address = attributes.get(name)
            assert address is None or re.match(r"/(?!/)|\?|#", address), (tag, address)


@EACH
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_all_that_it_loads_weigh_little(server: Server, path: str, language: str) -> None:
    html = get(server, f"{path}?lang={language}").content
    page = Page(html.decode())
    modules = [item["href"] for item in page.all("link") if item.get("rel") == "modulepreload"]
    assert modules, "the scripts that a page's script imports are named, so that they come at once"
    total = len(html) + sum(len(get(server, address).content) for address in sources(page))
    assert total < MOST_BYTES, f"{path} weighs {total} bytes"


@EACH
def test_page_has_landmarks_and_one_heading(server: Server, path: str) -> None:
    page = Page(get(server, path).text)
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert len(page.all(tag)) == 1, tag
    assert page.all("a")[0]["href"] == "#main"
    current = [item for item in page.all("a") if item.get("aria-current") == "page"]
    assert [item["href"] for item in current] == [path]
    assert any(item.get("role") == "status" for _, item in page.elements)
    for item in page.all("img"):
        assert "alt" in item
    for tag in ("input", "select", "textarea"):
        labels = {item["for"] for item in page.all("label") if "for" in item}
        for item in page.all(tag):
            wrapped = item.get("aria-label") or item.get("aria-labelledby") or item.get("id") in labels
            assert wrapped or item.get("type") == "hidden" or page.all("label"), (tag, item)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh-CN"),
        ({"Accept-Language": "zh-Hant-TW"}, "zh-CN"),
        ({"Accept-Language": "fr,zh;q=0.5,en;q=0.4"}, "zh-CN"),
        ({"Accept-Language": "fr"}, "en"),
        ({"Accept-Language": "zh;q=0"}, "en"),
        ({"Accept-Language": "\xff;;q=x,,"}, "en"),
        ({"Accept-Language": "en", "Cookie": "cloudbase-ocr-language=zh"}, "zh-CN"),
        ({"Accept-Language": "zh", "Cookie": "cloudbase-ocr-language=en"}, "en"),
        ({"Accept-Language": "en", "Cookie": "cloudbase-ocr-language=<b>"}, "en"),
    ],
    ids=str,
)
def test_language_is_the_readers(server: Server, asked: dict[str, str], language: str) -> None:
    reply = get(server, "/console/control", **asked)
    assert Page(reply.text).all("html")[0]["lang"] == language
    assert "Accept-Language" in reply.headers["Vary"]


def test_a_chosen_language_is_remembered(server: Server) -> None:
    with requests.Session() as session:
        chosen = session.get(server.url + "/?lang=zh", headers={"Accept-Language": "en"}, timeout=10)
        assert "lang=" not in chosen.url or Page(chosen.text).all("html")[0]["lang"] == "zh-CN"
        later = session.get(server.url + "/console/journal", headers={"Accept-Language": "en"}, timeout=10)
        assert Page(later.text).all("html")[0]["lang"] == "zh-CN"
        assert "Set-Cookie" not in later.headers


@pytest.mark.parametrize(
    ("cookie", "theme"),
    [
        ("", "auto"),
        ("cloudbase-ocr-theme=dark", "dark"),
        ("cloudbase-ocr-theme=light", "light"),
        ("cloudbase-ocr-theme=x", "auto"),
    ],
)
def test_colours_are_those_that_were_chosen(server: Server, cookie: str, theme: str) -> None:
    page = Page(get(server, "/", Cookie=cookie).text)
    assert page.all("html")[0]["data-theme"] == theme
    scheme = next(item["content"] for item in page.all("meta") if item.get("name") == "color-scheme")
    assert scheme == ("light dark" if theme == "auto" else theme)


@EACH
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_request_is_in_the_page(server: Server, path: str, attack: str) -> None:
    plain = get(server, path).text
    names = ("lang", "theme", "specimen", "method", "id", "name", "x")
    asked = requests.get(
        server.url + path,
        params=dict.fromkeys(names, attack),
        headers={
            "Accept-Language": "en",
            "Referer": attack,
            "User-Agent": attack,
            "X-Forwarded-Host": attack,
            "Cookie": f"cloudbase-ocr-theme={attack.split(';')[0]}",
        },
        timeout=10,
    )
    if asked.status_code == 200:  # the guard may refuse a Referer
        assert without_times(asked.text) == without_times(plain)
    assert attack not in asked.text
    assert "1337" not in asked.text


def without_times(html: str) -> str:
    """What a clock shows differs from one request to the next."""
    return re.sub(r"\d{2}:\d{2}:\d{2}(\.\d+)?", "", html)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}], ids=str)
@EACH
def test_foreign_pages_and_names_are_refused(server: Server, path: str, headers: dict[str, str]) -> None:
    assert get(server, path, **headers).status_code == 403


def test_files_are_kept_for_ever_under_a_name_that_changes_with_them(server: Server, tmp_path: Path) -> None:
    address = next(
        item["href"] for item in Page(get(server, "/").text).all("link") if item["rel"] == "stylesheet"
    )
    assert address is not None
    reply = get(server, address)
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Type"] == "text/css; charset=utf-8"
    stale = re.sub("static/[0-9a-f]+/", "static/0123456789abcdef/", address)
    assert get(server, stale).status_code == 404
    (tmp_path / "a.js").write_text("1;", encoding="utf-8")
    first = Assets(tmp_path).digest
    (tmp_path / "a.js").write_text("2;", encoding="utf-8")
    assert Assets(tmp_path).digest != first


@pytest.mark.parametrize("name", ["../site.py", "..%2Fsite.py", "%2e%2e/site.py", "x.js", "", "/etc/passwd"])
def test_only_the_files_of_the_folder_are_sent(server: Server, name: str) -> None:
    reply = get(server, f"/console/static/{Assets().digest}/{name}")
    assert reply.status_code in (404, 405)
    assert "import" not in reply.text


def test_imports_are_all_found() -> None:
    assets = Assets()
    for script in STATIC.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        imported = set(re.findall(r'from "\./([\w-]+\.js)"|import "\./([\w-]+\.js)"', text))
        names = {one or other for one, other in imported}
        assert names <= set(assets.modules(script.name)), script.name
        text = re.sub(r"^\s*(//|/\*\*).*$", "", text, flags=re.MULTILINE)
        assert "https://" not in text
        for sink in ("innerHTML", "insertAdjacentHTML", "outerHTML", "document.write", "eval("):
            assert sink not in text, f"{script.name}: {sink} turns text into markup or code"


def test_tencent_clouds_api_is_still_at_the_same_address(server: Server) -> None:
    reply = requests.post(server.url + "/", json={}, headers={"X-TC-Action": "Nonsense"}, timeout=10)
    assert reply.json()["Response"]["Error"]["Code"] == "InvalidAction"
    assert reply.headers.get("Content-Security-Policy") is None
    assert requests.head(server.url + "/", timeout=10).status_code == 200


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_texts_are_there_in_both_languages(path: Path) -> None:
    found = read(path)
    assert set(found) == set(PARTS)
    for part in found.values():
        for key, text in part.items():
            assert tuple(text) == LANGUAGES, f"{path.name}: {key}"
            assert all(isinstance(value, str) and value.strip() for value in text.values()), key
            places = [sorted(set(re.findall(r"\{\w+\}", value))) for value in text.values()]
            assert places[0] == places[1], f"{path.name}: {key}: the languages have other values"


CODE = re.compile(
    r"""(?:cloudbase-ocr|--)[ \w./-]* | \S*\.(?:md|yaml) | docs/\w+ | \{".*"\} | \{\w+\}""", re.VERBOSE
)
"""What stands in texts and is no prose: commands, files, JSON, places of values."""


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_texts_keep_to_the_glossary(path: Path) -> None:
    texts = [pair for part in read(path).values() for pair in part.items()]
    found = [
        f"{key}: {complaint}"
        for key, text in texts
        for language in LANGUAGES
        for _, complaint in wording.wrong_words(CODE.sub("x", text[language]), language)
    ]
    found += [
        f"{key}: {complaint}"
        for key, text in texts
        for _, complaint in wording.wrong_marks(CODE.sub("x", text["zh"]))
    ]
    assert found == []


def used(folder: Path, *patterns: str) -> tuple[set[str], set[str]]:
    """The keys of texts that the files of a folder name, and the beginnings of those that they put together."""
    keys: set[str] = set()
    beginnings: set[str] = set()
    for path in (path for pattern in patterns for path in folder.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        for key, end in re.findall(
            rf"[\"'`]((?:common|{'|'.join(NAMES)})\.\w*)([\"'`]\s*~|[\"'`]|\$\{{)", text
        ):
            if "~" in end or "$" in end:
                assert key.endswith("_"), f"{path.name}: {key} says too little of the key that it begins"
                beginnings.add(key)
            else:
                keys.add(key)
    return keys, beginnings


@pytest.mark.parametrize("part", PARTS)
def test_every_text_is_used_and_every_text_that_is_used_is_there(part: str) -> None:
    files = {path.stem: read(path) for path in TEXTS.glob("*.yaml")}
    there = {f"{name}.{key}" for name, parts in files.items() for key in parts[part]}
    everywhere = {
        f"{name}.{key}" for name, parts in files.items() for inner in parts.values() for key in inner
    }
    if part == "page":
        keys, beginnings = used(CONSOLE, "templates/console/*.html", "*.py")
        keys |= {f"{name}.title" for name in NAMES}
        assert keys <= everywhere, "templates may use the texts of scripts, too"
        other, others = used(STATIC, "*.js")
    else:
        keys, beginnings = used(STATIC, "*.js")
        assert keys <= there
        other, others = used(CONSOLE, "templates/console/*.html", "*.py")
    unused = {key for key in there - keys if not key.startswith(tuple(beginnings))}
    assert unused == set()
    for beginning in beginnings:
        assert any(key.startswith(beginning) for key in everywhere), beginning
    assert other | others


def test_values_stand_in_texts_as_text(server: Server) -> None:
    texts = Texts()
    said = texts.get("en", "try.accepted", limit="<b>")
    assert "<b>" in said
    shown = json.loads(next(data for _, data in Page(get(server, "/").text).blocks))
    assert shown == texts.for_scripts("en", "try")
