"""Everything that can be set, in one place: the command's options and the environment variables come from here.

A setting ``max_pixels`` is the option ``--max-pixels`` and the variable ``CLOUDBASE_OCR_MAX_PIXELS``.
"""

from __future__ import annotations

import difflib
import errno
import ipaddress
import os
import types
from dataclasses import Field, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.serving.service import LIMIT, QUEUE, TIMEOUT
from wxcloud.contract import DOCUMENTED, FREE_CALLS_PER_DAY, MAX_IMAGE_BYTES, OBSERVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


Scope = Literal["method", "account"]
"""What a day's quota is counted for."""

ENVIRONMENT_PREFIX = "CLOUDBASE_OCR"

LOCAL_ENV_ID = "local-ocr"
"""The CloudBase environment's ID where neither the settings nor the project say."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "profile": (OBSERVED, DOCUMENTED),
    "quota_scope": ("method", "account"),
}
"""What a setting may be, where that is one of a few words."""

RANGES: Mapping[str, tuple[int, int | None]] = {
    "port": (0, 65535),
    "max_instances": (1, 100),
    "quota_per_day": (0, None),
    "recognizer_threads": (1, 256),
    "recognizer_workers": (0, 64),
    "recognizer_queue": (0, 100_000),
    "recognizer_memory": (100, None),
    "max_pixels": (1, None),
    "max_image_bytes": (1, None),
    "body_memory_mb": (32, None),
    "journal_keep_mb": (0, 4096),
    "journal_keep_count": (0, None),
}
"""The least and the most that a setting may be; None: no bound."""

MIN_SECRET = 16
"""Characters of the shortest secret of a private service, where strangers may guess."""

_SHORT = (
    "the secret of {appid} has {length} characters; a private service (--ocr-only) takes {least} or more, because "
    'strangers may guess it. Make another: python -c "import secrets; print(secrets.token_urlsafe(24))"'
)

MADE = ("state", "journal")
"""Paths that need not exist: what they name is made."""


def _setting(default: Any, text: str, *, formerly: str = "", instead: str = "") -> Any:
    """Declare a setting with its default and the sentence that the help page shows.

    `formerly` is the name it had before: its option and variable are taken for one release more. A setting that is
    there for one release more itself says what to do `instead`, and is on no page.
    """
    return field(default=default, metadata={"help": text, "formerly": formerly, "instead": instead})


@dataclass(frozen=True)
class Settings:
    """The emulator's settings; every one has a default, so that ``Settings()`` works."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8787, "Port to listen on; 0 picks a free one.")

    shutdown_seconds: float = _setting(
        25.0, "Seconds that requests under way get to end in when the emulator is told to stop."
    )

    functions: Path | None = _setting(
        None,
        "Folder with the cloud functions; by default that of cloudbaserc.json, ./functions, ./cloudfunctions or "
        "the ones included.",
    )
    node: Path | None = _setting(
        None, "Node.js that runs functions in JavaScript; by default the one on PATH."
    )
    layers: tuple[str, ...] = _setting(
        (), "Folder of a layer as NAME=DIR; by default layers/NAME of the project. May be repeated."
    )
    env_id: str | None = _setting(
        None, "CloudBase environment ID; by default that of cloudbaserc.json, else local-ocr."
    )
    appid: str = _setting("wx0000000000000000", "appid of the simulated mini-program.")
    openid: str = _setting("o000000000000000000000000000", "openid of the simulated caller.")
    max_instances: int = _setting(4, "Instances of one function that may run at the same time.")

    apps: tuple[str, ...] = _setting(
        (), "Account as APPID:SECRET; once one is named, others are refused. May be repeated."
    )
    secret_keys: tuple[str, ...] = _setting(
        (),
        "Key of Tencent Cloud as SECRETID:SECRETKEY; once one is named, signatures are checked. May be repeated.",
    )
    profile: str = _setting(
        OBSERVED,
        "observed: fields as real replies were seen to carry them; documented: as the pages list them.",
    )
    bankcard_id: bool = _setting(
        False, "Repeat a bank card's number under id, as the documents' examples have it."
    )
    omit_unread: bool = _setting(
        False, "Leave text fields out that could not be read, instead of sending them empty."
    )
    strict: bool = _setting(False, "Refuse what WeChat refuses even where the emulator would be kinder.")
    errcode_as_string: bool = _setting(
        False,
        'Send errcode as the documents\' examples print it: "0".',
        instead="the fault errcode_as_string: `cloudbase-ocr ctl fault add --type errcode_as_string`, or "
        'ocr_emulator.fault("errcode_as_string") in a test',
    )
    hints: bool = _setting(True, "Append ' hint: [..] rid: ..' to errmsg, as the live service does.")
    tokenless: bool = _setting(
        False, "Take calls without a token for calls of --appid, as inside a CloudBase container."
    )
    ocr_only: bool = _setting(
        False,
        "Serve tokens and OCR only, as a private service: nothing that runs functions or keeps files, and no "
        "mock:// inputs.",
    )
    require_https: bool = _setting(False, "Answer plain http with 43003.")
    seed: int | None = _setting(None, "Seed for tokens, hints and request IDs, so that runs repeat.")

    quota_per_day: int = _setting(
        FREE_CALLS_PER_DAY, "OCR calls for each appid, method and Shanghai day; 0 means no limit."
    )
    quota_scope: Scope = _setting("method", "Count the quota for each method, or for the account as a whole.")
    quota_counts_failures: bool = _setting(False, "Count failed recognitions against the quota.")

    fixtures: tuple[Path, ...] = _setting(
        (), "More fixtures: a YAML file or a folder of them. May be repeated."
    )
    scenarios: tuple[Path, ...] = _setting(
        (), "Scenarios, ordered answers of a method: a YAML file or a folder of them. May be repeated."
    )
    state: Path | None = _setting(
        None, "Folder that keeps fixtures, files, quotas and tokens across restarts."
    )
    recognizer: bool = _setting(True, "Read pictures that no fixture matches.")
    recognizer_threads: int | None = _setting(
        None, "Threads of the recognizer (of each worker); by default one for each core that may be used."
    )
    recognizer_workers: int = _setting(
        0,
        "Processes that read pictures, so that a crash in one costs one answer; 0: the emulator's own process reads.",
    )
    recognizer_queue: int = _setting(
        QUEUE, "Pictures that may wait for the recognizer; more are answered with -1."
    )
    recognizer_timeout: float = _setting(
        TIMEOUT,
        "Seconds that a picture waits for the recognizer at most; then -1.",
        formerly="recognizer_patience",
    )
    recognizer_limit: float = _setting(
        LIMIT,
        "Seconds that reading one picture takes at most; then -1. A worker is killed when it does not stop.",
    )
    recognizer_memory: int | None = _setting(
        None,
        "Memory in MB of each worker; one that takes more is replaced, and its picture gets -1. By default no limit.",
    )
    recognizer_weights: Path | None = _setting(
        None,
        "Folder with other networks to read with: text detection and recognition of the PP-OCR family in ONNX.",
    )
    max_pixels: int = _setting(MAX_PIXELS, "Pictures with more pixels are refused with 101002.")
    max_image_bytes: int = _setting(MAX_IMAGE_BYTES, "Pictures with more bytes are refused with 101002.")

    body_memory_mb: int = _setting(
        256,
        "Memory in MB for the bodies of all requests at a time; one that is beyond it is answered with 503, unread.",
    )

    proxy_hosts: tuple[str, ...] = _setting(
        (),
        "Address or network of a proxy whose X-Forwarded-For is believed, besides one on this machine. May be "
        "repeated.",
    )
    allow_hosts: tuple[str, ...] = _setting(
        (), "Host that img_url may name although its address is not public. May be repeated."
    )
    allow_ports: tuple[int, ...] = _setting(
        (), "Port besides 80 and 443 that img_url may name. May be repeated."
    )
    allow_origins: tuple[str, ...] = _setting(
        (), "Origin of web pages that may call besides those of this machine. May be repeated."
    )

    server_names: tuple[str, ...] = _setting(
        (),
        "Name under which others reach the emulator, such as that of a proxy in front of it. May be repeated.",
    )
    control_token: str | None = _setting(
        None,
        "Token that the console and /_emulator/ ask for; by default a new one at each start with a --host or a "
        "--server-name for other machines and with --ocr-only, else none.",
    )
    open_functions: bool = _setting(
        False, "Let other machines run functions without the control token, where they can reach --host."
    )
    journal: Path | None = _setting(
        None,
        "Write every call into this file, as JSON lines (.jsonl). It is only ever added to.",
    )
    journal_keep_mb: int = _setting(
        64,
        "Memory in MB for what journaled calls have sent, pictures too, so that they can be replayed; 0: none.",
    )
    journal_keep_count: int = _setting(500, "Bodies and pictures of journaled calls to keep in that memory.")
    journal_personal_data: bool = _setting(
        False, "Show in the journal what was read from pictures; by default it is masked."
    )

    @cached_property
    def accounts(self) -> Mapping[str, str]:
        """Secrets by appid, as `apps` names them; empty: every appid and secret is accepted.

        Raises:
            ValueError: a text has no colon, or one side is empty; or a secret of a private service is short.
        """
        accounts = _secrets(self.apps, "an account", "APPID:SECRET, for example wx0000000000000000:secret")
        if self.ocr_only:
            for appid, secret in accounts.items():
                if len(secret) < MIN_SECRET:
                    raise ValueError(_SHORT.format(appid=appid, length=len(secret), least=MIN_SECRET))
        return accounts

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """Secret keys of Tencent Cloud by secret ID, as `secret_keys` names them; empty: no signature is checked.

        Raises:
            ValueError: a text has no colon, or one side is empty.
        """
        return _secrets(self.secret_keys, "a key", "SECRETID:SECRETKEY, for example AKID0:secret")

    @cached_property
    def layer_folders(self) -> Mapping[str, Path]:
        """Folders of layers by name, as `layers` names them.

        Raises:
            ValueError: a text has no ``=``, or one side is empty, or there is no such folder.
        """
        folders = {}
        for text in self.layers:
            name, _, folder = text.partition("=")
            if not (name and folder):
                raise ValueError(
                    f"--layer: a layer is written NAME=DIR, for example deps=../deps, and not {text!r}"
                )
            if not Path(folder).is_dir():
                raise ValueError(f"--layer {name}: there is no folder {folder}. Make it, or correct the path")
            folders[name] = Path(folder)
        return folders

    @cached_property
    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The networks of `proxy_hosts`.

        Raises:
            ValueError: one is neither an address nor a network.
        """
        try:
            return tuple(ipaddress.ip_network(text) for text in self.proxy_hosts)
        except ValueError as error:
            raise ValueError(
                f"--proxy-host: {error}. Write an address or a network, 10.0.0.7 or 10.0.0.0/24"
            ) from error

    @cached_property
    def origins(self) -> frozenset[str]:
        """The origins of `allow_origins`, ``null`` among them if it was named.

        Raises:
            ValueError: one is not an origin as browsers send it.
        """
        for origin in self.allow_origins:
            if origin != "null" and not is_origin(origin):
                raise ValueError(
                    f"{origin!r} is not an origin. Write scheme, host and port as the browser shows them, without a "
                    "path: https://www.example.com"
                )
        return frozenset(self.allow_origins)


def is_origin(text: str) -> bool:
    """Tell whether a text is an origin as browsers send it: ``https://www.example.com``, without a path."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and text == f"{parts.scheme}://{parts.netloc}"
    )


def _secrets(pairs: Iterable[str], what: str, form: str) -> dict[str, str]:
    """Return the secrets by name; a secret may hold colons, and never stands in an error."""
    secrets = {}
    for pair in pairs:
        name, colon, secret = pair.partition(":")
        if not (name and colon and secret):
            raise ValueError(f"{what} is written {form}")
        secrets[name] = secret
    return secrets


def setting_fields() -> list[Field[Any]]:
    """Return the settings as dataclass fields.

    ``metadata["help"]`` holds the sentence for the help page; where ``metadata["instead"]`` holds one, the setting is
    on its way out.
    """
    return list(fields(Settings))


def value_type(setting: Field[Any]) -> type:
    """Return the type of one value: of a tuple's items, of an optional's content, else the type itself."""
    annotation = get_type_hints(Settings)[setting.name]
    if get_origin(annotation) in (Union, types.UnionType, tuple):
        annotation = next(arg for arg in get_args(annotation) if arg not in (type(None), ...))
    return cast("type", annotation)


def is_repeated(setting: Field[Any]) -> bool:
    """Tell whether a setting takes several values."""
    return isinstance(setting.default, tuple)


def settings_of(**given: Any) -> Settings:
    """Return settings by name, as programs give them: a path may be a text, several values any list.

    Raises:
        TypeError: there is no such setting, or it takes another type.
        ValueError: a number is out of range, or a word none of those that are allowed.
        FileNotFoundError: a path that has to exist does not.
    """
    known = {setting.name: setting for setting in setting_fields()}
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"; is {near[0]} meant?" if near else f". There are {', '.join(known)}"
            raise TypeError(f"there is no setting {name!r}{meant}")
    return Settings(**{name: _value(known[name], value) for name, value in given.items()})


def _value(setting: Field[Any], given: Any) -> Any:
    if is_repeated(setting):
        if isinstance(given, (str, bytes, os.PathLike)) or not hasattr(given, "__iter__"):
            raise TypeError(f"{setting.name} takes several values; give a list, not {given!r}")
        return tuple(_single(setting, each) for each in given)
    return given if given is None and setting.default is None else _single(setting, given)


def _single(setting: Field[Any], given: Any) -> Any:
    name, kind = setting.name, value_type(setting)
    if kind is Path and isinstance(given, (str, os.PathLike)):
        path = Path(given)
        if name not in MADE and not path.exists():
            raise FileNotFoundError(errno.ENOENT, f"the setting {name} names what does not exist", str(path))
        return path
    if name in CHOICES:
        if given not in CHOICES[name]:
            raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}, and not {given!r}")
        return given
    fits = isinstance(given, (int, float) if kind is float else kind) and isinstance(given, bool) == (
        kind is bool
    )
    if not fits:
        raise TypeError(f"{name} takes {'a path' if kind is Path else kind.__name__}, and not {given!r}")
    if kind is float and given <= 0:
        raise ValueError(f"{name} is more than 0, and not {given}")
    low, high = RANGES.get(name, (None, None))
    if (low is not None and given < low) or (high is not None and given > high):
        raise ValueError(f"{name} is from {low} to {'any number' if high is None else high}, and not {given}")
    return given
