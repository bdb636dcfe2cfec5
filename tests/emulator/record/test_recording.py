"""Who may read a recording."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.record.conftest import PERSON, Start

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")

PICTURE = b"\xff\xd8\xff a card"


def modes(folder: Path) -> dict[str, int]:
    return {
        path.suffix: stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize("umask", [0o022, 0o077])
@pytest.mark.parametrize(
    "options",
    [{"keep_personal_data": True}, {"keep_images": True}, {"keep_personal_data": True, "keep_images": True}],
)
def test_with_personal_data_or_pictures_it_is_for_its_owner_only(
    start: Start, folder: Path, options: dict[str, Any], umask: int
) -> None:
    former = os.umask(umask)
    try:
        start(**options).send(PICTURE)
    finally:
        os.umask(former)
    found = modes(folder)
    assert found[".yaml"] == 0o600
    assert set(found.values()) == {0o600}
    assert len(found) == (2 if options.get("keep_images") else 1)


@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o027, 0o640)])
def test_with_invented_data_it_is_as_open_as_the_umask_says(
    start: Start, folder: Path, umask: int, expected: int
) -> None:
    former = os.umask(umask)
    try:
        start().send(PICTURE)
    finally:
        os.umask(former)
    assert modes(folder) == {".yaml": expected}


def test_what_was_recorded_with_personal_data_stays_private_in_a_later_run(
    start: Start, folder: Path
) -> None:
    start(keep_personal_data=True).send(PICTURE)
    (folder / "idcard.yaml").chmod(0o644)
    start().send(PICTURE + b" 2")
    assert PERSON["name"] in (folder / "idcard.yaml").read_text("utf-8")
    assert modes(folder) == {".yaml": 0o600}
