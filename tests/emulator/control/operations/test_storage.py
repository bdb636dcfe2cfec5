"""The list of stored files, and deleting one."""

from __future__ import annotations

import pytest
import requests

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.control.operation import ControlError, NotThereError
from cloudbase_ocr.server import Server

PLACE = "cloud://local-ocr.6c6f-local-ocr-1250000000/"


def store(server: Server, name: str, data: bytes) -> str:
    reply = requests.post(server.url + "/_emulator/files", params={"name": name}, data=data, timeout=10)
    return str(reply.json()["fileID"])


def test_files_are_listed_the_latest_first(server: Server, control: Control) -> None:
    assert (control.storage.list().files, control.storage.list().total) == ([], 0)
    for name, data in (("a.jpg", b"1"), ("photos/名.jpg", b"22"), ("a.jpg", b"333")):
        store(server, name, data)
    listed = control.storage.list()
    assert [(file.file_id, file.bytes) for file in listed.files] == [
        (PLACE + "a.jpg", 3),
        (PLACE + "photos/名.jpg", 2),
    ]
    assert [requests.get(file.url, timeout=10).content for file in listed.files] == [b"333", b"22"]
    assert (len(control.storage.list(limit=1).files), control.storage.list(limit=1).total) == (1, 2)
    with pytest.raises(ControlError, match="limit: must be at least 1"):
        control.storage.list(limit=0)


def test_a_file_is_deleted(server: Server, control: Control) -> None:
    first, second = store(server, "a.jpg", b"1"), store(server, "b.jpg", b"2")
    assert [file.file_id for file in control.storage.remove(first).files] == [second]
    for file_id in (first, "nonsense", "cloud://x"):
        with pytest.raises(NotThereError, match=r"storage\.list shows"):
            control.storage.remove(file_id)
