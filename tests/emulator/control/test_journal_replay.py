"""Calls of the journal sent again, made into fixtures and scenarios; what is kept for it, and for how long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from cloudbase_ocr import specimens
from cloudbase_ocr.answers import load_fixtures, load_scenarios
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

PICTURE = Path(specimens.__file__).with_name("menu.jpg").read_bytes()
OTHER = Path(specimens.__file__).with_name("idcard-front.jpg").read_bytes()
SHA256 = hashlib.sha256(PICTURE).hexdigest()
NAME = "欧阳明月"


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("functions")
    for name, body in {
        "echo": "return {'event': {**event, 'long': len(event['long'])}, 'who': event['userInfo']}",
        "counts": "global n; n = globals().get('n', 0) + 1; return {'n': n, 'same': [1, {'a': 2}]}",
        "fails": "raise ValueError('no')",
    }.items():
        (root / name).mkdir()
        (root / name / "index.py").write_text(f"def main(event, context):\n    {body}\n", encoding="utf-8")
        (root / name / "config.json").write_text("{}", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def started(functions: Path) -> Iterator[Server]:
    with running(Settings(port=0, functions=functions, recognizer=False)) as server:
        yield server


@pytest.fixture
def server(started: Server) -> Server:
    control(started, "POST", "reset")
    return started


def control(server: Server, verb: str, path: str, status: int = 200, **body: Any) -> Any:
    place: dict[str, Any] = {"json": body} if verb == "POST" else {"params": body}
    headers = {"Authorization": f"Bearer {server.emulator.guard.token}"}
    answer = requests.request(verb, f"{server.url}/_emulator/{path}", headers=headers, timeout=30, **place)
    assert answer.status_code == status, answer.text
    return answer.json()


def ocr(server: Server, method: str = "comm", data: bytes | None = PICTURE, **query: str) -> dict[str, Any]:
    """Send a picture as a form, or none; give the journal's entry."""
    files = {"img": ("中文 name.jpg", data, "image/jpeg")} if data is not None else None
    query = {"access_token": "mock://wx1", **query}
    requests.post(f"{server.url}/cv/ocr/{method}", params=query, files=files, timeout=30)
    return latest(server)


def invoke(server: Server, name: str, **body: Any) -> dict[str, Any]:
    requests.post(server.url + "/_emulator/invoke", json={"name": name, **body}, timeout=30)
    return latest(server)


def latest(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = control(server, "GET", "journal/latest", personal_data="true")
    return found


def test_a_picture_is_sent_again_as_the_same_account(server: Server) -> None:
    before = ocr(server, "idcard", OTHER, type="photo")
    replay = control(server, "POST", f"journal/{before['id']}/replay")
    after = latest(server)
    assert replay["same"] is True
    assert replay["differences"] == []
    assert replay["id"] == replay["root"] == after["id"] != before["id"]
    assert after["replay_of"] == before["id"]
    assert after["appid"] == "wx1"
    for key in ("image", "name", "kind", "missed"):
        assert after[key] == before[key], key
    assert after["request"]["query"]["type"] == "photo"
    assert replay["outcome"] == {**after["outcome"], "message": replay["outcome"]["message"]}
    # And a replay can be replayed.
    assert control(server, "POST", f"journal/{after['id']}/replay")["same"] is True


def test_a_token_that_has_ended_does_not_matter(server: Server) -> None:
    grant = {"grant_type": "client_credential", "appid": "wx7", "secret": "any"}
    token = requests.get(server.url + "/cgi-bin/token", params=grant, timeout=10).json()["access_token"]
    before = ocr(server, access_token=token)
    assert before["outcome"]["code"] == 0
    control(server, "POST", "tokens/expire", appid="wx7")
    assert ocr(server, access_token=token)["outcome"]["code"] == 42001
    replay = control(server, "POST", f"journal/{before['id']}/replay")
    assert replay["same"] is True
    assert latest(server)["appid"] == "wx7"
    assert {token["kind"] for token in control(server, "GET", "tokens", appid="wx7")["tokens"]} == {
        "access",
        "stable",
    }
    kept = server.emulator.journal.kept
    assert all(token.encode() not in data for data in kept.values())


@pytest.mark.parametrize(
    "query", [{"img_url": "mock://idcard/back"}, {"img_url": "mock://101001"}, {}], ids=str
)
def test_requests_without_a_picture_are_sent_again(server: Server, query: dict[str, str]) -> None:
    before = ocr(server, "idcard", None, **query)
    assert control(server, "POST", f"journal/{before['id']}/replay")["same"] is True
    assert latest(server)["outcome"]["code"] == before["outcome"]["code"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"not a form", "multipart/form-data; boundary=x"),
        (PICTURE, "image/jpeg"),
        (b"--x\r\ncut off", "multipart/form-data; boundary=x"),
        (b"img_url=mock%3A%2F%2Fidcard", "application/x-www-form-urlencoded"),
    ],
    ids=["no form", "bare", "cut", "form"],
)
def test_odd_bodies_are_sent_again_as_they_were(server: Server, body: bytes, kind: str) -> None:
    url = server.url + "/cv/ocr/idcard?access_token=mock://wx1"
    requests.post(url, data=body, headers={"Content-Type": kind}, timeout=10)
    before = latest(server)
    assert control(server, "POST", f"journal/{before['id']}/replay")["same"] is True
    assert latest(server)["outcome"]["code"] == before["outcome"]["code"]


def test_a_function_is_called_again_with_event_and_identity(server: Server) -> None:
    event = {"name": NAME, "long": "x" * 100_000, "n": [1, 2.5, None]}
    before = invoke(server, "echo", data=event, openid="o-7", appid="wx7")
    replay = control(server, "POST", f"journal/{before['id']}/replay")
    after = latest(server)
    assert after["kind"] == "call_function"
    assert after["replay_of"] == before["id"] or after["replay_of"] == before["children"][0]["id"]
    assert replay["id"] == after["children"][0]["id"]
    old, new = (tree["children"][0]["answer"] for tree in (before, after))
    assert old["event"] == new["event"]
    assert new["who"] == {"appId": "wx7", "openId": "o-7"}
    assert replay["same"] is True
    assert (
        control(server, "POST", f"journal/{before['children'][0]['id']}/replay")["root"]
        == latest(server)["id"]
    )


def test_differences_are_named(server: Server) -> None:
    before = invoke(server, "counts")
    replay = control(server, "POST", f"journal/{before['id']}/replay")
    assert replay["same"] is False
    assert replay["differences"] == ["answer.n"]
    failed = invoke(server, "fails")
    assert control(server, "POST", f"journal/{failed['id']}/replay")["same"] is True


def test_a_replay_meets_faults_and_counts(server: Server) -> None:
    before = ocr(server)
    control(server, "POST", "faults", method="ocr.printedText", errcode=-1, times=1)
    replay = control(server, "POST", f"journal/{before['id']}/replay")
    assert replay["same"] is False
    assert replay["differences"][0] == "code"
    assert latest(server)["fault"]
    control(server, "POST", "faults", type="reset", times=1)
    assert control(server, "POST", f"journal/{before['id']}/replay")["same"] is False


@pytest.mark.parametrize("path", ["replay", "fixture", "scenario"])
def test_what_is_not_there_is_named(server: Server, path: str) -> None:
    assert "no entry" in control(server, "POST", f"journal/nobody/{path}", 404)["error"]
    grant = {"grant_type": "client_credential", "appid": "wx7", "secret": "any"}
    requests.get(server.url + "/cgi-bin/token", params=grant, timeout=10)
    error = control(server, "POST", f"journal/latest/{path}", 400)["error"]
    assert "cannot be sent again" in error or "no OCR call" in error


# The picture.


def picture(server: Server, entry: str, query: str = "?personal_data=true") -> requests.Response:
    return requests.get(f"{server.url}/_emulator/journal/{entry}/picture{query}", timeout=10)


def test_the_picture_is_shown_on_request_only(server: Server) -> None:
    entry = ocr(server)
    shown = picture(server, entry["id"])
    assert shown.content == PICTURE
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    for query in ("", "?personal_data=false", "?personal_data=yes"):
        assert picture(server, entry["id"], query).status_code == 403
    assert picture(server, "nobody").status_code == 404


def test_what_is_no_picture_is_never_shown_as_a_page(server: Server) -> None:
    entry = ocr(server, "idcard", b"<html><script>alert(1)</script></html>")
    shown = picture(server, entry["id"])
    assert shown.headers["Content-Type"] == "application/octet-stream"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


def test_a_reset_forgets_pictures_and_bodies(server: Server) -> None:
    ocr(server)
    invoke(server, "counts")
    assert server.emulator.journal.kept.size > len(PICTURE)
    control(server, "DELETE", "journal")
    assert server.emulator.journal.kept.size == 0
    ocr(server)
    control(server, "POST", "reset")
    assert len(server.emulator.journal.kept) == 0


def test_a_picture_is_kept_once(server: Server) -> None:
    for method in ("comm", "idcard", "comm"):
        ocr(server, method)
    assert server.emulator.journal.kept.size < len(PICTURE) + 2_000


def test_memory_is_bounded(functions: Path) -> None:
    settings = Settings(
        port=0, functions=functions, recognizer=False, journal_keep_mb=1, journal_keep_count=3
    )
    with running(settings) as server:
        first = ocr(server, "comm", b"\xff\xd8\xff" + b"1" * 600_000)
        assert picture(server, first["id"]).ok
        second = ocr(server, "comm", b"\xff\xd8\xff" + b"2" * 600_000)
        assert picture(server, first["id"]).status_code == 404
        assert "--journal-keep-mb" in control(server, "POST", f"journal/{first['id']}/replay", 404)["error"]
        assert picture(server, second["id"]).ok
        large = ocr(server, "comm", b"\xff\xd8\xff" + b"3" * 1_100_000)
        assert control(server, "POST", f"journal/{large['id']}/replay", 400)
        for number in range(5):
            ocr(server, "comm", b"\xff\xd8\xff" + bytes([number]) * 100)
        assert len(server.emulator.journal.kept) == 3
        assert server.emulator.journal.kept.size < 1_048_576


@pytest.mark.parametrize("settings", [{"journal_keep_mb": 0}, {"journal_keep_count": 0}], ids=str)
def test_nothing_is_kept_if_nothing_may_be(functions: Path, settings: dict[str, int]) -> None:
    with running(Settings(port=0, functions=functions, recognizer=False, **settings)) as server:  # type: ignore[arg-type]  # settings of any type
        entry = ocr(server)
        assert entry["image"]["sha256"] == SHA256
        assert picture(server, entry["id"]).status_code == 404
        assert len(server.emulator.journal.kept) == 0


def test_nothing_of_it_reaches_the_disk(functions: Path, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    marked = PICTURE + NAME.encode() * 3
    settings = Settings(port=0, functions=functions, recognizer=False, journal=file, state=tmp_path / "state")
    with running(settings) as server:
        entry = ocr(server, "comm", marked)
        event = invoke(server, "echo", data={"name": NAME})
        for one in (entry, event):
            control(server, "POST", f"journal/{one['id']}/replay")
        assert picture(server, entry["id"]).ok
        control(server, "POST", f"journal/{entry['id']}/fixture", personal_data=True)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert entry["id"].encode() in written
    assert PICTURE[100:140] not in written
    assert NAME.encode() not in written


# Fixtures and scenarios.


def test_a_call_becomes_a_fixture_that_answers_at_once(server: Server) -> None:
    control(server, "POST", "reply", method="ocr.idcard", fields={"name": NAME}, appid="wx1", times=1)
    before = ocr(server, "idcard")
    made = control(server, "POST", f"journal/{before['id']}/fixture", name="mine", add=True, appid="wx1")
    assert made["added"]["name"] == "idcard/mine"
    assert made["added"]["match"] == {"sha256": SHA256}
    after = ocr(server, "idcard")
    assert after["matched"] == {"by": "fixture", "name": "idcard/mine"}
    assert after["answer"] == before["answer"]
    assert after["answer"]["name"] == NAME
    assert ocr(server, "idcard", access_token="mock://wx2")["outcome"]["code"] == 101001


def test_the_text_of_a_fixture_is_masked_until_somebody_asks(server: Server, tmp_path: Path) -> None:
    control(server, "POST", "reply", method="ocr.idcard", fields={"name": NAME}, appid="wx1", times=1)
    entry = ocr(server, "idcard")
    masked = control(server, "POST", f"journal/{entry['id']}/fixture")
    assert masked["added"] is None
    assert NAME not in masked["yaml"]
    assert masked["yaml"].startswith("# ")
    shown = control(server, "POST", f"journal/{entry['id']}/fixture", personal_data=True)["yaml"]
    file = tmp_path / "fixture.yaml"
    file.write_text(shown, encoding="utf-8")
    (fixture,) = load_fixtures([file])
    assert fixture.reply == entry["answer"]
    assert fixture.name == f"idcard/{SHA256[:12]}"
    assert fixture.match == {"sha256": SHA256}


def test_failures_and_urls_become_fixtures(server: Server) -> None:
    entry = ocr(server, "idcard")
    (fixture,) = yaml.safe_load(control(server, "POST", f"journal/{entry['id']}/fixture")["yaml"])
    assert (fixture["error"], "reply" in fixture) == (101001, False)
    url = "https://example.com/my-card.jpg?sign=1"
    control(
        server,
        "POST",
        "fixtures",
        name="bankcard/x",
        reply={"number": "6200000000000005"},
        match={"url": url},
    )
    entry = ocr(server, "bankcard", None, img_url=url)
    made = control(server, "POST", f"journal/{entry['id']}/fixture", personal_data=True)["yaml"]
    assert made.startswith("# Secrets in addresses are written as ***")
    assert yaml.safe_load(made)[0]["match"] == {"url": "https://example.com/my-card.jpg?sign=***"}
    assert "sign=1" not in control(server, "POST", f"journal/{entry['id']}/fixture")["yaml"]


@pytest.mark.parametrize("name", ["../x", "<script>", "menu/other", "x y"])
def test_names_of_fixtures_follow_the_rules(server: Server, name: str) -> None:
    entry = ocr(server, "idcard")
    assert control(server, "POST", f"journal/{entry['id']}/fixture", 400, name=name, add=True)["error"]


def test_a_retry_becomes_a_scenario(server: Server, tmp_path: Path) -> None:
    control(
        server, "POST", "scenarios", method="ocr.idcard", answers=[-1, {"type": "Back", "valid_date": "长期"}]
    )
    first, second = ocr(server, "idcard"), ocr(server, "idcard")
    made = [
        control(server, "POST", f"journal/{entry['id']}/scenario", name="again", add=True, personal_data=True)
        for entry in (first, second)
    ]
    assert yaml.safe_load(made[0]["yaml"])[0]["answers"] == [-1]
    (scenario,) = yaml.safe_load(made[1]["yaml"])
    assert scenario["method"] == "ocr.idcard"
    assert scenario["answers"][0]["valid_date"] == "长期"
    assert made[1]["added"][0]["name"] == "again"
    assert ocr(server, "idcard")["answer"] == second["answer"]
    file = tmp_path / "scenario.yaml"
    file.write_text(made[1]["yaml"], encoding="utf-8")
    assert [one.name for one in load_scenarios([file], ())] == ["again"]
    masked = control(server, "POST", f"journal/{second['id']}/scenario")["yaml"]
    assert "长期" not in masked


def test_ctl_reaches_them(server: Server) -> None:
    from click.testing import CliRunner

    from cloudbase_ocr.cli import main

    entry = ocr(server, "idcard")
    for words in (
        ["replay"],
        ["fixture", "--name", "mine", "--add", "true"],
        ["scenario", "--after", "last"],
    ):
        done = CliRunner().invoke(
            main, ["ctl", "--emulator", server.url, "journal", words[0], entry["id"], *words[1:]]
        )
        assert done.exit_code == 0, done.output


def test_a_private_service_replays_too(functions: Path) -> None:
    settings = Settings(
        port=0, functions=functions, recognizer=False, ocr_only=True, apps=("wx1:a-secret-of-the-tests",)
    )
    with running(settings) as server:
        grant = {"grant_type": "client_credential", "appid": "wx1", "secret": "a-secret-of-the-tests"}
        token = requests.get(server.url + "/cgi-bin/token", params=grant, timeout=10).json()["access_token"]
        before = ocr(server, "idcard", access_token=token)
        assert control(server, "POST", f"journal/{before['id']}/replay")["same"] is True
        assert latest(server)["outcome"]["code"] == before["outcome"]["code"] == 101001
