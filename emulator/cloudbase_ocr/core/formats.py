"""Formats that people have beside those that WeChat takes: HEIC, TIFF and PDF, as pictures that the recognizer reads.

Only what reads files of this machine knows them: over HTTP they stay 101002, as on WeChat. TIFF needs nothing beside
the engine; HEIC and PDF need the extra ``formats``, which is imported when such a file comes.
"""

from __future__ import annotations

import importlib.util
import io
import threading
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.imagefile import HEIC, TIFF, kind_of
from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.bounds import check_size, damaged
from cloudbase_ocr.recognizer.errors import FormatNotInstalled, NotAnImage, RecognitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

PDF = "PDF"
PAGED = frozenset({TIFF.name, PDF})
"""Formats of which one file holds several pictures."""

SUFFIXES = {".heic": HEIC.name, ".heif": HEIC.name, ".tif": TIFF.name, ".tiff": TIFF.name, ".pdf": PDF}
"""How files of these formats are called, with the format's name."""

HEAD = 1024
"""Bytes from the start of a file that tell its format: a PDF may begin with something else (ISO 32000-1, annex H)."""

REMEDY = "pip install 'cloudbase-ocr[formats]'"

_PACKAGES = {HEIC.name: "pillow_heif", PDF: "pypdfium2"}
_DPI = 300
_POINTS = 72
_LONGEST = 4000
"""Pixels of the longer side that a page of a PDF gets at most: lines are read at a height of 48 pixels."""

_pdfium = threading.Lock()
"""PDFium may be called by one thread at a time."""


def format_of(head: bytes) -> str | None:
    """Return the name of a file's format by its first `HEAD` bytes, if it is one of HEIC, TIFF and PDF."""
    if b"%PDF-" in head[:HEAD] and kind_of(head) is None:
        return PDF
    kind = kind_of(head)
    if kind in (HEIC, TIFF):
        return kind.name
    return None


def is_installed(name: str) -> bool:
    """Tell whether pictures of this format can be read here."""
    return name not in _PACKAGES or importlib.util.find_spec(_PACKAGES[name]) is not None


def count_pages(data: bytes) -> int:
    """Return how many pages a TIFF or PDF has.

    Raises:
        NotAnImage: it is damaged, or asks for a password.
        FormatNotInstalled: the extra ``formats`` is missing.
    """
    if format_of(data[:HEAD]) == PDF:
        with _document(data) as document:
            return len(document)
    with _tiff(data) as image:
        return int(getattr(image, "n_frames", 1))


def readable(data: bytes, page: int | None, max_pixels: int) -> bytes:
    """Return a picture as a file that the recognizer decodes: HEIC, TIFF and PDF as BMP, everything else as it is.

    `page` counts from 1; None is the first.

    Raises:
        NotAnImage: it is damaged, or asks for a password.
        ImageTooLarge: it has more than `max_pixels` pixels, or is a strip.
        FormatNotInstalled: the extra ``formats`` is missing.
    """
    name = format_of(data[:HEAD])
    if name is None:
        return data
    decode = {HEIC.name: _heic, TIFF.name: _frame, PDF: _page}[name]
    picture = decode(data, (page or 1) - 1, max_pixels)
    stream = io.BytesIO()
    _opaque(picture).save(stream, "BMP")
    return stream.getvalue()


def _heic(data: bytes, _number: int, max_pixels: int) -> Image.Image:
    with _decoding(HEIC.name):
        _require(HEIC.name)
        file = import_module("pillow_heif").open_heif(data, convert_hdr_to_8bit=True)
        width, height = file.size
        check_size(width, height, max_pixels)
        picture: Image.Image = file.to_pillow()  # upright: libheif applies the orientation
        return picture


def _frame(data: bytes, number: int, max_pixels: int) -> Image.Image:
    from PIL import ImageOps

    with _tiff(data) as image, _decoding(TIFF.name):
        image.seek(number)
        check_size(*image.size, max_pixels)
        image.load()
        return ImageOps.exif_transpose(image)


def _page(data: bytes, number: int, max_pixels: int) -> Image.Image:
    with _document(data) as document, _decoding(PDF):
        page = document[number]
        longer = max(page.get_size())
        scale = min(_DPI / _POINTS, _LONGEST / max(longer, 1))
        width, height = (max(1, round(side * scale)) for side in page.get_size())
        check_size(width, height, max_pixels)
        picture: Image.Image = page.render(scale=scale).to_pil()
        return picture


@contextmanager
def _tiff(data: bytes) -> Iterator[Image.Image]:
    """Open a TIFF; only its header is read."""
    from PIL import TiffImagePlugin

    with _decoding(TIFF.name):
        # The class itself: `Image.open` warns and raises by bounds of its own.
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    with image:
        yield image


@contextmanager
def _document(data: bytes) -> Iterator[Any]:
    """Open a PDF, while no other thread has one."""
    _require(PDF)
    pdfium = import_module("pypdfium2")
    with _pdfium:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            if "password" in str(error).lower():
                raise NotAnImage(_("the PDF asks for a password; save it again without one")) from error
            raise damaged(PDF, error) from error
        try:
            yield document
        finally:
            document.close()


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises on damaged data into `NotAnImage`."""
    try:
        yield
    except RecognitionError:
        raise
    except Exception as error:
        raise damaged(name, error) from error


def _require(name: str) -> None:
    if not is_installed(name):
        raise FormatNotInstalled(
            _("{name} pictures need another package; run: {remedy}").format(name=name, remedy=REMEDY)
        )


def _opaque(picture: Image.Image) -> Image.Image:
    """Return the colours of a picture on white, as it would be printed; 16 bits a channel become 8."""
    from PIL import Image

    if picture.mode.startswith(("I", "F")):
        picture = _grey(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture)
    return picture.convert("RGB")


def _grey(picture: Image.Image) -> Image.Image:
    """Return a picture of more than 8 bits a pixel with 8, from its darkest to its lightest."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(picture, np.float32)
    low, high = float(pixels.min()), float(pixels.max())
    return Image.fromarray(((pixels - low) * (255 / max(high - low, 1e-6))).astype(np.uint8))
