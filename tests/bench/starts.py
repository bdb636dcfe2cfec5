"""What a start costs: of an interpreter that imports wxcloud, and of a function's process until it is ready."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.runtime import Runtime, RuntimeOptions
from tests.bench.timing import Pair, in_turn, run_python, seconds_of

ROUNDS = 15
INSTALLATIONS = 3
_TRIVIAL = "def main(event, context):\n    return event\n"


def importing_wxcloud() -> Pair:
    """Seconds of an interpreter that imports wxcloud, against one that does nothing."""
    env = {**os.environ, "PYTHONPATH": str(included_functions())}
    return in_turn(
        lambda: seconds_of(lambda: run_python("-c", "import wxcloud", env=env)),
        lambda: seconds_of(lambda: run_python("-c", "pass", env=env)),
        ROUNDS,
    )


def function_process() -> Pair:
    """Seconds from nothing to the answer of a trivial function, against an interpreter that starts and ends."""
    with tempfile.TemporaryDirectory() as folder:
        _write_function(Path(folder))
        return in_turn(
            lambda: _cold_call(Path(folder)),
            lambda: seconds_of(lambda: run_python("-I", "-c", "pass")),
            ROUNDS,
        )


def warm_and_cold_call() -> Pair:
    """Seconds of a call that finds its process running, against one that has to start it (the peer)."""
    with tempfile.TemporaryDirectory() as folder:
        _write_function(Path(folder))
        with Runtime(Path(folder)) as runtime:
            runtime.invoke("trivial", {})
            return in_turn(
                lambda: seconds_of(lambda: runtime.invoke("trivial", {})),
                lambda: _cold_call(Path(folder)),
                ROUNDS,
            )


def with_packages() -> Pair:
    """Seconds of the first answer of a function that asks for pydantic: installed before, against installed now."""
    with tempfile.TemporaryDirectory() as folder:
        _write_function(Path(folder))
        index = Path(folder) / "trivial" / "index.py"
        index.write_text(f"import pydantic\n\n{_TRIVIAL}", encoding="utf-8")
        index.with_name("requirements.txt").write_text("pydantic\n", encoding="utf-8")

        def first() -> float:
            cache = tempfile.mkdtemp(dir=folder)
            return _cold_call(Path(folder), RuntimeOptions(cache=Path(cache)))

        before = RuntimeOptions(cache=Path(tempfile.mkdtemp(dir=folder)))
        return in_turn(lambda: _cold_call(Path(folder), before), first, INSTALLATIONS)


def _cold_call(folder: Path, options: RuntimeOptions | None = None) -> float:
    with Runtime(folder, options) as runtime:
        return seconds_of(lambda: runtime.invoke("trivial", {}))


def _write_function(folder: Path) -> None:
    (folder / "trivial").mkdir()
    (folder / "trivial" / "index.py").write_text(_TRIVIAL, encoding="utf-8")
    (folder / "trivial" / "config.json").write_text("{}", encoding="utf-8")
