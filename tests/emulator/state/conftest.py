"""The emulator whose state is turned; and one Redis for the tests of what instances share, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import needs
from tests.emulator.control.conftest import appid, control, server

if TYPE_CHECKING:
    from cloudbase_ocr.state.shared import Shared
    from tests.redis_server import RedisServer

__all__ = ["appid", "control", "server"]


@pytest.fixture(scope="session")
def started_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    from tests.redis_server import PROGRAM, RedisServer

    if PROGRAM is None:
        pytest.skip(needs.REDIS)
    with RedisServer(tmp_path_factory.mktemp("redis")).running() as started:
        yield started


@pytest.fixture
def redis_server(started_redis: RedisServer) -> RedisServer:
    started_redis.client.flushall()
    return started_redis


@pytest.fixture
def sayings() -> list[str]:
    """What the connection told."""
    return []


@pytest.fixture
def shared(redis_server: RedisServer, sayings: list[str]) -> Iterator[Shared]:
    from cloudbase_ocr.state.shared import Shared

    found = Shared(redis_server.url, sayings.append)
    yield found
    found.close()
