"""Secrets of every kind, sent to every route in every place: none stands in an entry, a file, the log or an export.

What was read from pictures is asked for (`personal_data`), since that must not show a secret either.
"""

from __future__ import annotations

import itertools
import json
import logging
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from cloudbase_ocr.core.redact import HIDDEN, cleaned, without_secrets
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

NAMES = (
    "access_token", "refresh_token", "cloudbase_access_token", "csrfToken", "x-cos-security-token", "id_token",
    "secret",
    "appsecret", "app_secret", "client_secret", "SecretKey", "secretId", "password", "Password", "passwd",
    "userPassword",
    "new-password", "passphrase", "pwd", "user_pwd", "pass", "passcode", "pin", "otp", "Authorization", "authorisation",
    "auth", "sign", "paySign", "signature", "X-Signature", "credential", "credentials", "Cookie", "set-cookie",
    "ticket",
    "custom_ticket", "component_verify_ticket", "session_key", "sessionKey", "apikey", "apiKey", "api_key", "X-API-Key",
    "accessKey", "private_key", "privateKey", "aes_key", "encodingAESKey", "encryptKey", "mch_key", "jwt", "bearer",
    "code", "js_code", "jsCode", "login_code", "auth_code", "密码", "口令", "登录密码", "密钥",
)  # fmt: skip
"""Names under which a secret comes."""

WORDS = (
    "access_token", "secret", "password", "passwd", "pwd", "passphrase", "authorization", "signature", "sign", "ticket",
    "session_key", "apikey", "api-key", "access_key", "private_key", "jwt", "code", "js_code", "密码",
)  # fmt: skip
"""Words that stand before a secret in a sentence."""

FUNCTIONS = {
    "echo": """
        def main(event, context):
            return event
    """,
    "raises": """
        def main(event, context):
            raise ValueError(event["text"])
    """,
    "text": """
        def main(event, context):
            return event["text"]
    """,
}


_ENTRIES = 40  # the journal shows the first fifty of each object and list


def _parts(entries: list[Any]) -> Iterator[list[Any]]:
    return (entries[start : start + _ENTRIES] for start in range(0, len(entries), _ENTRIES))


class Sentinels:
    """Secrets that stand nowhere else, and where each was sent."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.sent: dict[str, str] = {}

    def new(self, place: str) -> str:
        text = f"Qx{next(self._numbers):05d}sEnTiNeL7zW"
        self.sent[text] = place
        return text

    def members(self, place: str) -> dict[str, Any]:
        """Return an object with a secret under each name, also further in, and told as pairs and in texts."""
        named = {name: self.new(f"{place}: {name}") for name in NAMES}
        told = [*self.texts(place)]
        return {
            **{f"named{part}": dict(each) for part, each in enumerate(_parts([*named.items()]))},
            **{f"told{part}": each for part, each in enumerate(_parts(told))},
            "deep": [{"user": {name: self.new(f"{place}: deep {name}") for name in NAMES[:12]}}],
            "headers": [[name, self.new(f"{place}: pair {name}")] for name in NAMES[:_ENTRIES]],
            "fields": [
                {"name": name, "value": self.new(f"{place}: value of {name}")} for name in NAMES[-_ENTRIES:]
            ],
            "grouped": {"credentials": {"user": self.new(f"{place}: in credentials")}},
        }

    def texts(self, place: str) -> Iterator[str]:
        """Give short sentences, addresses and texts of JSON with a secret in each."""
        for word in WORDS:
            yield f"failed with {word}={self.new(f'{place}: {word}=')}&a=1"
            yield f"failed: {word} : {self.new(f'{place}: {word}:')}, try again"
            yield json.dumps({word: self.new(f"{place}: JSON {word}"), "a": 1})
            yield json.dumps({"body": json.dumps({word: self.new(f"{place}: JSON in JSON {word}")})})
            yield repr({word: self.new(f"{place}: repr {word}")})
        yield f"Authorization: Bearer {self.new(f'{place}: bearer')}"
        yield f"Authorization: Basic {self.new(f'{place}: basic')}"
        yield f'"pwd": "{self.new(f"{place}: spaces")} and more", "a": "b"'
        yield f"-----BEGIN RSA PRIVATE KEY-----\n{self.new(f'{place}: key')}\n-----END RSA PRIVATE KEY-----"
        yield from self.addresses(place)

    def addresses(self, place: str) -> Iterator[str]:
        for scheme in ("http", "https", "ftp", "redis", "postgresql", "HTTPS", "git+ssh"):
            yield f"{scheme}://user:{self.new(f'{place}: {scheme}')}@h.example/a.jpg"
        yield f"http://{self.new(f'{place}: user alone')}@h.example"
        yield f"http://user:p@{self.new(f'{place}: two @')}@h.example/x"
        yield f"http://user:%20{self.new(f'{place}: encoded')}%40@h.example/x"
        inner = f"http://user:{self.new(f'{place}: nested')}@h.example/x"
        yield f"http://h.example/go?next={quote(inner, safe='')}&b=1"
        yield f"http://h.example/a.jpg?q-signature={self.new(f'{place}: query signature')}&sign={self.new(place)}"
        yield f"see http://user:{self.new(f'{place}: in a sentence')}@h.example: refused"

    def found_in(self, text: str) -> list[str]:
        return [f"{place} ({one})" for one, place in self.sent.items() if one in text]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_hides_its_text(name: str) -> None:
    secret = "0a3Bc9dE7fG1hI5jK8lM2nO6"
    assert without_secrets({name: secret}) == {name: HIDDEN}
    assert without_secrets([[name, secret]]) == [[name, HIDDEN]]
    assert without_secrets({"name": name, "value": secret}) == {"name": name, "value": HIDDEN}


@pytest.mark.parametrize("name", ["password", "pwd", "passcode", "api_key", "secret", "密码", "pin"])
def test_numbers_are_secrets_under_some_names(name: str) -> None:
    assert without_secrets({name: 123456}) == {name: HIDDEN}


def test_texts_keep_everything_but_the_secret() -> None:
    sentinels = Sentinels()
    for text in sentinels.texts("text"):
        assert HIDDEN in cleaned(text), text
        assert sentinels.found_in(cleaned(text)) == []
    assert cleaned("http://user:pw@h.example/a.jpg?x=1") == "http://***@h.example/a.jpg?x=1"
    assert cleaned('{"a": "b", "pwd": "c d", "e": 1}') == '{"a": "b", "pwd": ***, "e": 1}'


@pytest.mark.parametrize(
    "value",
    [
        {"code": 40001, "errcode": 0, "expires_in": 7200},
        {"code": "INVALID_PARAM", "message": "action is not part of the emulator"},
        {"code": "AuthFailure.SignatureExpire"},
        {"code": "SUCCESS"},
        {"code": "-504002"},
        {"code": ""},
        {"passengers_num": "7人", "key": "photos/a.jpg", "keys": 3, "tokens": 12, "compass": "N"},
        {"name": "张三", "id": "990101199001011234", "openid": "o0000"},
        {"url": "https://h.example:8443/a@b/c.jpg?x=1", "mail": "a@h.example"},
        "errcode=40001 hint: [Ab1xyz0844Cd34] rid: 6b015ad6-43590450-46512345",
        "KeyError: 'imgUrl' in /cv/ocr/idcard, code: 101002",
        "Basic information of a vehicle",
    ],
    ids=str,
)
def test_what_is_no_secret_stays(value: Any) -> None:
    assert without_secrets(value) == value


def test_a_long_text_is_cleaned_in_no_time() -> None:
    for unit in (
        "://",
        "%3A%2F%2F",
        "token=",
        'pwd="',
        "code:a1",
        "\\",
        "Bearer ",
        "a@",
        "-----BEGIN A PRIVATE KEY-----",
    ):
        assert len(cleaned(unit * 20_000)) > 0  # a pattern that tries everything twice would need minutes


@contextmanager
def emulator(folder: Path, **settings: Any) -> Iterator[Server]:
    for name, code in FUNCTIONS.items():
        (folder / "functions" / name).mkdir(parents=True)
        (folder / "functions" / name / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
    chosen = Settings(
        port=0,
        recognizer=False,
        functions=folder / "functions",
        journal=folder / "journal.jsonl",
        journal_personal_data=True,
        quota_per_day=0,
        **settings,
    )
    with running(chosen) as server:
        yield server


def ways_to_call(server: Server, name: str, event: dict[str, Any]) -> None:
    """Call a function in every way there is."""
    text = json.dumps(event)
    requests.post(server.url + "/_emulator/invoke", json={"name": name, "data": event}, timeout=20)
    requests.post(f"{server.url}/v1/functions/{name}", json=event, timeout=20)
    for path in ("/admin", "/web?env=local-ocr"):
        body = {"action": "functions.invokeFunction", "function_name": name, "request_data": text}
        requests.post(server.url + path, json=body, timeout=20)
    query = {"access_token": "mock://wx1", "env": "local-ocr", "name": name}
    requests.post(server.url + "/tcb/invokecloudfunction", params=query, json=event, timeout=20)
    body = {"FunctionName": name, "ClientContext": text}
    requests.post(server.url + "/", json=body, headers={"X-TC-Action": "Invoke"}, timeout=20)


def every_route(server: Server, sentinels: Sentinels) -> int:
    """Send secrets to every route for programs in every place where one could stand; return how many routes."""
    rules = {rule.rule for rule in server.app.url_map.iter_rules()}
    routes = sorted(rule for rule in rules if not rule.startswith(("/_emulator/", "/console/")))
    for route in routes:
        path = route.replace("<name>", "echo").replace("<bucket>", "b").replace("<path:path>", "a.jpg")
        for method in ("GET", "POST", "PUT"):
            place = f"{method} {route}"
            query: dict[str, str] = {name: sentinels.new(f"{place} query {name}") for name in NAMES}
            query.update({"access_token": "mock://wx1", "appid": "wx1", "grant_type": "client_credential"})
            query.update(
                {"img_url": next(iter(sentinels.addresses(place))), "env": "local-ocr", "name": "echo"}
            )
            headers = {
                name: sentinels.new(f"{place} header {name}")
                for name in (
                    "Authorization",
                    "Cookie",
                    "X-API-Key",
                    "X-CloudBase-Credentials",
                    "X-Session-Key",
                )
            }
            for json_body in (True, False):
                members = sentinels.members(place)
                form = {"form": json.dumps(members), **members["named0"]}
                body: dict[str, Any] = {"json": members} if json_body else {"data": form}
                requests.request(
                    method,
                    server.url + path,
                    params=query,
                    headers=headers,
                    timeout=20,
                    allow_redirects=False,
                    **body,
                )
    return len(routes)


def logins(server: Server, sentinels: Sentinels) -> None:
    ticket = sentinels.new("custom ticket")
    granted = requests.post(server.url + "/auth/v1/signin/custom", json={"ticket": ticket}, timeout=20).json()
    sentinels.sent[granted["access_token"]] = "token of a login"
    sentinels.sent[granted["refresh_token"]] = "refresh token of a login"
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    requests.get(server.url + "/auth/v1/user/me", headers=headers, timeout=20)
    body = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    requests.post(server.url + "/auth/v1/token", json=body, timeout=20)
    ticket = sentinels.new("ticket of js-sdk 1.x")
    body = {"action": "auth.signInWithTicket", "ticket": ticket}
    told = requests.post(server.url + "/web?env=local-ocr", json=body, timeout=20).json()
    body = {"action": "auth.getUserInfo", "access_token": told["access_token"]}
    requests.post(server.url + "/web?env=local-ocr", json=body, timeout=20)


def pictures(server: Server, sentinels: Sentinels) -> None:
    for address in sentinels.addresses("img_url"):
        query = {"access_token": "mock://wx1", "img_url": address}
        requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=20)
    address = next(iter(sentinels.addresses("img_url of a fixture")))
    fixture = {"name": "bankcard/x", "reply": {"number": "6200000000000005"}, "match": {"url": address}}
    requests.post(server.url + "/_emulator/fixtures", json=fixture, timeout=20).raise_for_status()
    query = {"access_token": "mock://wx1", "img_url": address}
    assert requests.post(server.url + "/cv/ocr/bankcard", params=query, timeout=20).json()["errcode"] == 0


def exported(server: Server) -> str:
    """Return all that the journal shows and gives out, with personal data."""
    texts = []
    for path in ("journal?personal_data=true&limit=1000", "functions/echo/logs?personal_data=true"):
        reply = requests.get(f"{server.url}/_emulator/{path}", timeout=60)
        assert reply.status_code == 200, reply.text
        texts.append(reply.text)
    texts.append(requests.get(server.url + "/console/journal", timeout=20).text)
    made = 0
    for root in server.emulator.journal.trees():
        shown = requests.get(f"{server.url}/_emulator/journal/{root.id}?personal_data=true", timeout=20)
        texts.append(shown.text)
        for kind in ("fixture", "scenario"):
            body = {"personal_data": True}
            reply = requests.post(f"{server.url}/_emulator/journal/{root.id}/{kind}", json=body, timeout=20)
            made += reply.status_code == 200
            texts.append(reply.text)
    assert made >= 10
    texts += [repr(root) for root in server.emulator.journal.trees()]
    return "\n".join(texts)


@pytest.mark.check
def test_no_secret_of_any_route_is_kept_or_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sentinels = Sentinels()
    with caplog.at_level(logging.DEBUG, logger="cloudbase_ocr"), emulator(tmp_path) as server:
        assert every_route(server, sentinels) >= 25
        logins(server, sentinels)
        pictures(server, sentinels)
        ways_to_call(server, "echo", sentinels.members("event"))
        for text in [*sentinels.texts("message")]:
            requests.post(
                server.url + "/_emulator/invoke", json={"name": "raises", "data": {"text": text}}, timeout=20
            )
        ways_to_call(server, "text", {"text": next(sentinels.texts("result"))})
        shown = exported(server)
    assert len(sentinels.sent) > 5000
    hidden = ("session_key", "apikey", "pwd", "code", "ticket")
    assert all(shown.count(f'"{name}": "{HIDDEN}"') > 3 for name in hidden)
    assert sentinels.found_in(shown) == []
    assert sentinels.found_in((tmp_path / "journal.jsonl").read_text(encoding="utf-8")) == []
    assert sentinels.found_in(caplog.text) == []


def test_no_secret_of_an_event_or_a_login_is_kept_or_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sentinels = Sentinels()
    with caplog.at_level(logging.DEBUG, logger="cloudbase_ocr"), emulator(tmp_path) as server:
        logins(server, sentinels)
        pictures(server, sentinels)
        requests.post(
            server.url + "/_emulator/invoke",
            json={"name": "echo", "data": sentinels.members("event")},
            timeout=20,
        )
        shown = requests.get(server.url + "/_emulator/journal?personal_data=true", timeout=20).text
    for text in (shown, (tmp_path / "journal.jsonl").read_text(encoding="utf-8"), caplog.text):
        assert sentinels.found_in(text) == []
