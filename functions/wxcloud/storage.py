"""From a file ID of CloudBase storage to an address that WeChat can fetch.

``POST /tcb/batchdownloadfile`` with ``{env, file_list: [{fileid, max_age}]}``; the reply has ``file_list``
with ``download_url``, ``status`` and ``errmsg`` for each file (documented: HTTP API of CloudBase).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from .context import environment_value
from .errors import Failure
from .settings import DYNAMIC_CURRENT_ENV

if TYPE_CHECKING:
    from .images import FileId

PATH = "/tcb/batchdownloadfile"
MAX_AGE = 7200
_NOT_RESOLVED = -503003


def download_url(
    file: FileId, env: str | None, post: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> str:
    """Return the temporary address of `file`, good for two hours.

    `post` sends a document to :data:`PATH` and returns the checked reply.

    Raises:
        Failure: -503003 for a file that the environment does not give out, -601001 for a reply without an address.
    """
    document = {"env": env_of(file, env), "file_list": [{"fileid": file.file_id, "max_age": MAX_AGE}]}
    listed = post(document).get("file_list")
    found = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(found, Mapping):
        raise Failure(-601001, "wechat server internal error, the reply names no file")
    url = found.get("download_url")
    if found.get("status") not in (0, "0", None) or not isinstance(url, str) or not url:
        text = found.get("errmsg") or "no address"
        said = f"{text} (fileID, status {found.get('status')}); check the file ID and the environment"
        raise Failure(_NOT_RESOLVED, said)
    return url


def env_of(file: FileId, env: str | None) -> str:
    """Return the environment ID to name: that of ``init()``, else the running one, else the file ID's own."""
    if env and env != DYNAMIC_CURRENT_ENV:
        return env
    running = (
        environment_value("TCB_ENV") or os.environ.get("CBR_ENV_ID") or environment_value("SCF_NAMESPACE")
    )
    return running or file.file_id[len("cloud://") :].partition("/")[0].partition(".")[0]
