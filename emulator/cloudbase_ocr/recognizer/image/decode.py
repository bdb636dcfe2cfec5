"""From the bytes of an upload to pixels, with every bound checked before anything is decoded.

What is accepted: JPEG, PNG, WebP, BMP and GIF (an animation's first frame). WeChat documents no formats;
JPEG, PNG and WebP are known to work.

EXIF orientation is applied, so `img_size` and every quad are in the upright picture that a person sees.
WeChat's own choice is not documented. Two things speak for it: the documented example of a photo has
`img_size` 3120 x 4208, upright, from a kind of sensor that delivers 4208 x 3120 with an orientation tag,
and OpenCV, the usual decoder of such services, applies the tag by default. A false tag does no harm to the
text: orientation is found from the text.

The rest is as browsers show it: a file that breaks off is read as far as it goes, rows without pixels are white, and so
is the ground below see-through parts, unless nothing would then be seen.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from cloudbase_ocr.recognizer.bounds import (
    check_rows,
    check_scans,
    check_size,
    damaged,
    unknown_format,
    unreadable_header,
)
from cloudbase_ocr.recognizer.errors import ImageTooLarge
from cloudbase_ocr.recognizer.image import png_rows
from cloudbase_ocr.recognizer.image.flatten import ground_of, is_layered, on_ground
from cloudbase_ocr.recognizer.image.wholeness import completed, missing_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture

# Larger photos are shrunk to this: a line of text is read at a height of 48 pixels anyway.
WORKING_SIDE = 2560
# Pictures of more pixels than this take over 32 MB while they are decoded.
LARGE_PIXELS = 8_000_000
# Rows of the small picture that are made at a time.
BAND = 128
# Of the rows that lack pixels, so many may still have some: a JPEG's blocks, with halved colours, are 16 rows high.
PARTLY = {"JPEG": 16, "PNG": 1}

_EXIF_ORIENTATION = 0x0112
_TRANSPOSED = (5, 6, 7, 8)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Decoded:
    """Pixels to work on, and the size in pixels that the picture has as sent (after its EXIF `orientation`).

    `missing_rows` are those at the lower end, as stored, that the file lacks.
    """

    picture: Picture
    width: int
    height: int
    orientation: int = 1
    missing_rows: int = 0

    @property
    def scale(self) -> tuple[float, float]:
        """What to multiply a place in `picture` with to get the place in the picture as sent."""
        return self.width / self.picture.shape[1], self.height / self.picture.shape[0]


def _no_room() -> None:
    """Make no room."""


def decode(data: bytes, max_pixels: int, make_room: Callable[[], None] = _no_room) -> Decoded:
    """Decode a picture. `make_room` is called before one that takes much memory is decoded.

    Raises `ImageTooLarge` when the header announces more than `max_pixels` pixels or sides in a ratio over
    50 or a JPEG has absurdly many scans, and `NotAnImage` when the format is unknown, the data is damaged, or more than
    half of the rows are missing.
    """
    image = _opened(data)
    width, height = image.size
    check_size(width, height, max_pixels)
    if image.format == "JPEG":
        check_scans(data, width, height)
    if width * height > LARGE_PIXELS:
        make_room()
    try:
        image, whole = _loaded(image, data)
        orientation = _orientation(image)
        missing = missing_rows(image, data, whole)
        check_rows(height, missing)
        plain = _shrunk(image)
        _whiten(plain, (missing - PARTLY.get(str(image.format), 0)) / height)
    except MemoryError as error:
        raise ImageTooLarge(f"the picture of {width}x{height} pixels does not fit into memory") from error
    except Exception as error:  # decoders raise anything on damaged data, from OSError to struct.error
        raise damaged(str(image.format), error) from error
    image.close()
    if orientation in _UPRIGHT:
        plain = plain.transpose(_UPRIGHT[orientation])
    if orientation in _TRANSPOSED:
        width, height = height, width
    return Decoded(
        np.asarray(cv2.cvtColor(np.asarray(plain), cv2.COLOR_RGB2BGR), np.uint8),
        width,
        height,
        orientation,
        missing,
    )


def _opened(data: bytes) -> Image.Image:
    """Read the header. The format's class is used directly: `Image.open` warns and raises by bounds of its own."""
    opener = _opener(data)
    if opener is None:
        raise unknown_format(data)
    try:
        return opener(io.BytesIO(data))
    except Exception as error:
        raise unreadable_header(error) from error


def _opener(data: bytes) -> Callable[[Any], Image.Image] | None:
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if data.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    return None


def _loaded(image: Image.Image, data: bytes) -> tuple[Image.Image, bytes]:
    """Decode the pixels. Give the picture, and the bytes that its decoder took: `data`, or `data` made whole."""
    whole = completed(image.format, data)
    try:
        return _load(image if whole is data else _opened(whole)), whole
    except (OSError, SyntaxError):  # what Pillow raises for damaged data
        if image.format != "PNG":
            raise
    whole = png_rows.completed(data)
    return _load(_opened(whole)), whole


def _load(image: Image.Image) -> Image.Image:
    width, height = image.size
    if image.format == "JPEG" and max(width, height) >= 2 * WORKING_SIDE:
        # The JPEG decoder shrinks by a power of two while decoding, at a fraction of the time and memory.
        scale = WORKING_SIDE / max(width, height)
        image.draft(None, (math.ceil(width * scale), math.ceil(height * scale)))
    image.load()
    return image


def _orientation(image: Image.Image) -> int:
    """The EXIF tag, 1 (as stored) when there is none or it is damaged."""
    try:
        value = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:
        return 1
    return value if value in _UPRIGHT else 1


def _whiten(plain: Image.Image, share: float) -> None:
    """Make the lowest rows white, which share of all the rows is given: decoders fill them with anything."""
    if share > 0:
        plain.paste("white", (0, round(plain.height * (1 - share)), plain.width, plain.height))


def _shrunk(image: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB, at most `WORKING_SIDE` long.

    It is converted in bands: at 40 megapixels, the whole in RGB and what transparency takes besides would be 500 MB.
    """
    width, height = image.size
    brightest = _brightest(image)
    ground = ground_of(image) if is_layered(image) and not _is_wide(image) else ""
    scale = WORKING_SIDE / max(width, height)
    if scale >= 1:
        return _eight_bit_rgb(image, brightest, ground)
    plain = Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale))))
    step = height / plain.height
    for top in range(0, plain.height, BAND):
        bottom = min(top + BAND, plain.height)
        first, last = math.floor(top * step), min(height, math.ceil(bottom * step))
        band = _eight_bit_rgb(image.crop((0, first, width, last)), brightest, ground)
        box = (0, top * step - first, width, min(bottom * step, height) - first)
        plain.paste(band.resize((plain.width, bottom - top), Image.Resampling.BOX, box), (0, top))
    return plain


def _eight_bit_rgb(image: Image.Image, brightest: float, ground: str) -> Image.Image:
    """Colours as 8-bit RGB: wider samples are scaled down, a layered picture is laid on its ground."""
    if _is_wide(image):
        return Image.fromarray(_scaled(np.asarray(image), brightest)).convert("RGB")
    return on_ground(image, ground) if ground else image.convert("RGB")


def _is_wide(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _brightest(image: Image.Image) -> float:
    """The largest sample of a picture with more than 8 bits; 255 for others."""
    return float(np.asarray(image).max()) if _is_wide(image) else 255.0


def _scaled(samples: NDArray[Any], brightest: float) -> NDArray[np.uint8]:
    """16-bit grey to 8-bit; Pillow's own conversion would clip everything above 255 to white."""
    values = samples.astype(np.float32)
    return np.clip(values / 257 if brightest > 255 else values, 0, 255).astype(np.uint8)
