"""Accounts and keys as options and files write them, ``NAME:SECRET``; no secret ever stands in an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MIN_SECRET = 16
"""Characters of the shortest secret of a private service, where strangers may guess."""

_SHORT = _(
    "the secret of {appid} has {length} characters; a private service (--ocr-only) takes "
    '{least} or more, because strangers may guess it. Make another: python -c "import '
    'secrets; print(secrets.token_urlsafe(24))"'
)


class AccountsError(ValueError):
    """A file of accounts cannot be used; the message names file and line, and never a secret."""


def check_secret(appid: str, secret: str, least: int) -> None:
    """Refuse a secret that is too short.

    Raises:
        ValueError: it has fewer than `least` characters.
    """
    if len(secret) < least:
        raise ValueError(_SHORT.format(appid=appid, length=len(secret), least=least))


def read_accounts(text: str, name: str, least: int) -> Iterator[tuple[int, str, str]]:
    """Give line number, appid and secret of each account in a file; empty lines and those that begin with # are none.

    Raises:
        AccountsError: a line is no account, or its secret has fewer than `least` characters.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        appid, colon, secret = line.strip().partition(":")
        if not (appid and colon and secret):
            raise AccountsError(
                _("{name}, line {number}: an account is written APPID:SECRET").format(
                    name=name, number=number
                )
            )
        try:
            check_secret(appid, secret, least)
        except ValueError as error:
            raise AccountsError(
                _("{name}, line {number}: {error}").format(name=name, number=number, error=error)
            ) from error
        yield number, appid, secret


def named_secrets(pairs: Iterable[str], what: str, form: str) -> dict[str, str]:
    """Return the secrets by name; a secret may hold colons, and never stands in an error."""
    secrets = {}
    for pair in pairs:
        name, colon, secret = pair.partition(":")
        if not (name and colon and secret):
            raise ValueError(_("{what} is written {form}").format(what=what, form=form))
        secrets[name] = secret
    return secrets
