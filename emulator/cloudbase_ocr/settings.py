"""Everything that can be set, in one place: the command's options and the environment variables come from here.

A setting ``max_pixels`` is the option ``--max-pixels`` and the variable ``CLOUDBASE_OCR_MAX_PIXELS``.
"""

from __future__ import annotations

import ipaddress
import types
from dataclasses import Field, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from cloudbase_ocr import assumptions
from cloudbase_ocr.credentials import MIN_SECRET, check_secret, named_secrets
from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.serving.service import LIMIT, QUEUE, TIMEOUT
from wxcloud.contract import DOCUMENTED, FREE_CALLS_PER_DAY, MAX_IMAGE_BYTES, OBSERVED

if TYPE_CHECKING:
    from collections.abc import Mapping


Scope = Literal["method", "account"]
"""What a day's quota is counted for."""

ENVIRONMENT_PREFIX = "CLOUDBASE_OCR"

LOCAL_ENV_ID = "local-ocr"
"""The CloudBase environment's ID where neither the settings nor the project say."""

MARKET_RULES = (
    "text-data",
    "no-client-msg-id",
    "unread-9311003",
    "failed-9301002",
    "unclaimed",
    "own-quota",
    "extras",
)
"""What the service market can do otherwise; see the rulings on it."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "profile": (OBSERVED, DOCUMENTED),
    "python": ("3.9", "3.10", "3.11"),
    "overload": ("-1", "503"),
    "log_format": ("text", "json"),
    "quota_scope": ("method", "account"),
    "assumptions": assumptions.ALL,
    "market_rules": MARKET_RULES,
}
"""What a setting may be, where that is one of a few words."""

RANGES: Mapping[str, tuple[int, int | None]] = {
    "port": (0, 65535),
    "debug_port": (0, 65535),
    "metrics_port": (0, 65535),
    "max_instances": (1, 100),
    "quota_per_day": (0, None),
    "recognizer_threads": (1, 256),
    "recognizer_workers": (0, 64),
    "recognizer_queue": (0, 100_000),
    "recognizer_memory": (100, None),
    "max_pixels": (1, None),
    "max_image_bytes": (1, None),
    "body_memory_mb": (32, None),
    "memory_limit_mb": (0, None),
    "journal_keep_mb": (0, 4096),
    "journal_keep_count": (0, None),
}
"""The least and the most that a setting may be; None: no bound."""

MADE = ("state", "journal", "tls_folder")
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

    overload: str = _setting(
        "-1",
        "What is answered while too many pictures wait, or the shared state is away: -1 with status 200, as WeChat "
        "does, or with status 503 and Retry-After, so that proxies see it.",
    )
    log_format: str = _setting(
        "text", "Form of the log on stderr: lines for people, or one JSON object a line."
    )
    metrics_port: int | None = _setting(
        None,
        "Port of --host that answers /metrics without a token; by default /metrics is on --port only, and asks for the "
        "control token.",
    )

    functions: Path | None = _setting(
        None,
        "Folder with the cloud functions; by default that of cloudbaserc.json, ./functions, ./cloudfunctions or "
        "the ones included.",
    )
    python: str | None = _setting(
        None,
        "Python version that runs the functions written in it; by default that of a function's runtime in "
        "cloudbaserc.json, else the emulator's own.",
    )
    node: Path | None = _setting(
        None, "Node.js that runs functions in JavaScript; by default the one on PATH."
    )
    layers: tuple[str, ...] = _setting(
        (), "Folder of a layer as NAME=DIR; by default layers/NAME of the project. May be repeated."
    )
    debug_port: int | None = _setting(
        None,
        "Port of 127.0.0.1 where a debugger attaches to the first function; the next function has the next port. 0 "
        "picks free ones.",
    )
    debug_wait: bool = _setting(
        False,
        "With --debug-port: let each process of a function wait for a debugger before it loads the function.",
    )
    http_paths: tuple[str, ...] = _setting(
        (),
        "Path of the HTTP access service as PATH=FUNCTION, before those of cloudbaserc.json. May be repeated.",
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
    apps_file: Path | None = _setting(
        None,
        "File with accounts, APPID:SECRET on each line, that is read again when it changes. An account on two lines "
        "has two secrets.",
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
    assumptions: tuple[str, ...] = _setting(
        (),
        "What to assume of WeChat where nothing settles it, against the default; the table of rulings says what each "
        "does. May be repeated.",
    )
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
    tls: bool = _setting(
        True, "Answer https on the same port, and CONNECT for the hosts that the emulator stands in for."
    )
    tls_folder: Path | None = _setting(
        None, "Folder that keeps the certificate authority of https; by default in the user's own data."
    )
    pass_other_hosts: bool = _setting(
        False, "Let programs of this machine reach other hosts by CONNECT, too, instead of refusing them."
    )
    seed: int | None = _setting(None, "Seed for tokens, hints and request IDs, so that runs repeat.")

    quota_per_day: int = _setting(
        FREE_CALLS_PER_DAY, "OCR calls for each appid, method and Shanghai day; 0 means no limit."
    )
    quota_scope: Scope = _setting("method", "Count the quota for each method, or for the account as a whole.")
    quota_counts_failures: bool = _setting(False, "Count failed recognitions against the quota.")

    market_rules: tuple[str, ...] = _setting(
        (),
        "What /wxa/servicemarket does otherwise, where nothing proves either way: "
        f"{', '.join(MARKET_RULES)}. May be repeated.",
    )

    fixtures: tuple[Path, ...] = _setting(
        (), "More fixtures: a YAML file or a folder of them. May be repeated."
    )
    scenarios: tuple[Path, ...] = _setting(
        (), "Scenarios, ordered answers of a method: a YAML file or a folder of them. May be repeated."
    )
    strict_fixtures: bool = _setting(
        False,
        "Let only fixtures, scenarios and mock:// inputs answer; any other picture gets 101001, and fails the test "
        "that sent it.",
    )
    state: str | Path | None = _setting(
        None,
        "Folder that keeps fixtures, files, quotas, accounts and tokens across restarts; or redis://HOST:PORT/DB for "
        "several instances that share them.",
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

    memory_limit_mb: int | None = _setting(
        None,
        "Memory in MB that the emulator and its workers may take: near it, pictures are read one at a time, and others "
        "are answered as when too many wait. By default the container's limit; 0: none.",
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
        accounts = named_secrets(
            self.apps, "an account", "APPID:SECRET, for example wx0000000000000000:secret"
        )
        for appid, secret in accounts.items():
            check_secret(appid, secret, self.least_secret)
        return accounts

    @property
    def least_secret(self) -> int:
        """Characters that the secret of an account has at least."""
        return MIN_SECRET if self.ocr_only else 1

    @property
    def state_folder(self) -> Path | None:
        """The folder of `state`; None where there is none, or another place."""
        return None if self.state is None or self.state_url else Path(self.state)

    @property
    def state_url(self) -> str:
        """The URL of `state`; "" where it is a folder, or nothing is kept."""
        text = "" if self.state is None else str(self.state)
        return text if "://" in text else ""

    @property
    def why_no_tls(self) -> str:
        """Why https is not answered, in a few words; "" where it is."""
        option = "--no-tls" if not self.tls else "--ocr-only" if self.ocr_only else ""
        return f"{option} answers plain http only" if option else ""

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """Secret keys of Tencent Cloud by secret ID, as `secret_keys` names them; empty: no signature is checked.

        Raises:
            ValueError: a text has no colon, or one side is empty.
        """
        return named_secrets(self.secret_keys, "a key", "SECRETID:SECRETKEY, for example AKID0:secret")

    @cached_property
    def layer_folders(self) -> Mapping[str, Path]:
        """Folders of layers by name, as `layers` names them.

        Raises:
            ValueError: a text has no ``=``, or one side is empty, or there is no such folder.
        """
        folders = {}
        for text in self.layers:
            name, _sign, folder = text.partition("=")
            if not (name and folder):
                raise ValueError(
                    _(
                        "--layer: a layer is written NAME=DIR, for example deps=../deps, and not {text!r}"
                    ).format(text=text)
                )
            if not Path(folder).is_dir():
                raise ValueError(
                    _("--layer {name}: there is no folder {folder}. Make it, or correct the path").format(
                        name=name, folder=folder
                    )
                )
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
                _("--proxy-host: {error}. Write an address or a network, 10.0.0.7 or 10.0.0.0/24").format(
                    error=error
                )
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
                    _(
                        "{origin!r} is not an origin. Write scheme, host and port as the browser shows them, "
                        "without a path: https://www.example.com"
                    ).format(origin=origin)
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
