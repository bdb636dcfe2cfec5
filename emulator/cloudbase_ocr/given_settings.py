"""Settings as programs and files give them: names and values are checked, a text is taken for a path."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.language import _
from cloudbase_ocr.settings import (
    CHOICES,
    MADE,
    RANGES,
    Settings,
    is_repeated,
    setting_fields,
    value_type,
)

if TYPE_CHECKING:
    from dataclasses import Field

_TAKES = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: _("true or false"),
    Path: "a path",
}


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
            meant = is_meant(name, known) or _(". There are {known}").format(known=", ".join(known))
            raise TypeError(_("there is no setting {name!r}{meant}").format(name=name, meant=meant))
    return Settings(**{name: _value(known[name], value) for name, value in given.items()})


def _value(setting: Field[Any], given: Any) -> Any:
    if is_repeated(setting):
        if isinstance(given, (str, bytes, os.PathLike)) or not hasattr(given, "__iter__"):
            raise TypeError(
                _("{name} takes several values; give a list, not {given!r}").format(
                    name=setting.name, given=given
                )
            )
        return tuple(_single(setting, each) for each in given)
    return given if given is None and setting.default is None else _single(setting, given)


def _single(setting: Field[Any], given: Any) -> Any:
    name, kind = setting.name, value_type(setting)
    if name == "state" and isinstance(given, os.PathLike):  # a folder, and not the URL that it may be
        return Path(given)
    if kind is Path and isinstance(given, (str, os.PathLike)):
        path = Path(given)
        if name not in MADE and not path.exists():
            raise FileNotFoundError(
                errno.ENOENT, _("the setting {name} names what does not exist").format(name=name), str(path)
            )
        return path
    if name in CHOICES:
        if given not in CHOICES[name]:
            raise ValueError(
                _("{name} is one of {choices}, and not {given!r}").format(
                    name=name, choices=", ".join(CHOICES[name]), given=given
                )
            )
        return given
    fits = isinstance(given, (int, float) if kind is float else kind) and isinstance(given, bool) == (
        kind is bool
    )
    if not fits:
        raise TypeError(
            _("{name} takes {takes}, and not {given!r}").format(name=name, takes=_TAKES[kind], given=given)
        )
    if kind is float and given <= 0:
        raise ValueError(_("{name} is more than 0, and not {given}").format(name=name, given=given))
    low, high = RANGES.get(name, (None, None))
    if (low is not None and given < low) or (high is not None and given > high):
        raise ValueError(
            _("{name} is from {low} to {high}, and not {given}").format(
                name=name, low=low, high="any number" if high is None else high, given=given
            )
        )
    return given
