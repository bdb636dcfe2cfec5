"""scf_bootstrap: what is wrong with one, and what of it is replaced on this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.runtime.http_bootstrap import command, make_tools, problem

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scf_bootstrap is a shell script")


def write(folder: Path, text: str | bytes, mode: int = 0o755) -> Path:
    path = folder / "scf_bootstrap"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return folder


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("python3 app.py\n", 0o755, "has no #!/bin/bash in its first line"),
        ("", 0o755, "has no #!/bin/bash in its first line"),
        ("#!\n", 0o755, "has no #!/bin/bash in its first line"),
        (b"#!/bin/bash\r\npython3 app.py\r\n", 0o755, "has the line ends of Windows"),
        (b"#!/bin/bash\npython3 app.py\r\n", 0o755, "has the line ends of Windows"),
        ("#!/bin/bash\npython3 app.py\n", 0o644, "may not be executed"),
        ("#!/nowhere/bash\npython3 app.py\n", 0o755, "asks for /nowhere/bash"),
    ],
)
def test_what_the_platform_could_not_start(tmp_path: Path, text: str | bytes, mode: int, says: str) -> None:
    sentence = problem(write(tmp_path, text, mode))
    assert sentence.startswith("scf_bootstrap")
    assert says in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "first", ["#!/bin/bash", "#!/bin/sh", "#!/usr/bin/env bash", "#!/var/lang/python310/bin/python3.10"]
)
def test_what_it_starts(tmp_path: Path, first: str) -> None:
    assert problem(write(tmp_path, f"{first}\n")) == ""


def test_paths_and_port_of_the_platform_are_replaced_and_the_file_is_not(tmp_path: Path) -> None:
    folder, tools = tmp_path / "web", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    make_tools(tools, (sys.executable,))
    text = (
        "#!/bin/bash\n"
        "# 19000 and 9000.5 stay\n"
        'echo "$0" "${PORT:-9000}" --bind=0.0.0.0:9000\n'
        "/var/lang/python310/bin/python3.10 -c 'import sys; print(sys.executable)'\n"
        "/var/lang/python39/bin/python3 -c 'print(39)'\n"
    )
    write(folder, text)
    words = command(folder, tools, 4321)
    assert words[:2] == ("/bin/bash", "-c")
    assert "# 19000 and 9000.5 stay" in words[2]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, env={}, check=True)
    assert done.stdout.splitlines() == [
        f"{folder / 'scf_bootstrap'} 4321 --bind=0.0.0.0:4321",
        sys.executable,
        "39",
    ]
    assert (folder / "scf_bootstrap").read_text() == text


def test_a_bootstrap_in_python_is_run_by_the_interpreter_here(tmp_path: Path) -> None:
    make_tools(tmp_path, (sys.executable,))
    write(tmp_path, "#!/var/lang/python310/bin/python3.10 -u\nprint(9000)\n")
    words = command(tmp_path, tmp_path, 4321)
    assert words == (str(tmp_path / "python3"), "-u", str(tmp_path / "scf_bootstrap"))
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "9000\n", "only a shell's text is changed"
