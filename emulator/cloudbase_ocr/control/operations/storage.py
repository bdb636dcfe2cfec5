"""Operations on the files of the cloud storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.control.operation import ControlError, NotThereError, operation

if TYPE_CHECKING:
    from cloudbase_ocr.state.emulator import Emulator
    from cloudbase_ocr.state.files import ListedFile

_LINK_SECONDS = 7200


@dataclass(frozen=True)
class StoredFileState:
    """A file; `url` gives it for two hours."""

    file_id: str
    bytes: int
    content_type: str
    url: str


@dataclass(frozen=True)
class StoredFileList:
    """The latest files, and how many there are in all."""

    files: list[StoredFileState]
    total: int


class StorageControl:
    """Shows and deletes stored files."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the file store of `emulator`."""
        self._emulator = emulator

    @operation("storage.list", "GET", "storage", limit="so many files at most")
    def list(self, limit: int = 100) -> StoredFileList:
        """List the stored files, the latest first. POST /_emulator/files stores one."""
        if limit < 1:
            raise ControlError(f"limit: must be at least 1, and is {limit}")
        found = self._emulator.files.listed()
        return StoredFileList([self._state(each) for each in found[:limit]], len(found))

    @operation("storage.remove", "DELETE", "storage", file_id="the ID of the file, cloud://...")
    def remove(self, file_id: str) -> StoredFileList:
        """Delete a stored file, and tell which are left.

        Raises:
            NotThereError: there is no such file.
        """
        if not self._emulator.files.delete(file_id):
            raise NotThereError(f"there is no file {file_id[:200]!r}; storage.list shows which there are")
        return self.list()

    def _state(self, file: ListedFile) -> StoredFileState:
        url = self._emulator.files.download_url(self._emulator.base_url, file.file_id, _LINK_SECONDS)
        return StoredFileState(file.file_id, file.size, file.content_type, url)
