"""One authority for all tests that only use it."""

from __future__ import annotations

import pytest

from cloudbase_ocr.tls import AuthorityStore


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> AuthorityStore:
    return AuthorityStore(tmp_path_factory.mktemp("tls") / "authority")
