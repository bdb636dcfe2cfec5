"""Reads the pictures of one call, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.answers import Shape
from cloudbase_ocr.answers.recognizers import BATCH_LIMIT, batch_recognizer
from cloudbase_ocr.batch.decoding import Decoders
from cloudbase_ocr.batch.items import items
from cloudbase_ocr.batch.reading import Reading, read, refused
from cloudbase_ocr.batch.run import in_order
from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer import RecognitionError
from cloudbase_ocr.recognizer.errors import FormatNotInstalled
from cloudbase_ocr.recognizer.ocr.cpu import cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from cloudbase_ocr.batch.drawing import Drawings
    from cloudbase_ocr.batch.items import Item
    from cloudbase_ocr.batch.pictures import Picture
    from cloudbase_ocr.settings import Settings
    from wxcloud.contract import Method

_MOST_WORKERS = 8
"""Each takes up to 0.7 GB of memory; more have to be asked for."""


def worker_count(wanted: int | None, pictures: int | None = None) -> int:
    """Return how many processes read: `wanted`, else one for each core up to eight; at most one for each picture."""
    count = wanted or min(cores(), _MOST_WORKERS)
    return count if pictures is None else min(pictures, count)


@dataclass(frozen=True)
class Outcome:
    """What came of one picture. `reading` is None when the file could not be read; `error` says what went wrong."""

    item: Item
    reading: Reading | None
    error: str = ""

    @property
    def succeeded(self) -> bool:
        """Tell whether the document was read, and drawn if that was asked for."""
        return self.reading is not None and self.reading.succeeded and not self.error


class Batch:
    """Reads pictures as documents of `method`, or as what they show.

    With `workers`, that many processes with one thread each read side by side; 0: this process reads, with all cores.
    """

    def __init__(
        self, settings: Settings, method: Method | None, workers: int, drawings: Drawings | None = None
    ) -> None:
        """Prepare; nothing is loaded yet.

        Raises:
            ValueError: the weights of the user's choice cannot be used.
        """
        self._method = method
        self._shape = Shape.of(settings)
        self._max_pixels = settings.max_pixels
        self._drawings = drawings
        self._threads = max(1, workers)
        self._recognizer = batch_recognizer(settings, workers)
        self._decoders = Decoders(BATCH_LIMIT)

    def __enter__(self) -> Batch:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        with self._decoders:
            self._recognizer.close()

    def warm(self) -> None:
        """Load the engine, so that the time of the pictures is theirs alone.

        Raises:
            EngineUnavailable: the engine is not installed, or cannot be loaded.
        """
        self._recognizer.warm()

    def items(self, pictures: Iterable[Picture]) -> Iterator[Item]:
        """Give what is to be read one by one: every page of every picture, in order."""
        return items(pictures, self._decoders)

    def outcomes(self, found: Iterable[Item], *, ordered: bool = True) -> Iterator[Outcome]:
        """Give what came of each picture, or page of one: in order, or as they are done.

        Raises:
            EngineUnavailable: the engine is not installed.
        """
        results = in_order(self._outcome, found, self._threads, ordered=ordered)
        return (outcome for _, outcome in results)

    def _outcome(self, item: Item) -> Outcome:
        picture = item.picture
        try:
            image = item.read(self._decoders, self._max_pixels)
        except OSError as error:
            return Outcome(
                item,
                None,
                _("{name}: {strerror}. Check the path.").format(
                    name=picture.name, strerror=error.strerror or error
                ),
            )
        except FormatNotInstalled as error:
            return Outcome(item, None, _("{name}: {error}.").format(name=picture.name, error=error))
        except RecognitionError as error:
            return Outcome(item, refused(self._method, error))
        reading = read(self._recognizer, self._method, self._shape, image)
        return Outcome(item, reading, self._drawn(item, reading, image))

    def _drawn(self, item: Item, reading: Reading, image: bytes) -> str:
        """Draw what was read, if that was asked for; return what went wrong."""
        if self._drawings is None or not reading.succeeded:
            return ""
        path = self._drawings.path_of(item.picture, item.page if item.pages != 1 else None)
        try:
            self._drawings.save(image, reading.fields, path)
        except OSError as error:
            return _(
                "{path}: the drawing cannot be written ({strerror}). Name another place with --draw."
            ).format(path=path, strerror=error.strerror or error)
        return ""
