"""What CloudBase accepts, as documented or as `@cloudbase/cli` enforces it."""

from __future__ import annotations

_MEBIBYTE = 1024 * 1024

MAX_ZIP_BYTES = 50 * _MEBIBYTE
"""`@cloudbase/cli` refuses a larger zip (observation: version 2.12.10)."""

MAX_UNPACKED_BYTES = 500 * _MEBIBYTE
"""Documented for SCF: code and layers, unpacked."""

MAX_TIMEOUT = 60
"""Seconds that cloudbaserc.json may ask for (documented: functions/configs)."""

MIN_MEMORY, MAX_MEMORY = 128, 2048
"""MB that cloudbaserc.json may ask for (documented: functions/configs)."""

PLATFORM_VARIABLES = ("WX_", "TCB_", "SCF_", "TENCENTCLOUD_", "QCLOUD_")
"""Beginnings of variable names that the platform sets itself."""
