"""What each rule of thumb of the readers gains: the table in docs/heuristics.md.

    python -m tests.bench.ocr.ablation --images 20 --write

Every picture of the cells concerned is read with all rules, and again with each of them switched off. The networks
run only for what they were not asked before, so that a rule costs little more than what it changes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from cloudbase_ocr.recognizer.documents.registry import reader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.layout.sublabels import nothing
from cloudbase_ocr.recognizer.ocr.engine import Engine
from cloudbase_ocr.recognizer.page.page import Page
from tests.bench.ocr.cases import HALVES, Case, cases
from tests.bench.ocr.heuristics import HEURISTICS
from tests.bench.ocr.judge import RIGHT, WRONG, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.image.decode import Decoded

DOCUMENT = Path(__file__).parents[3] / "docs/heuristics.md"
MARK, END = "<!-- measured -->", "<!-- /measured -->"
MAX_PIXELS = 40_000_000
ASKED = ("detect", "recognize", "recognize_all", "hypotheses", "likelihoods")


class Memo:
    """An engine that is asked the same thing only once."""

    def __init__(self, engine: Engine) -> None:
        """Nothing was asked yet."""
        self._known: dict[str, Any] = {}
        self._arrays: dict[int, tuple[Any, str]] = {}
        for name in ASKED:
            setattr(self, name, self._remembering(name, getattr(engine, name)))

    def _remembering(self, name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def remembered(*asked: Any) -> Any:
            plain = tuple(sorted(each) if isinstance(each, (set, frozenset)) else each for each in asked)
            key = repr([name, *map(self._key, plain)])
            if key not in self._known:
                self._known[key] = ask(*plain)
            return self._known[key]

        return remembered

    def _key(self, asked: Any) -> Any:
        """What tells a question from others; arrays are kept, so that no other takes their place in memory."""
        if isinstance(asked, list):
            return [self._key(each) for each in asked]
        if not isinstance(asked, np.ndarray):
            return asked
        if id(asked) not in self._arrays:
            digest = hashlib.blake2b(asked.tobytes(), digest_size=16)
            self._arrays[id(asked)] = asked, f"{asked.shape} {digest.hexdigest()}"
        return self._arrays[id(asked)][1]


@dataclass
class Gain:
    """What a rule changed: how many more fields are right with it than without it, and how many more are wrong."""

    pictures: int = 0
    changed: int = 0
    right: int = 0
    wrong: int = 0

    def count(self, with_it: Counter[str], without: Counter[str]) -> None:
        """Take one more picture."""
        self.pictures += 1
        self.changed += with_it != without
        self.right += with_it[RIGHT] - without[RIGHT]
        self.wrong += with_it[WRONG] - without[WRONG]


def measured(
    chosen: list[Case], engine: Engine, pictures: Path | None = None, tell: Callable[[str], object] = str
) -> dict[str, Gain]:
    """Read every picture with all rules and without each; the gains by what the rules do."""
    gains = {each.what: Gain() for each in HEURISTICS}
    for case in chosen:
        concerned = [each for each in HEURISTICS if case.document.key in each.documents]
        if concerned:
            one = _Drawn.of(case, pictures, engine)
            with_all = one.verdicts()
            for heuristic in concerned:
                with heuristic.switched_off():
                    without = one.verdicts()
                gains[heuristic.what].count(with_all, without)
                if with_all != without:
                    tell(f"{case.name}: {heuristic.what}: {dict(with_all)}, without {dict(without)}")
    return gains


@dataclass(frozen=True)
class _Drawn:
    """A picture with its truth, ready to be read again and again."""

    case: Case
    decoded: Decoded
    truth: Any
    engine: Any

    @classmethod
    def of(cls, case: Case, pictures: Path | None, engine: Engine) -> _Drawn:
        """Draw it, or take it from a folder where it was drawn before."""
        path = pictures / f"{case.name}.jpg" if pictures else None
        if path is not None and path.exists():
            jpeg = path.read_bytes()
            truth: Any = SimpleNamespace(**json.loads(path.with_suffix(".json").read_text("utf-8")))
        else:
            truth = case.picture()
            jpeg = truth.jpeg
        return cls(case, decode(jpeg, MAX_PIXELS), truth, Memo(engine))

    def verdicts(self) -> Counter[str]:
        """Read it; how many fields are right, missing and wrong."""
        document = reader(self.case.document.key)
        skip = document.skip_lines or nothing
        page = Page(self.decoded, self.engine, document.long_side, leave_out=skip)
        try:
            answer = document.read(page).fields
        except DocumentNotFound:
            answer = None
        return Counter(judge(self.case, self.truth, answer).values())


def table(gains: dict[str, Gain], command: str) -> str:
    """The table for the page, with the command that made it."""
    rows = [f"`{command}`", "", "| rule | module | pictures | answers changed | right | wrong |"]
    rows.append("| --- | --- | ---: | ---: | ---: | ---: |")
    for heuristic in {each.what: each for each in HEURISTICS}.values():
        gain = gains[heuristic.what]
        path = f"{heuristic.module.replace('.', '/')}.py"
        rows.append(
            f"| {heuristic.what} | [`{path}`](../emulator/cloudbase_ocr/recognizer/{path}) | {gain.pictures} "
            f"| {gain.changed} | {gain.right:+d} | {gain.wrong:+d} |"
        )
    return "\n".join(rows)


@click.command()
@click.option("--documents", default="", help="Names or beginnings, with commas; all by default.")
@click.option("--levels", default="L1,L2,L3", show_default=True, help="As for the benchmark.")
@click.option("--images", default=20, show_default=True, help="Pictures for each document and level.")
@click.option("--half", type=click.Choice(HALVES), default="dev", show_default=True)
@click.option("--pictures", type=click.Path(path_type=Path), help="Folder with pictures drawn before.")
@click.option("--write", is_flag=True, help="Put the table into docs/heuristics.md.")
def main(documents: str, levels: str, images: int, half: str, pictures: Path | None, *, write: bool) -> None:
    """Measure what each rule of thumb gains."""
    named = tuple(word for word in documents.split(",") if word)
    chosen = list(cases(named, tuple(levels.split(",")), half, images))
    command = f"python -m tests.bench.ocr.ablation --levels {levels} --images {images} --half {half}"
    if documents:
        command += f" --documents {documents}"
    text = table(measured(chosen, Engine(), pictures, click.echo), command)
    click.echo(text)
    if write:
        page = DOCUMENT.read_text("utf-8")
        before, after = page.partition(MARK)[0], page.partition(END)[2]
        DOCUMENT.write_text(f"{before}{MARK}\n{text}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
