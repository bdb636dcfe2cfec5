"""Files of CloudBase storage, by their file IDs, over WeChat's HTTP API (documented: HTTP API of CloudBase).

An upload has two steps: ``POST /tcb/uploadfile`` gives a signed address of the object store, which takes the file
itself. A download has two as well, through ``POST /tcb/batchdownloadfile``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .context import environment_value
from .errors import Failure
from .settings import DYNAMIC_CURRENT_ENV

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .session import Session

MAX_AGE = 7200
"""Seconds that a temporary address is good for, unless told otherwise (documented)."""
_NOT_RESOLVED = -503003
_REFUSED = -503001


def download_url(file_id: str, env: str | None, post: Callable[[str, Mapping[str, Any]], Any]) -> str:
    """Return the temporary address of a file, good for two hours.

    `post` sends a document to a path and returns the checked reply.

    Raises:
        Failure: -503003 for a file that the environment does not give out, -601001 for a reply without an address.
    """
    [found] = temporary_urls([(file_id, MAX_AGE)], env_of(file_id, env), post)
    url = found.get("download_url")
    if found.get("status") not in (0, "0", None) or not isinstance(url, str) or not url:
        text = found.get("errmsg") or "no address"
        said = f"{text} (fileID, status {found.get('status')}); check the file ID and the environment"
        raise Failure(_NOT_RESOLVED, said)
    return url


def temporary_urls(
    files: Sequence[tuple[str, int]], env: str, post: Callable[[str, Mapping[str, Any]], Any]
) -> list[Mapping[str, Any]]:
    """Return what WeChat says of each file ID with its seconds: `fileid`, `download_url`, `status`, `errmsg`.

    Raises:
        Failure: -601001 for a reply that does not speak of as many files; what :meth:`Session.post` raises.
    """
    document = {"env": env, "file_list": [{"fileid": name, "max_age": age} for name, age in files]}
    return _listed(post("/tcb/batchdownloadfile", document), "file_list", len(files))


def upload(session: Session, env: str, path: str, content: bytes) -> tuple[str, int]:
    """Store `content` at `path`; return the new file's ID and the object store's HTTP status.

    Raises:
        Failure: -503001 when the object store did not take it; what :meth:`Session.post` raises.
    """
    told = session.post_json("/tcb/uploadfile", {"env": env, "path": path})
    names = ("url", "authorization", "token", "cos_file_id", "file_id")
    values = {name: told[name] for name in names if isinstance(told.get(name), str)}
    if len(values) < len(names):
        missing = ", ".join(name for name in names if name not in values)
        raise Failure(-601001, f"wechat server internal error, the reply lacks {missing}")
    form = {
        "key": path,
        "Signature": values["authorization"],
        "x-cos-security-token": values["token"],
        "x-cos-meta-fileid": values["cos_file_id"],
    }
    status = session.upload(values["url"], form, content)
    if not 200 <= status < 300:
        raise Failure(_REFUSED, f"storage request fail: the object store answered {status}")
    return values["file_id"], status


def download(session: Session, file_id: str, env: str | None) -> tuple[bytes, int]:
    """Return a file's content, and the object store's HTTP status.

    Raises:
        Failure: -503003 when there is no such file, -503001 when the object store does not give it.
    """
    status, content = session.download(download_url(file_id, env, session.post_json))
    if status == 404:
        raise Failure(_NOT_RESOLVED, "storage file not exists")
    if not 200 <= status < 300:
        raise Failure(_REFUSED, f"storage request fail: the object store answered {status}")
    return content, status


def delete(session: Session, env: str, file_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Delete files; return what WeChat says of each: `fileid`, `status`, `errmsg`.

    Raises:
        Failure: what :meth:`Session.post` raises.
    """
    reply = session.post_json("/tcb/batchdeletefile", {"env": env, "fileid_list": list(file_ids)})
    return _listed(reply, "delete_list", len(file_ids))


def env_of(file_id: str, env: str | None) -> str:
    """Return the environment ID to name: that of ``init()``, else the running one, else the file ID's own."""
    return named_env(env) or file_id[len("cloud://") :].partition("/")[0].partition(".")[0]


def named_env(env: str | None) -> str:
    """Return the environment ID of ``init()``, else the running one; empty when there is neither."""
    if env and env != DYNAMIC_CURRENT_ENV:
        return env
    for name in ("TCB_ENV", "CBR_ENV_ID", "SCF_NAMESPACE"):
        found = environment_value(name)
        if found:
            return found
    return ""


def _listed(reply: Mapping[str, Any], name: str, count: int) -> list[Mapping[str, Any]]:
    listed = reply.get(name)
    if (
        not isinstance(listed, list)
        or len(listed) != count
        or not all(isinstance(one, dict) for one in listed)
    ):
        raise Failure(-601001, "wechat server internal error, the reply names no file, or not each one")
    return list(listed)
