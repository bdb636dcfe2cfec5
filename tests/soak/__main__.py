"""``python -m tests.soak [TIMES]``: kill the recorder and the emulator 100 times each, and count what is lost."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.soak.kills import kill_emulator, kill_recorder


def main() -> int:
    """Run both; return 1 when something was lost."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    problems = 0
    for title, run in (("record", kill_recorder), ("serve --state", kill_emulator)):
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            result = run(times, Path(folder), seed=times)
        print(f"{title}: {result} ({time.monotonic() - start:.0f} s)")
        for problem in result.problems:
            print("  " + problem)
        problems += len(result.problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
