"""A few photos of the benchmark, kept as files: tests read them without the fonts that drawing needs.

``python -m tests.emulator.recognizer.kept_photos`` draws them again, where the fonts are installed.
"""

from __future__ import annotations

from pathlib import Path

from tests.bench.ocr.cases import DOCUMENTS, Case

FOLDER = Path(__file__).parent / "photos"
CASES = [
    Case(next(each for each in DOCUMENTS if each.name == name), level, "dev", 900)
    for name, level in (
        ("idcard-back", "L2r"),
        ("bankcard-embossed", "L2"),
        ("driving-back", "L2"),
        ("drivinglicense", "L1r"),
        ("bizlicense-portrait", "L1"),
        ("platenum", "L2"),
        ("menu", "L2"),
        ("comm", "L1"),
    )
]


def photo(case: Case) -> bytes:
    """Return the JPEG that is kept of a case."""
    return (FOLDER / f"{case.name}.jpg").read_bytes()


if __name__ == "__main__":
    for drawn in CASES:
        (FOLDER / f"{drawn.name}.jpg").write_bytes(drawn.picture().jpeg)
