from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.testing.environments import build_wheel, disk_use, install, new_environment


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def core_size(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many bytes the wheel and what it depends on take on the disk."""
    folder = tmp_path_factory.mktemp("measured") / "env"
    python = new_environment(folder)
    before = disk_use(folder)
    install(python, str(wheel))
    return disk_use(folder) - before


@pytest.fixture(scope="session")
def core(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, what it depends on, and pytest; nothing else."""
    python = new_environment(tmp_path_factory.mktemp("core") / "env")
    install(python, str(wheel), "pytest")
    return python


@pytest.fixture(scope="session")
def with_engine(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, its extra ``ocr``, and pytest."""
    python = new_environment(tmp_path_factory.mktemp("engine") / "env")
    install(python, f"cloudbase-ocr[ocr] @ {wheel.as_uri()}", "pytest")
    return python
