"""One picture's line of output: the object that is printed, and what is to be said and counted of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudbase_ocr.answers.market import Market
    from cloudbase_ocr.batch.batch import Outcome

READ, REFUSED, FAILED = "read", "refused", "failed"
"""What may come of a picture. Refused: it was looked at, in vain. Failed: its file could not be read."""

DOUBTFUL_BELOW = 0.8
"""The least confidence of a field that is not doubtful, where nothing else is asked for."""


@dataclass(frozen=True)
class LineOptions:
    """What lines hold: what each field rests on (`explain`), and below which confidence a reading is doubtful.

    With `market`, WeChat's JSON is that of its service market.
    """

    explain: bool = False
    min_confidence: float = DOUBTFUL_BELOW
    market: Market | None = None


@dataclass(frozen=True)
class Line:
    """`entry` is the JSON object. `seconds` are those of reading; None when it did not begin."""

    entry: dict[str, Any]
    state: str
    doubtful: bool
    succeeded: bool
    seconds: float | None

    @property
    def file(self) -> str:
        """The picture as it was named."""
        return str(self.entry["file"])

    @property
    def error(self) -> str:
        """What is to be said on stderr; empty when nothing is."""
        told: str = self.entry.get("error", "")
        return told

    @property
    def needs_a_look(self) -> bool:
        """Tell whether a person should look at the picture."""
        return self.doubtful or not self.succeeded

    def packed(self) -> dict[str, Any]:
        """Return it as a JSON object, for another process."""
        return asdict(self)


def line_of(outcome: Outcome, options: LineOptions) -> Line:
    """Return the line of what came of a picture."""
    item, reading = outcome.item, outcome.reading
    entry: dict[str, Any] = {"file": item.picture.name}
    if item.page is not None:
        entry |= {"page": item.page, "pages": item.pages}
    doubtful, seconds = False, None
    if reading is not None:
        entry |= reading.entry(explain=options.explain, market=options.market)
        lowest = reading.lowest
        doubtful = lowest is not None and lowest.confidence < options.min_confidence
        if doubtful:
            entry["doubtful"] = True
        seconds = None if reading.explanation is None else reading.explanation.seconds
    if outcome.error:
        entry["error"] = outcome.error
    state = FAILED if reading is None else READ if reading.succeeded else REFUSED
    return Line(entry, state, doubtful, outcome.succeeded, seconds)
