"""Names, versions and requirements of Python packages, as the package packaging implements their standards.

pytest brings it, and pip has a copy of its own: it is no dependency, because it would be one of the largest, and most
functions have no requirements. Import this module where it is used: its import raises `DependencyError` where neither
is installed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cloudbase_ocr.dependencies.errors import DependencyError
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from packaging import requirements, specifiers, utils, version
else:
    try:
        from packaging import requirements, specifiers, utils, version
    except ModuleNotFoundError:
        try:
            # Nobody's interface; it has been there, under these names, since pip 21.
            from pip._vendor.packaging import requirements, specifiers, utils, version
        except ModuleNotFoundError:
            raise DependencyError(
                _(
                    "requirements of a function are read by packaging, or by pip's copy of it, and neither "
                    "is installed. Run: {executable} -m ensurepip, or: uv pip install packaging"
                ).format(executable=sys.executable)
            ) from None

__all__ = ["requirements", "specifiers", "utils", "version"]
