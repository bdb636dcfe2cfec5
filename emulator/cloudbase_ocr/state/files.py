"""The file store behind ``cloud://``: small, in memory, bounded.

A file ID is ``cloud://<env>.<bucket>/<path>``; the bucket's name follows the platform's pattern (first two
characters of the environment in hex, environment, account number), so that IDs look like real ones.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from cloudbase_ocr.core.changes import Changes

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.core.clock import Clock

PREFIX = "/_cos/"
MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 512 * 1024 * 1024
MAX_FILES = 10_000
MAX_PATH_BYTES = 850
UPLOAD_SECONDS = 900
MAX_AGE_SECONDS = 7 * 86400

_ACCOUNT = "1250000000"
_ENV_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class StorageError(ValueError):
    """A file cannot be stored or named so; the message says why."""


@dataclass(frozen=True)
class StoredFile:
    """One file: its bytes, and the content type it was uploaded with."""

    data: bytes
    content_type: str = "application/octet-stream"


Key = tuple[str, str]  # bucket and path


class ListedFile(NamedTuple):
    """What a list of files says of one; `size` in bytes."""

    key: Key
    size: int
    content_type: str

    @property
    def file_id(self) -> str:
        """Its ``cloud://`` ID; a bucket's name holds that of its environment."""
        bucket, path = self.key
        env = bucket.partition("-")[2].rpartition("-")[0]
        return f"cloud://{env}.{bucket}/{path}"


FULL = "the emulator's file store is full; reset it or delete files"


class Objects(Protocol):
    """Where files are, by bucket and path. Thread-safe."""

    changes: Changes[Key]
    """What was stored or deleted."""

    def put(self, key: Key, file: StoredFile) -> None:
        """Store a file. Raises `StorageError` when there is no room."""

    def get(self, key: Key) -> StoredFile | None:
        """Return a file, or None."""

    def delete(self, key: Key) -> bool:
        """Delete a file; False when there is none."""

    def clear(self) -> None:
        """Delete all files."""

    def listed(self) -> list[ListedFile]:
        """Return all files without their bytes, those that were stored last first."""

    def signing_key(self, proposed: bytes | None = None) -> bytes:
        """Return the key of signed URLs; `proposed` takes its place."""

    def __len__(self) -> int:
        """Return how many files there are."""


class MemoryObjects:
    """Files of one emulator."""

    def __init__(self, random: Random, max_bytes: int = MAX_TOTAL_BYTES, max_files: int = MAX_FILES) -> None:
        """Hold at most `max_bytes` in at most `max_files` files."""
        self._key = random.randbytes(32)
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._files: dict[Key, StoredFile] = {}
        self._used = 0
        self._lock = threading.Lock()
        self.changes: Changes[Key] = Changes()

    def put(self, key: Key, file: StoredFile) -> None:
        """See `Objects`."""
        with self._lock:
            former = self._files.get(key)
            used = self._used + len(file.data) - (len(former.data) if former else 0)
            if used > self._max_bytes or (former is None and len(self._files) >= self._max_files):
                raise StorageError(FULL)
            self._files.pop(key, None)  # so that the latest is the last
            self._files[key] = file
            self._used = used
            self.changes.note(key)

    def get(self, key: Key) -> StoredFile | None:
        """See `Objects`."""
        return self._files.get(key)

    def delete(self, key: Key) -> bool:
        """See `Objects`."""
        with self._lock:
            file = self._files.pop(key, None)
            if file is not None:
                self._used -= len(file.data)
                self.changes.note(key)
        return file is not None

    def clear(self) -> None:
        """See `Objects`."""
        with self._lock:
            self.changes.note(*self._files)
            self._files.clear()
            self._used = 0

    def listed(self) -> list[ListedFile]:
        """See `Objects`."""
        with self._lock:
            found = list(self._files.items())
        return [ListedFile(key, len(file.data), file.content_type) for key, file in reversed(found)]

    def signing_key(self, proposed: bytes | None = None) -> bytes:
        """See `Objects`."""
        self._key = proposed or self._key
        return self._key

    def __len__(self) -> int:
        """See `Objects`."""
        return len(self._files)


class FileStore:
    """Files by bucket and path, with signed URLs to put and get them. Thread-safe."""

    def __init__(self, clock: Clock, objects: Objects) -> None:
        """Keep files in `objects`; signatures end by `clock`."""
        self._clock = clock
        self._objects = objects

    @property
    def changes(self) -> Changes[Key]:
        """Bucket and path of files that were stored or deleted."""
        return self._objects.changes

    def put(self, env: str, path: str, data: bytes, content_type: str = "application/octet-stream") -> str:
        """Store a file, in place of one that has the same path, and return its ``cloud://`` ID.

        Raises:
            StorageError: the path is not a plain relative path, or there is no room.
        """
        file_id = self.file_id(env, path)
        self.put_object(bucket_of(env), path, StoredFile(data, content_type))
        return file_id

    def put_object(self, bucket: str, path: str, file: StoredFile) -> None:
        """Store a file in a bucket.

        Raises:
            StorageError: the path is not a plain relative path, or there is no room.
        """
        _check_path(path)
        if len(file.data) > MAX_FILE_BYTES:
            raise StorageError(f"the file has more than {MAX_FILE_BYTES} bytes")
        self._objects.put((bucket, path), file)

    def get(self, file_id: str) -> StoredFile | None:
        """Return the file with this ``cloud://`` ID, or None."""
        try:
            bucket, path = parse_file_id(file_id)
        except StorageError:
            return None
        return self._objects.get((bucket, path))

    def get_object(self, bucket: str, path: str) -> StoredFile | None:
        """Return a file of a bucket, or None."""
        return self._objects.get((bucket, path))

    def delete(self, file_id: str) -> bool:
        """Delete a file; False when there is none with this ID."""
        try:
            key = parse_file_id(file_id)
        except StorageError:
            return False
        return self._objects.delete(key)

    def listed(self) -> list[ListedFile]:
        """Return all files without their bytes, those that were stored last first."""
        return self._objects.listed()

    def file_id(self, env: str, path: str) -> str:
        """Return the ID that a file at `path` of an environment has.

        Raises:
            StorageError: the environment's name or the path is not allowed.
        """
        if not env or not set(env) <= _ENV_CHARACTERS or len(env) > 64:
            raise StorageError("an environment ID has letters, digits and dashes")
        _check_path(path)
        return f"cloud://{env}.{bucket_of(env)}/{path}"

    def download_url(self, base_url: str, file_id: str, max_age: int) -> str:
        """Return a URL that gives the file for `max_age` seconds.

        Raises:
            StorageError: `file_id` is not a file ID.
        """
        bucket, path = parse_file_id(file_id)
        expires = int(self._clock.now()) + min(max(max_age, 1), MAX_AGE_SECONDS)
        query = urlencode({"sign": self._sign("GET", bucket, path, expires), "t": expires})
        return f"{base_url}{PREFIX}{bucket}/{quote(path)}?{query}"

    def read_url(self, url: str) -> bytes | None:
        """Return the bytes behind a URL that `download_url` made, or None if its signature is not valid."""
        parts = urlsplit(url)
        bucket, _, path = unquote(parts.path[len(PREFIX) :]).partition("/")
        query = parse_qs(parts.query)
        if not self.may_read(bucket, path, query.get("sign", [""])[0], query.get("t", [""])[0]):
            return None
        file = self._objects.get((bucket, path))
        return None if file is None else file.data

    def may_read(self, bucket: str, path: str, sign: str, expires: str) -> bool:
        """Check the signature of a download URL."""
        return self._valid("GET", bucket, path, sign, expires)

    def upload_signature(self, file_id: str) -> str:
        """Return the text that allows one upload of a file within 15 minutes."""
        bucket, path = parse_file_id(file_id)
        expires = int(self._clock.now()) + UPLOAD_SECONDS
        return f"q-sign-time={expires}&q-signature={self._sign('PUT', bucket, path, expires)}"

    def may_write(self, bucket: str, path: str, signature: str) -> bool:
        """Check what `upload_signature` gave."""
        fields = parse_qs(signature)
        sign, expires = fields.get("q-signature", [""])[0], fields.get("q-sign-time", [""])[0]
        return self._valid("PUT", bucket, path, sign, expires)

    def reset(self) -> None:
        """Delete all files."""
        self._objects.clear()

    @property
    def signing_key(self) -> bytes:
        """The key of signed URLs, to be kept across a restart."""
        return self._objects.signing_key()

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._objects)

    def restore_key(self, key: bytes) -> None:
        """Take back `signing_key`, so that URLs from before a restart are valid; files come by `put_object`."""
        self._objects.signing_key(key)

    def _sign(self, action: str, bucket: str, path: str, expires: int) -> str:
        text = f"{action}\n{bucket}\n{path}\n{expires}".encode("utf-8", "replace")
        return hmac.new(self.signing_key, text, hashlib.sha256).hexdigest()

    def _valid(self, action: str, bucket: str, path: str, sign: str, expires: str) -> bool:
        if not (expires.isascii() and expires.isdigit() and len(expires) <= 12 and sign.isascii()):
            return False
        expected = self._sign(action, bucket, path, int(expires))
        return hmac.compare_digest(expected, sign) and int(expires) >= self._clock.now()


def bucket_of(env: str) -> str:
    """Return the name of an environment's bucket."""
    return f"{env[:2].encode().hex()}-{env}-{_ACCOUNT}"


def parse_file_id(file_id: str) -> tuple[str, str]:
    """Return bucket and path of a ``cloud://<env>.<bucket>/<path>`` ID.

    Raises:
        StorageError: it has another form, or its path is not allowed.
    """
    scheme, _, rest = file_id.partition("://")
    place, _, path = rest.partition("/")
    env, dot, bucket = place.partition(".")
    if scheme != "cloud" or not (env and dot and bucket and path):
        raise StorageError("a file ID has the form cloud://<env>.<bucket>/<path>")
    _check_path(path)
    return bucket, path


def _check_path(path: str) -> None:
    """Refuse what could name something else on any other system: .., empty segments, backslashes, controls."""
    segments = path.split("/")
    if not path.isprintable() or "\\" in path or any(segment in ("", ".", "..") for segment in segments):
        raise StorageError("a path is relative, without empty segments, '.', '..', backslashes and controls")
    if len(path.encode()) > MAX_PATH_BYTES:
        raise StorageError(f"a path has at most {MAX_PATH_BYTES} bytes")
