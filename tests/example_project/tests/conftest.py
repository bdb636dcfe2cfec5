from __future__ import annotations

from pathlib import Path

import pytest

from cloudbase_ocr import Settings


@pytest.fixture(scope="session")
def ocr_emulator_settings() -> Settings:
    return Settings(functions=Path(__file__).parents[1] / "cloudfunctions", quota_per_day=5)
