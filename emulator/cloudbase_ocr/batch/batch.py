"""Reads the pictures of one call, side by side, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers import Shape
from cloudbase_ocr.answers.recognizers import batch_recognizer
from cloudbase_ocr.batch.reading import Reading, read
from cloudbase_ocr.batch.run import in_order
from cloudbase_ocr.recognizer.ocr.cpu import cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from cloudbase_ocr.batch.drawing import Drawings
    from cloudbase_ocr.batch.pictures import Picture
    from cloudbase_ocr.settings import Settings
    from wxcloud.contract import Method

_MOST_WORKERS = 8
"""Each takes up to 0.7 GB of memory; more have to be asked for."""


def worker_count(wanted: int | None, pictures: int) -> int:
    """Return how many processes read: `wanted`, else one for each core; never more than there are pictures."""
    return min(pictures, wanted or min(cores(), _MOST_WORKERS))


@dataclass(frozen=True)
class Outcome:
    """What came of one picture. `reading` is None when the file could not be read; `error` says what went wrong."""

    picture: Picture
    reading: Reading | None
    error: str = ""

    @property
    def succeeded(self) -> bool:
        """Tell whether the document was read, and drawn if that was asked for."""
        return self.reading is not None and self.reading.succeeded and not self.error

    def entry(self, *, explain: bool) -> dict[str, Any]:
        """Return the object that is printed as one line."""
        entry: dict[str, Any] = {"file": self.picture.name}
        if self.reading is not None:
            entry |= self.reading.entry(explain=explain)
        if self.error:
            entry["error"] = self.error
        return entry


class Batch:
    """Reads pictures as documents of `method`, or as what they show.

    With `workers`, that many processes with one thread each read side by side; 0: this process reads, with all cores.
    """

    def __init__(
        self, settings: Settings, method: Method | None, workers: int, drawings: Drawings | None = None
    ) -> None:
        """Prepare; nothing is loaded yet."""
        self._method = method
        self._shape = Shape.of(settings)
        self._drawings = drawings
        self._threads = max(1, workers)
        self._recognizer = batch_recognizer(settings, workers)

    def __enter__(self) -> Batch:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        self._recognizer.close()

    def outcomes(self, pictures: Sequence[Picture]) -> Iterator[Outcome]:
        """Give what came of each picture, in order.

        Raises:
            EngineUnavailable: the engine is not installed.
        """
        return (outcome for _, outcome in in_order(self._outcome, pictures, self._threads))

    def _outcome(self, picture: Picture) -> Outcome:
        try:
            image = picture.read()
        except OSError as error:
            return Outcome(picture, None, f"{picture.name}: {error.strerror}. Check the path.")
        reading = read(self._recognizer, self._method, self._shape, image)
        return Outcome(picture, reading, self._drawn(picture, reading, image))

    def _drawn(self, picture: Picture, reading: Reading, image: bytes) -> str:
        """Draw what was read, if that was asked for; return what went wrong."""
        if self._drawings is None or not reading.succeeded:
            return ""
        path = self._drawings.path_of(picture)
        try:
            self._drawings.save(image, reading.fields, path)
        except OSError as error:
            return f"{path}: the drawing cannot be written ({error.strerror or error}). Name another place with --draw."
        return ""
