"""A private service under guesses: who guesses waits, the owner comes in, and the log tells without a secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.guesses import FREE, LONGEST

APPID, SECRET = "wxguarded", "the-secret-of-its-owner"
GUESS = "a-guess-of-a-stranger"
OWNER, STRANGER = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_700_000_000)


@pytest.fixture
def private(clock: ManualClock) -> Iterator[Server]:
    settings = Settings(port=0, recognizer=False, ocr_only=True, apps=(f"{APPID}:{SECRET}",))
    with running(settings, create_app(settings, clock=clock)) as server:
        yield server


def ask(server: Server, secret: str, sender: str, *, appid: str = APPID, stable: bool = False) -> int:
    """Ask for a token as a proxy on this machine passes it on; return the code, 0 for a token."""
    fields = {"grant_type": "client_credential", "appid": appid, "secret": secret}
    headers = {"X-Forwarded-For": f"192.0.2.66, {sender}"}
    if stable:
        reply = requests.post(server.url + "/cgi-bin/stable_token", json=fields, headers=headers, timeout=20)
    else:
        reply = requests.get(server.url + "/cgi-bin/token", params=fields, headers=headers, timeout=20)
    assert reply.status_code == 200
    return int(reply.json().get("errcode", 0))


@pytest.mark.parametrize("stable", [False, True])
def test_a_guesser_waits_and_the_owner_comes_in_from_another_address(
    private: Server, clock: ManualClock, stable: bool
) -> None:
    codes = [ask(private, f"{GUESS}-{number}", STRANGER, stable=stable) for number in range(FREE + 3)]
    assert codes == [40125] * (FREE + 1) + [45011] * 2
    assert ask(private, SECRET, STRANGER, stable=not stable) == 45011
    assert ask(private, SECRET, OWNER, stable=stable) == 0
    clock.advance(LONGEST)
    assert ask(private, SECRET, STRANGER, stable=stable) == 0


def test_the_log_names_account_and_address_and_never_a_secret(
    private: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for number in range(FREE + 2):
            ask(private, f"{GUESS}-{number}", STRANGER)
        ask(private, SECRET, OWNER)
    wrong = [line for line in caplog.messages if "the secret is not the one" in line]
    assert len(wrong) == FREE + 1
    assert all(f"appid {APPID}, from {STRANGER}" in line for line in wrong)
    assert "the next is looked at in 1 s" in wrong[-1]
    refused = [line for line in caplog.messages if "too many wrong secrets" in line]
    assert len(refused) == 1
    assert f"from {STRANGER}" in refused[0]
    assert f"for appid {APPID}" in refused[0]
    journal = requests.get(private.url + "/_emulator/journal?personal_data=true", timeout=20).text
    for text in (caplog.text, journal):
        assert GUESS not in text
        assert SECRET not in text
    caplog.clear()
    ask(private, APPID, OWNER, appid=SECRET)  # in each other's place
    assert SECRET not in caplog.text


def test_a_reset_lets_everybody_try_again(private: Server) -> None:
    while ask(private, GUESS, STRANGER) != 45011:
        pass
    token = {"Authorization": f"Bearer {private.emulator.guard.token}"}
    assert (
        requests.post(private.url + "/_emulator/reset", json={}, headers=token, timeout=20).status_code == 200
    )
    assert ask(private, SECRET, STRANGER) == 0


def test_the_header_is_not_believed_of_somebody_else() -> None:
    settings = Settings(port=0, recognizer=False, ocr_only=True, apps=(f"{APPID}:{SECRET}",))
    app = create_app(settings)
    with app.test_client() as client:
        query = {"grant_type": "client_credential", "appid": APPID, "secret": GUESS}
        codes = []
        for number in range(FREE + 2):
            reply = client.get(
                "/cgi-bin/token",
                query_string=query,
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
                environ_base={"REMOTE_ADDR": STRANGER},
            )
            codes.append(reply.get_json()["errcode"])
    assert codes == [40125] * (FREE + 1) + [45011]


def test_while_somebody_develops_nobody_waits() -> None:
    with running(Settings(port=0, recognizer=False, apps=(f"{APPID}:short",))) as server:
        assert {ask(server, GUESS, STRANGER) for _ in range(3 * FREE)} == {40125}
        assert ask(server, "short", STRANGER) == 0


@pytest.mark.parametrize(
    "secret", ["密" * 20, "a" * 129, "the-secret-of-its-owne", "the-secret-of-its-owner2", "\udcff"]
)
def test_other_secrets_are_wrong_whatever_they_are_made_of(private: Server, secret: str) -> None:
    assert ask(private, secret.encode("utf-8", "replace").decode(), STRANGER) == 40125
