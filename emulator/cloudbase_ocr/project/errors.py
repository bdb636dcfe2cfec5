"""What can be wrong with a project's files."""

from __future__ import annotations


class ConfigError(ValueError):
    """A file of the project is not what it should be; the message names file and key, and what belongs there."""
