"""Where the emulator finds the functions, from whichever folder pytest is started."""

from pathlib import Path

import pytest
from cloudbase_ocr import Settings


@pytest.fixture(scope="session")
def ocr_emulator_settings():
    """Any setting of `cloudbase-ocr serve` may stand here, such as quota_per_day=5."""
    return Settings(functions=Path(__file__).parents[1] / "$functions")
