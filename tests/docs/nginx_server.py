"""nginx of this machine, with rules of the pages or of a file."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def nginx_command(folder: Path, rules: str) -> list[str]:
    """Write what makes `rules`, which stand within ``http``, a file that nginx runs in `folder`; return its command."""
    assert NGINX is not None
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;\nevents {{}}\n"
        f"http {{\n{temporary}{rules}\n}}\n",
        encoding="utf-8",
    )
    return [NGINX, "-p", str(folder), "-c", str(path)]


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """Return a port of `host` that nobody has."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
