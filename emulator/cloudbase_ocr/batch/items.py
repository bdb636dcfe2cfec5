"""What is read one by one: files, and of files with several pages each page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cloudbase_ocr.batch import archives
from cloudbase_ocr.batch.pictures import STANDARD_INPUT
from cloudbase_ocr.core import formats
from cloudbase_ocr.recognizer import RecognitionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudbase_ocr.batch.pictures import Picture


class Decoder(Protocol):
    """What decodes HEIC, TIFF and PDF: see `core.formats` and `batch.decoding`."""

    def count_pages(self, data: bytes) -> int:
        """Return how many pages a TIFF or PDF has."""

    def readable(self, data: bytes, page: int | None, max_pixels: int) -> bytes:
        """Return a picture, or a page from 1, as bytes that the recognizer decodes."""


@dataclass(frozen=True)
class Item:
    """A picture to read: a file, or the page `page` of one that has `pages`.

    `data` is there if it was read already, and `failure` if that was tried in vain.
    """

    picture: Picture
    page: int | None = None
    pages: int | None = None
    data: bytes | None = None
    failure: OSError | RecognitionError | None = None

    def read(self, decoder: Decoder, max_pixels: int) -> bytes:
        """Return the picture as bytes that the recognizer decodes.

        Raises:
            OSError: the file cannot be read.
            RecognitionError: it is damaged, needs the extra ``formats``, or ended the decoder.
        """
        if self.failure is not None:
            raise self.failure
        data = self.picture.read() if self.data is None else self.data
        return decoder.readable(data, self.page, max_pixels)


def items(pictures: Iterable[Picture], decoder: Decoder) -> Iterator[Item]:
    """Give every page of every picture, in order, but those to be skipped.

    Files are opened here to look how many pages they have. What can be read only once, or only from front to back, is
    read here.
    """
    for picture in pictures:
        try:
            data = picture.read() if _is_read_here(picture) else None
            pages = _count(picture, data, decoder)
        except (OSError, RecognitionError) as error:
            yield Item(picture, failure=error)
            continue
        if pages is None:
            yield Item(picture, data=data)
            continue
        for page in range(1, pages + 1):
            if page not in picture.skip:
                yield Item(picture, page, pages, data)


def _is_read_here(picture: Picture) -> bool:
    if picture.content is not None or picture.name == STANDARD_INPUT:
        return True
    if picture.archive and archives.is_read_in_order(picture.archive):
        return True
    paged = formats.SUFFIXES.get(picture.inner.suffix.lower()) in formats.PAGED
    return paged and not picture.is_plain_file


def _count(picture: Picture, data: bytes | None, decoder: Decoder) -> int | None:
    """Return how many pages a picture has; None if its format knows none."""
    if data is None and not picture.is_plain_file:
        return None
    if formats.format_of(picture.head() if data is None else data) not in formats.PAGED:
        return None
    return decoder.count_pages(picture.read() if data is None else data)
