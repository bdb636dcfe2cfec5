"""Reads pictures of a program in several processes, each answer or error as it is."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.batch.decoding import Decoders
from cloudbase_ocr.batch.items import items
from cloudbase_ocr.batch.run import in_order
from cloudbase_ocr.recognizer import EngineUnavailable, Explanation, RecognitionError, WorkerRecognizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudbase_ocr.batch.items import Item
    from cloudbase_ocr.batch.pictures import Picture

Answer = Explanation | OSError | RecognitionError


def side_by_side(
    pictures: Iterable[tuple[Any, Picture]],
    key: str | None,
    *,
    workers: int,
    max_pixels: int,
    limit: float | None,
    ordered: bool,
) -> Iterator[tuple[Any, Item, Answer]]:
    """Give each page of each picture, with what it was named as and with its explanation or its error.

    Raises:
        EngineUnavailable: no picture can be read.
    """
    service = WorkerRecognizer(workers, 1, max_pixels, queue=workers, limit=limit)
    decoders = Decoders(limit)

    def read(pair: tuple[Any, Item]) -> Answer:
        try:
            return service.explain(key, pair[1].read(decoders, max_pixels))
        except EngineUnavailable:
            raise
        except (OSError, RecognitionError) as error:
            return error

    found = ((name, item) for name, picture in pictures for item in items([picture], decoders))
    with closing(service), decoders:
        for (name, item), answer in in_order(read, found, workers, ordered=ordered):
            yield name, item, answer
