"""What cloudbase-ocr.toml in the working directory says of options; options and variables go before it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cloudbase_ocr.commands.common import wrong_call
from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.project.toml_file import FILE, read_toml
from cloudbase_ocr.settings import settings_of


def defaults_here() -> dict[str, Any]:
    """Return the settings of the file by name; a relative path is one from the file's folder, which is this one.

    Raises:
        UserError: the file cannot be read, has a setting that does not exist, or one with a wrong value.
    """
    with wrong_call(ConfigError):
        given = dict(read_toml(Path()).settings)
    with wrong_call(ConfigError):
        try:
            settings_of(**given)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{FILE}: {error}") from error
        except FileNotFoundError as error:
            raise ConfigError(f"{FILE}: {error.strerror}: {os.fspath(error.filename)}") from error
    return given
