"""kill -9 while writing, a few times; ``make soak`` does it a hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.kills import Result, kill_emulator, kill_recorder

pytestmark = pytest.mark.check

TIMES = 3


@pytest.mark.parametrize("run", [kill_recorder, kill_emulator])
def test_a_kill_loses_nothing_that_was_acknowledged(run: object, tmp_path: Path) -> None:
    assert callable(run)
    result: Result = run(TIMES, tmp_path, seed=1)
    assert result.problems == []
    assert result.kills == TIMES
    assert result.acknowledged > 0
