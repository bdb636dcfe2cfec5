"""What is refused before anything is decoded: by the first bytes, the size in the header, the number of scans.

The emulator refuses the same pictures in the same words where no engine is installed: nothing here needs one.
"""

from __future__ import annotations

from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import ImageTooLarge, NotAnImage

MAX_PIXELS = 40_000_000
"""Width times height of the largest picture, where nothing else is asked for."""
# A 96-byte PNG of 2 x 1900 pixels has driven OCR pipelines to 15 GB. No document is a strip like that.
MAX_RATIO = 50
# Progressive JPEGs repeat the picture in scans, usually about ten. Each costs the time of all its pixels again.
MOST_SCANS = 100
SCANNED_PIXELS = 400_000_000
_SCAN = b"\xff\xda"


def unknown_format(data: bytes) -> NotAnImage:
    """Return the error of bytes that begin like none of the formats that are read."""
    start = "no bytes" if not data else _("its first bytes are {start}").format(start=data[:8].hex(" "))
    return NotAnImage(_("this is not a JPEG, PNG, WebP, BMP or GIF picture ({start})").format(start=start))


def unreadable_header(why: object) -> NotAnImage:
    """Return the error of a picture whose header is damaged or cut short."""
    return NotAnImage(_("the picture's header cannot be read ({why})").format(why=why))


def damaged(kind: str, why: object) -> NotAnImage:
    """Return the error of a picture whose pixels are damaged or cut short."""
    return NotAnImage(_("the {kind} data is damaged or cut short ({why})").format(kind=kind, why=why))


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture by its size in pixels, as the header gives it.

    Raises `NotAnImage` for one without pixels, and `ImageTooLarge` for more than `max_pixels` pixels or sides in a
    ratio over 50.
    """
    if width < 1 or height < 1:
        raise NotAnImage(_("the picture is {width}x{height} pixels").format(width=width, height=height))
    if width * height > max_pixels:
        raise ImageTooLarge(
            _(
                "the picture is {width}x{height} = {size:.0f} megapixels; at most {most:.0f} are "
                "decoded; shrink it"
            ).format(
                width=width,
                height=height,
                size=width * height / 1e6,
                most=max_pixels / 1e6,
            )
        )
    if max(width, height) > MAX_RATIO * min(width, height):
        raise ImageTooLarge(
            _(
                "the picture is a strip of {width}x{height} pixels; at most {max_ratio}:1 is decoded; crop it"
            ).format(width=width, height=height, max_ratio=MAX_RATIO)
        )


def check_rows(height: int, missing: int) -> None:
    """Refuse a picture that lacks more than half of its rows: `ValueError`, for the decoder to say of which format."""
    if 2 * missing > height:
        raise ValueError(f"{missing} of its {height} rows are missing")


def check_scans(data: bytes, width: int, height: int) -> None:
    """Refuse a JPEG that takes absurdly long. Raises `ImageTooLarge`."""
    scans = data.count(_SCAN)
    if scans > MOST_SCANS or (scans > 10 and scans * width * height > SCANNED_PIXELS):
        raise ImageTooLarge(
            _(
                "the JPEG repeats its {width}x{height} pixels in {scans} scans; save it again as a plain JPEG"
            ).format(width=width, height=height, scans=scans)
        )
