"""A peer answers through the same call as our own reader, or one program could not score both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from tests.bench.ocr import peer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class _Reader:
    """Stands in for a peer's process."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, key: str, path: Path) -> dict[str, Any]:
        failed = path.read_bytes() == b"bad"
        return {
            "answer": None if failed else {"read": f"{self.name} {key}"},
            "error": "no picture" if failed else "",
        }


def test_every_file_has_a_line_with_what_the_peer_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The method goes by its cloud name; a file that the peer cannot read has a line, too."""
    monkeypatch.setattr(peer, "Reader", _Reader)
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    good.write_bytes(b"good")
    bad.write_bytes(b"bad")
    call = ["rapidocr", "recognize", "vehicleLicense", str(good), str(bad), "--lines"]
    done = CliRunner().invoke(peer.main, call)
    assert done.exit_code == 0, done.output
    assert [json.loads(line) for line in done.output.splitlines()] == [
        {"file": str(good), "wechat": {"read": "rapidocr driving"}},
        {"file": str(bad), "wechat": None, "error": "no picture"},
    ]
