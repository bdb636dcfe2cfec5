"""What the files of a project say of one function, put together.

Keys are those of CloudBase's cloudbaserc.json (documented: functions/configs); `permissions` and `triggers` are those
of WeChat's config.json. A key counts from the first source that has it; variables are put together name by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudbase_ocr.project.sources import Source

DEFAULT_TIMEOUT = 3
"""Seconds a function may run when no file says: what WeChat DevTools sets on upload."""
MAX_TIMEOUT = 900
DEFAULT_MEMORY = 256
"""MB of memory of a CloudBase function when no file says."""
MAX_MEMORY = 3072
MAX_ENVIRONMENT_BYTES = 4096
MAX_LAYERS = 5
"""Layers of one function (documented: cloud-function/layer)."""

KEYS = frozenset({
    "envVariables", "handler", "ignore", "installDependency", "layers", "memorySize", "permissions", "runtime",
    "timeout", "triggers", "type",
})  # fmt: skip
"""Keys that say something of a function; the tests find each of them in :func:`merge`."""

_HANDLER = re.compile(r"[A-Za-z_][\w-]*(?:/[A-Za-z_][\w-]*)*\.[A-Za-z_]\w*", re.ASCII)
_RUNTIME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,29}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TRIGGER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_RESERVED_PREFIXES = ("SCF_", "QCLOUD_", "TENCENTCLOUD_")


@dataclass(frozen=True)
class Layer:
    """A layer by name; `version` is None where nobody says which."""

    name: str
    version: int | None = None


@dataclass(frozen=True)
class Trigger:
    """A trigger: `kind` is ``timer``, and then `config` is a cron expression of seven fields."""

    name: str
    kind: str
    config: str


@dataclass(frozen=True)
class FunctionConfig:
    """What is known of a function without looking at its code; `timeout` is in seconds, `memory` in MB.

    Attributes:
        handler: ``<file>.<function>``; None: nobody says.
        runtime: CloudBase's name, such as ``Python3.10``; None: nobody says.
        permissions: the cloud calls that config.json lists.
        environment: its variables, ``{{env.X}}`` filled in.
        layers: in the order in which they are laid into /opt.
        install_dependency: whether the cloud is to install dependencies (`installDependency`).
        ignore: glob patterns of files that are not deployed.
        kind: ``HTTP`` for one that is a web server.
        set_by: which file each key comes from, by the key's name in it; keys that nobody sets are missing.
    """

    handler: str | None = None
    runtime: str | None = None
    timeout: int = DEFAULT_TIMEOUT
    memory: int = DEFAULT_MEMORY
    permissions: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    install_dependency: bool | None = None
    ignore: tuple[str, ...] = ()
    kind: Literal["Event", "HTTP"] = "Event"
    set_by: Mapping[str, str] = field(default_factory=dict, compare=False)


def merge(sources: Sequence[Source]) -> FunctionConfig:
    """Put together what `sources` say, the first of which goes first.

    Raises:
        ConfigError: one of their values makes no sense.
    """
    found = _Merger(sources)
    return FunctionConfig(
        handler=found.text("handler", _HANDLER, _("<file>.<function> such as index.main")),
        runtime=found.text("runtime", _RUNTIME, _("a name such as Nodejs18.15 or Python3.9")),
        timeout=found.integer("timeout", DEFAULT_TIMEOUT, 1, MAX_TIMEOUT),
        memory=found.integer("memorySize", DEFAULT_MEMORY, 64, MAX_MEMORY),
        permissions=found.permissions(),
        environment=found.environment(),
        layers=found.layers(),
        triggers=found.triggers(),
        install_dependency=found.truth("installDependency"),
        ignore=found.patterns("ignore"),
        kind=found.kind(),
        set_by=found.set_by,
    )


class _Merger:
    """Looks keys up, and remembers where each was."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self.set_by: dict[str, str] = {}

    def _find(self, key: str) -> Iterator[tuple[Source, Any]]:
        """Give the first source that has the key with its value; nothing when none has it."""
        for source in self._sources:
            if source.values.get(key) is not None:
                self.set_by[key] = source.file
                yield source, source.values[key]
                return

    def text(self, key: str, form: re.Pattern[str], example: str) -> str | None:
        for source, value in self._find(key):
            if not isinstance(value, str) or not form.fullmatch(value):
                raise source.error(
                    _("{key} must be {example}, not {value!r}").format(key=key, example=example, value=value)
                )
            return value
        return None

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        for source, given in self._find(key):
            # {{env.X}} leaves a text behind.
            filled_in = source.deploys and isinstance(given, str) and given.isascii() and given.isdigit()
            value = int(given) if filled_in and len(given) < 10 else given
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise source.error(
                    _("{key} must be a whole number from {low} to {high}, not {value!r}").format(
                        key=key, low=low, high=high, value=value
                    )
                )
            return value
        return default

    def truth(self, key: str) -> bool | None:
        for source, value in self._find(key):
            if not isinstance(value, bool):
                raise source.error(
                    _("{key} must be true or false, not {value!r}").format(key=key, value=value)
                )
            return value
        return None

    def kind(self) -> Literal["Event", "HTTP"]:
        for source, value in self._find("type"):
            if value not in ("Event", "HTTP"):
                raise source.error(_('type must be "Event" or "HTTP", not {value!r}').format(value=value))
            return "HTTP" if value == "HTTP" else "Event"
        return "Event"

    def patterns(self, key: str) -> tuple[str, ...]:
        for source, value in self._find(key):
            patterns = [value] if isinstance(value, str) else value
            if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
                raise source.error(
                    _("{key} must be a pattern or a list of them, not {value!r}").format(key=key, value=value)
                )
            return tuple(patterns)
        return ()

    def permissions(self) -> tuple[str, ...]:
        for source, permissions in self._find("permissions"):
            listed = permissions.get("openapi", []) if isinstance(permissions, dict) else None
            if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
                raise source.error(_('permissions must be {"openapi": ["ocr.idcard", ...]}'))
            return tuple(listed)
        return ()

    def layers(self) -> tuple[Layer, ...]:
        for source, value in self._find("layers"):
            for index, layer in enumerate(_objects(source, "layers", value, '{"name": "...", "version": 1}')):
                name, version = layer.get("name"), layer.get("version")
                if not isinstance(name, str) or not name:
                    raise source.error(
                        _("layers[{index}].name must be the name of a layer, not {name!r}").format(
                            index=index, name=name
                        )
                    )
                if isinstance(version, bool) or not isinstance(version, (int, type(None))):
                    raise source.error(
                        _("layers[{index}].version must be a whole number, not {version!r}").format(
                            index=index, version=version
                        )
                    )
            if len(value) > MAX_LAYERS:
                raise source.error(
                    _("layers are {count}, and a function takes {max_layers} at most").format(
                        count=len(value), max_layers=MAX_LAYERS
                    )
                )
            return tuple(Layer(layer["name"], layer.get("version")) for layer in value)
        return ()

    def triggers(self) -> tuple[Trigger, ...]:
        example = '{"name": "daily", "type": "timer", "config": "0 0 2 * * * *"}'
        for source, value in self._find("triggers"):
            names = set()
            for index, trigger in enumerate(_objects(source, "triggers", value, example)):
                name = trigger.get("name")
                if not isinstance(name, str) or not _TRIGGER.fullmatch(name) or name in names:
                    raise source.error(
                        _(
                            "triggers[{index}].name must be a name of its own, with letters, digits, '_' and '-', a "
                            "letter first, not {name!r}"
                        ).format(index=index, name=name)
                    )
                names.add(name)
                for key in ("type", "config"):
                    if not isinstance(trigger.get(key), str):
                        raise source.error(
                            _("triggers[{index}].{key} must be text, as in {example}").format(
                                index=index, key=key, example=example
                            )
                        )
            return tuple(Trigger(each["name"], each["type"], each["config"]) for each in value)
        return ()

    def environment(self) -> dict[str, str]:
        variables: dict[str, str] = {}
        for source in reversed(self._sources):
            own = source.values.get("envVariables")
            if own is None:
                continue
            if not isinstance(own, dict):
                raise source.error(_('envVariables must be an object such as {"KEY": "value"}'))
            for key, value in own.items():
                variables[key] = _variable(source, key, value)
            self.set_by["envVariables"] = source.file
            if sum(len(f"{key}{value}".encode()) for key, value in variables.items()) > MAX_ENVIRONMENT_BYTES:
                raise source.error(
                    _("envVariables take more than {max_environment_bytes} bytes").format(
                        max_environment_bytes=MAX_ENVIRONMENT_BYTES
                    )
                )
        return variables


def _objects(source: Source, key: str, value: Any, example: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise source.error(_("{key} must be a list such as [{example}]").format(key=key, example=example))
    return value


def _variable(source: Source, key: str, value: Any) -> str:
    if not _VARIABLE.fullmatch(key) or key.startswith(_RESERVED_PREFIXES):
        raise source.error(
            _(
                "envVariables: {key!r} is not allowed. Use letters, digits and '_'; {reserved_prefixes} "
                "belong to the platform"
            ).format(key=key, reserved_prefixes=", ".join(_RESERVED_PREFIXES))
        )
    if source.deploys and isinstance(value, (bool, int, float)):
        value = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str) or "\0" in value or not _is_utf8(value):
        raise source.error(_("envVariables: the value of {key} must be text").format(key=key))
    return value


def _is_utf8(text: str) -> bool:
    """Tell whether `text` can be an environment variable; JSON can hold half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
