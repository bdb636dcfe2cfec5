"""What the forms of a function that are called by URL need beside the code: ``scf_bootstrap`` and a Dockerfile.

Documented: ``scf_bootstrap`` is executable, has LF line ends, names its interpreter by an absolute path, and starts a
server on port 9000. A container of CloudBase Run listens on the port that the service names, 80 here.
"""

from __future__ import annotations

from cloudbase_ocr.build.targets import interpreter_path

BOOTSTRAP = "scf_bootstrap"
DOCKERFILE = "Dockerfile"


def bootstrap(python: str, handler: str, timeout: int) -> str:
    """Return ``scf_bootstrap``. PORT and WXCLOUD_PYTHON, when set, take the place of what is written in it."""
    return f"""#!/bin/sh
cd "$(dirname "$0")" || exit 1
export PORT="${{PORT:-9000}}" WXCLOUD_TIMEOUT="${{WXCLOUD_TIMEOUT:-{timeout}}}"
exec "${{WXCLOUD_PYTHON:-{interpreter_path(python)}}}" -u -m wxcloud.http_function {handler}
"""


def dockerfile(python: str) -> str:
    """Return the Dockerfile; inside CloudBase Run the calls need no token (documented: open interface service)."""
    return f"""FROM python:{python}-slim
WORKDIR /app
COPY . .
ENV PORT=80 WXCLOUD_PYTHON=python3 WXCLOUD_CREDENTIALS=tokenless PYTHONDONTWRITEBYTECODE=1
EXPOSE 80
CMD ["sh", "scf_bootstrap"]
"""
