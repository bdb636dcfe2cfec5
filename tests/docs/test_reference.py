"""What the pages of the reference say beside their generated tables, against the code and over HTTP."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import pytest
import requests
import yaml
from PIL import Image

import wxcloud
from cloudbase_ocr.answers import FixtureError, load_fixtures
from cloudbase_ocr.app import create_app
from cloudbase_ocr.cli import main
from cloudbase_ocr.cloudbase.tencent import SERVICES
from cloudbase_ocr.commands.completion import completion
from cloudbase_ocr.commands.defaults import use_defaults
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.core.calls import Call
from cloudbase_ocr.given_settings import settings_of
from cloudbase_ocr.project import function_config as config
from cloudbase_ocr.project.toml_file import FILE as TOML_FILE
from cloudbase_ocr.project.toml_file import find_toml, read_toml
from cloudbase_ocr.runtime import Runtime
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.docs.page_blocks import ENGLISH, REFERENCE, ROOT, links, read, rows
from wxcloud.contract import ERRORS

Start = Callable[..., Server]

LANGUAGES = pytest.mark.parametrize("language", ["", ".zh-CN"])


def everything(language: str) -> str:
    """Return the text of all pages of the reference in one language."""
    return "".join(read(page.replace(".md", f"{language}.md")) for page in REFERENCE)


def commands() -> dict[str, click.Command]:
    context = click.Context(main)
    found = ((name, main.get_command(context, name)) for name in main.list_commands(context))
    return {name: command for name, command in found if command is not None}


@pytest.mark.parametrize("page", REFERENCE)
def test_a_page_begins_with_an_example(page: str) -> None:
    first, _, _ = read(page).partition("\n## ")
    assert re.search(r"^```(?:sh|python)$", first, re.MULTILINE)


@LANGUAGES
def test_the_index_leads_to_every_page(language: str) -> None:
    found = {link.partition("#")[0] for link in links(f"docs/reference{language}.md")}
    assert {Path(page).name.replace(".md", f"{language}.md") for page in REFERENCE} <= found


@LANGUAGES
def test_commands_are_those_of_the_program(language: str) -> None:
    page = f"docs/command-line{language}.md"
    listed = [re.findall(r"`cloudbase-ocr (\w+)", row[0])[0] for row in rows(page, "`cloudbase-ocr serve`")]
    assert sorted(listed) == sorted(commands())


def test_every_request_of_the_error_table_gives_its_code(start: Start) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip(needs.CURL)
    server = start()
    table = rows("docs/errors.md", "-1 ")
    assert [int(row[0]) for row in table] == [code for code in ERRORS if code]
    for row in table:
        words = shlex.split(row[-1].strip("`").replace("http://127.0.0.1:8787", server.url))
        done = subprocess.run(
            [curl, "--silent", "--noproxy", "*", *words[1:]], capture_output=True, timeout=30
        )
        assert json.loads(done.stdout)["errcode"] == int(row[0]), row


@LANGUAGES
def test_every_route_is_described(language: str) -> None:
    text = everything(language)
    for rule in create_app(Settings(recognizer=False)).url_map.iter_rules():
        path = rule.rule.replace("<path:", "<")
        assert re.search(rf"`[A-Z ]*{re.escape(path)}[`?]", text), path


@LANGUAGES
def test_every_action_of_tencent_clouds_api_is_described(language: str) -> None:
    text = read(f"docs/functions{language}.md")
    for service in SERVICES:
        assert service.version in text
        assert [name for name in service.actions if f"`{name}`" not in text] == []


@LANGUAGES
def test_every_described_route_exists(language: str) -> None:
    urls = create_app(Settings(recognizer=False)).url_map.bind("127.0.0.1")
    described = re.findall(r"`(GET|POST) (/[^`?]*)", everything(language))
    assert len(described) > 10
    for method, path in described:
        assert urls.test(path.replace("<name>", "idcard"), method), path


def test_every_public_name_of_wxcloud_is_described() -> None:
    text = read("docs/functions.md")
    for name in wxcloud.__all__:
        assert re.search(rf"`{name}\b", text), name


def test_init_takes_the_options_that_are_described() -> None:
    (listed,) = re.findall(r"`init\((.+?)\)`", read("docs/functions.md"))
    parameters = inspect.signature(wxcloud.init).parameters
    assert listed.split(", ") == [name for name in parameters if name != "options"]


@LANGUAGES
def test_keys_of_config_json(language: str) -> None:
    page = f"docs/functions{language}.md"
    table = {row[0].strip("`"): row for row in rows(page, "`permissions.openapi`")}
    assert set(table) == config.KEYS - {"permissions"} | {"permissions.openapi"}
    assert table["timeout"][1] == str(config.DEFAULT_TIMEOUT)
    assert str(config.MAX_TIMEOUT) in table["timeout"][2]
    assert table["memorySize"][1] == str(config.DEFAULT_MEMORY)
    assert str(config.MAX_MEMORY) in table["memorySize"][2]


@LANGUAGES
def test_keys_of_fixtures(language: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("- {nonsense: 1}", encoding="utf-8")
    with pytest.raises(FixtureError) as caught:
        load_fixtures([tmp_path])
    known = str(caught.value).partition("known are ")[2].split(", ")
    assert sorted(row[0].strip("`") for row in rows(f"docs/test-kit{language}.md", "`name` | `<")) == known


def test_magic_credentials(start: Start) -> None:
    server = start()

    def code(path: str, **query: str) -> int:
        return int(requests.post(server.url + path, params=query, timeout=30).json().get("errcode", 0))

    picture = {"img_url": "mock://idcard"}
    account = {"grant_type": "client_credential", "appid": "wx1", "secret": "s"}
    assert code("/cv/ocr/idcard", access_token="mock://wx1234", **picture) == 0
    assert code("/cv/ocr/idcard", access_token="mock://42001", **picture) == 42001
    assert code("/cgi-bin/token", **{**account, "appid": "mock://40013"}) == 40013
    assert code("/cgi-bin/token", **{**account, "secret": "mock://40164"}) == 40164


def picture(shade: int) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (300, 200), (shade, shade, shade)).save(stream, "PNG")
    return stream.getvalue()


def test_answers_come_in_the_order_that_is_described(start: Start, tmp_path: Path) -> None:
    known = picture(10)
    entries: list[dict[str, Any]] = [
        {"name": "bankcard/by-url", "match": {"url": "https://picture.invalid/card.jpg"}},
        {"name": "bankcard/by-hash", "match": {"sha256": hashlib.sha256(known).hexdigest()}},
        {"name": "bankcard/by-name", "match": {"name": "card.png"}},
        {"name": "bankcard/by-query", "match": {"query": {"type": "scan"}}},
        {"name": "bankcard/example"},  # wins over the included one
    ]
    common = {"method": "bankcard", "provenance": "written", "reference": "invented"}
    fixtures = [{**entry, **common, "reply": {"number": entry["name"]}} for entry in entries]
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(fixtures), encoding="utf-8")
    server = start(fixtures=(tmp_path / "own.yaml",))
    calls: list[Call] = []
    server.emulator.log.listeners.append(calls.append)

    def ask(img_url: str = "", image: bytes = b"", name: str = "other.png", **more: str) -> object:
        query = {"access_token": "mock://wx1", **({"img_url": img_url} if img_url else {}), **more}
        files = {"img": (name, image, "image/png")} if image else None
        reply = requests.post(server.url + "/cv/ocr/bankcard", params=query, files=files, timeout=30).json()
        return reply.get("number", reply["errcode"])

    assert ask("mock://bankcard") == "bankcard/example"
    assert ask("https://picture.invalid/card.jpg") == "bankcard/by-url"
    assert ask(image=known, name="card.png") == "bankcard/by-hash"
    assert ask(image=picture(20), name="card.png") == "bankcard/by-name"
    assert ask(image=picture(20)) == 101001
    assert ask(image=b"no picture") == 101002
    assert [call.answered_by for call in calls[:4]] == [
        f"fixture {name}"
        for name in ("bankcard/example", *(f"bankcard/by-{by}" for by in ("url", "hash", "name")))
    ]
    assert any("fixtures" in note for note in calls[4].notes)
    assert ask("https://picture.invalid/card.jpg", type="scan") == "bankcard/by-url"
    assert ask("mock://bankcard", type="scan") == "bankcard/by-query"
    assert ask(image=picture(20), name="card.png", type="scan") == "bankcard/by-name"
    assert ask(image=picture(20), type="scan") == "bankcard/by-query"


@pytest.mark.check
def test_recognizer_answers_what_no_fixture_has(emulator: Server) -> None:
    calls: list[Call] = []
    emulator.emulator.log.listeners.append(calls.append)
    picture = (ROOT / "emulator/cloudbase_ocr/specimens/idcard-back.jpg").read_bytes()
    files = {"img": ("card.jpg", picture, "image/jpeg")}
    requests.post(
        emulator.url + "/cv/ocr/idcard?access_token=mock://wx-order", files=files, timeout=60
    ).raise_for_status()
    assert calls[-1].answered_by == "recognizer"


def test_rulings_name_tests_that_exist() -> None:
    document = yaml.safe_load((ROOT / "docs/rulings.yaml").read_text(encoding="utf-8"))
    ids = [ruling["id"] for ruling in document["rulings"]]
    assert ids == [f"R{number}" for number in range(1, len(ids) + 1)]
    defined = {
        alias: set(re.findall(r"^def (test_\w+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))
        for alias, file in document["files"].items()
    }
    named: dict[str, set[str]] = {alias: set() for alias in defined}
    for ruling in document["rulings"]:
        assert ruling["basis"] in ("documented", "observed", "guess"), ruling["id"]
        assert ruling["tests"], f"{ruling['id']} is enforced by nothing"
        for test in ruling["tests"]:
            alias, _, name = test.partition("::")
            assert name in defined[alias], f"{ruling['id']}: there is no {test}"
            named[alias].add(name)
    assert named == defined, "a test of a ruling stands in no ruling"


def test_every_switch_of_a_ruling_is_an_option() -> None:
    options = set(re.findall(r"^\| `(--[\w-]+)`", read("docs/command-line.md"), re.MULTILINE))
    document = yaml.safe_load((ROOT / "docs/rulings.yaml").read_text(encoding="utf-8"))
    for ruling in document["rulings"]:
        for switch in re.findall(r"--[\w-]+", ruling.get("switch", "")):
            assert switch in options or switch.replace("--no-", "--") in options, ruling["id"]


def test_options_in_the_text_exist() -> None:
    params = [param for command in commands().values() for param in command.params]
    options = {option for param in params for option in (*param.opts, *param.secondary_opts)}
    for page in ENGLISH:
        for option in re.findall(r"`(--[a-z][\w-]+)", read(page)):
            assert option in options or option == "--no-", f"{page}: {option}"


@LANGUAGES
def test_a_missing_module_is_told_as_the_page_says(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "functions/words").mkdir(parents=True)
    (tmp_path / "functions/words/index.py").write_text("import yaml\n", encoding="utf-8")
    with Runtime(tmp_path / "functions") as runtime:
        error = runtime.invoke("words", {}).error
    assert error is not None
    assert f"```text\nhint: {error.advice}\n```" in read(f"docs/functions{language}.md")


@LANGUAGES
def test_the_project_file_of_the_page_is_one(language: str, tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", read(f"docs/functions{language}.md"), flags=re.DOTALL)
    (tmp_path / TOML_FILE).write_text(text, encoding="utf-8")
    found = read_toml(tmp_path)
    assert settings_of(**found.settings).quota_per_day == 5
    assert config.merge([found.functions["idcard"]]).timeout == 40


@LANGUAGES
def test_the_configuration_file_of_the_page_is_one(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", read(f"docs/command-line{language}.md"), flags=re.DOTALL)
    (tmp_path / TOML_FILE).write_text(text, encoding="utf-8")
    (tmp_path / "cloudfunctions").mkdir()
    monkeypatch.chdir(tmp_path)
    assert isinstance(main, click.Group)
    root = click.Context(main)
    for name, option, value in (
        ("serve", "allow_hosts", ["images.example"]),
        ("recognize", "min_confidence", 0.9),
        ("record", "folder", "tests/recordings"),
    ):
        command = main.get_command(root, name)
        assert command is not None
        use_defaults(find_toml(tmp_path), root, name, command, main.list_commands(root))
        assert root.default_map is not None
        assert root.default_map[name][option] == value


@LANGUAGES
def test_the_page_completes_as_the_help_page_does(language: str) -> None:
    page = read(f"docs/command-line{language}.md")
    assert isinstance(completion, Command)
    for _, line in completion.examples:
        assert line in page
