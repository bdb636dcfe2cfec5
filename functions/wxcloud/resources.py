"""What wx-server-sdk offers beside ``openapi``: another function, files in storage. Over WeChat's HTTP API.

The objects that come back are those of wx-server-sdk 4.0.2 (executed). Its errors carry -1 for everything; here
`errCode` is the code that WeChat gave, as in the SDK's documentation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from . import storage
from .errors import Failure, api_error, wrong_argument
from .service import report

if TYPE_CHECKING:
    from .service import Service
    from .session import Session
    from .settings import Settings

_KINDS: dict[Any, str] = {str: "string", Mapping: "object", list: "array"}


class Resources:
    """The calls of one :class:`~wxcloud.Cloud`. `parameters` have the SDK's own names."""

    def __init__(self, service: Service) -> None:
        """Use the tokens of this service."""
        self._service = service

    def call(self, name: str, parameters: Any, settings: Settings) -> dict[str, Any]:
        """Make the call of this name, such as ``callFunction``; return the SDK's object.

        Raises:
            CloudSDKError: the call failed.
        """
        try:
            return self._answer(name, parameters, settings.completed(os.environ))
        except Failure as failure:
            failed = api_error(name, failure)
            report(name, failed, failed.advice if failure.answered else failure.text)
        raise failed

    def _answer(self, name: str, parameters: Any, settings: Settings) -> dict[str, Any]:
        if not isinstance(parameters, Mapping):
            kind = type(parameters).__name__
            raise wrong_argument(f"parameters of {name} should be object instead of {kind}")
        env = _env(parameters, settings)
        begun = _CALLS[name](parameters, env)
        session = self._service.open_session(settings)
        try:
            return {**begun(session), "errMsg": f"{name}:ok"}
        finally:
            session.close()


# What is left to do when the parameters are understood.
_Begun = Callable[["Session"], "dict[str, Any]"]


def _call_function(parameters: Mapping[str, Any], env: str) -> _Begun:
    name = _given(parameters, "name", str)
    data = {} if parameters.get("data") is None else _given(parameters, "data", Mapping)
    query = {"env": _named(env), "name": name}
    try:
        json.dumps(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise wrong_argument(f"parameter.data cannot be sent as JSON: {error}") from None

    def begun(session: Session) -> dict[str, Any]:
        reply = session.post("/tcb/invokecloudfunction", query, document=data)
        # The SDK names the request; WeChat's HTTP API does not tell it.
        return {"result": _result(reply.get("resp_data")), "requestID": ""}

    return begun


def _upload_file(parameters: Mapping[str, Any], env: str) -> _Begun:
    path = _given(parameters, "cloudPath", str)
    content = _content(parameters.get("fileContent"))
    env = _named(env)

    def begun(session: Session) -> dict[str, Any]:
        file_id, status = storage.upload(session, env, path, content)
        return {"fileID": file_id, "statusCode": status}

    return begun


def _download_file(parameters: Mapping[str, Any], env: str) -> _Begun:
    file_id = _file_id(_given(parameters, "fileID", str), "fileID")

    def begun(session: Session) -> dict[str, Any]:
        content, status = storage.download(session, file_id, env or None)
        return {"fileContent": content, "statusCode": status}

    return begun


def _get_temp_file_url(parameters: Mapping[str, Any], env: str) -> _Begun:
    files = [_aged(entry, at) for at, entry in enumerate(_files(parameters))]
    env = env or storage.env_of(files[0][0], None)

    def begun(session: Session) -> dict[str, Any]:
        said = storage.temporary_urls(files, env, session.post_json)
        return {
            "fileList": [
                {**_status(one, file_id), "maxAge": age, "tempFileURL": one.get("download_url") or ""}
                for one, (file_id, age) in zip(said, files)
            ]
        }

    return begun


def _delete_file(parameters: Mapping[str, Any], env: str) -> _Begun:
    files = [_file_id(entry, f"fileList[{at}]") for at, entry in enumerate(_files(parameters))]
    env = env or storage.env_of(files[0], None)

    def begun(session: Session) -> dict[str, Any]:
        said = storage.delete(session, env, files)
        return {"fileList": [_status(one, file_id) for one, file_id in zip(said, files)]}

    return begun


_CALLS: dict[str, Callable[[Mapping[str, Any], str], _Begun]] = {
    "callFunction": _call_function,
    "uploadFile": _upload_file,
    "downloadFile": _download_file,
    "getTempFileURL": _get_temp_file_url,
    "deleteFile": _delete_file,
}


def _status(said: Mapping[str, Any], file_id: str) -> dict[str, Any]:
    return {"fileID": file_id, "status": said.get("status", 0), "errMsg": said.get("errmsg") or "ok"}


def _result(text: Any) -> Any:
    """Return what the function returned: JSON text, or the text itself when it is none."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text


def _env(parameters: Mapping[str, Any], settings: Settings) -> str:
    config = parameters.get("config") or {}
    if not isinstance(config, Mapping):
        raise wrong_argument(f"parameter.config should be object instead of {type(config).__name__}")
    chosen = config.get("env")
    if not isinstance(chosen, (str, type(None))):
        raise wrong_argument(f"parameter.config.env should be string instead of {type(chosen).__name__}")
    return storage.named_env(chosen or settings.env)


def _named(env: str) -> str:
    if not env:
        raise wrong_argument("no environment is known here; pass its ID as env to init()")
    return env


def _given(parameters: Mapping[str, Any], name: str, kind: Any) -> Any:
    value = parameters.get(name)
    if not isinstance(value, kind) or value == "":
        found = "an empty string" if value == "" else type(value).__name__
        raise wrong_argument(f"parameter.{name} should be {_KINDS[kind]} instead of {found}")
    return value


def _content(value: Any) -> bytes:
    """Return the bytes to upload; a binary file is read from where it is."""
    read = getattr(value, "read", None)
    if callable(read):
        value = read()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise wrong_argument(
        f"parameter.fileContent should be bytes or a file opened in binary mode instead of {type(value).__name__}"
    )


def _files(parameters: Mapping[str, Any]) -> Sequence[Any]:
    files: Sequence[Any] = _given(parameters, "fileList", list)
    if not 1 <= len(files) <= 50:
        raise wrong_argument(f"parameter.fileList should have 1 to 50 entries instead of {len(files)}")
    return files


def _aged(entry: Any, at: int) -> tuple[str, int]:
    name = f"fileList[{at}]"
    if not isinstance(entry, Mapping):
        return _file_id(entry, name), storage.MAX_AGE
    age = entry.get("maxAge", storage.MAX_AGE)
    if not isinstance(age, int) or isinstance(age, bool) or age <= 0:
        raise wrong_argument(f"parameter.{name}.maxAge should be a number of seconds above 0")
    return _file_id(entry.get("fileID"), f"{name}.fileID"), age


def _file_id(value: Any, name: str) -> str:
    if isinstance(value, str) and value.startswith("cloud://"):
        return value
    found = "other text" if isinstance(value, str) else type(value).__name__
    raise wrong_argument(f"parameter.{name} should be a file ID, cloud://..., instead of {found}")
