"""Pictures of the most pixels that are allowed: bounded memory, and the same colours as in small ones."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cloudbase_ocr.recognizer import ImageTooLarge, Recognizer
from cloudbase_ocr.recognizer.image.decode import WORKING_SIDE, decode
from tests.emulator.recognizer.pictures import saved

# What decoding takes besides the file: four bytes a pixel are 160 MB, and the rest of it stays small.
MEGABYTES = 300
PEAK = """
import sys
from pathlib import Path
from cloudbase_ocr.recognizer.image.decode import decode
def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
data = Path(sys.argv[1]).read_bytes()
before = peak()
decode(data, 40_000_000)
print(peak() - before)
"""


@pytest.mark.check
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(("mode", "colour"), [("RGBA", (10, 20, 30, 99)), ("I;16", 40_000), ("P", 3)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_forty_megapixels_are_decoded_in_little_memory(mode: str, colour: int, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new(mode, (8000, 5000), colour).save(path, compress_level=1)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, timeout=120, check=True
    )
    assert float(done.stdout) < MEGABYTES


@pytest.mark.check
@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"])
def test_a_picture_shrunk_in_bands_keeps_its_content(mode: str) -> None:
    """A left half of grey 40 and a right half of 200, in an uneven number of rows and of columns."""
    wide, high = 2 * WORKING_SIDE + 301, 1777
    grey = np.full((high, wide), 40, np.uint8)
    grey[:, wide // 2 :] = 200
    image = Image.fromarray(grey)
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode == "1":
        image = image.convert(mode, dither=Image.Dither.NONE)
    else:
        image = image.convert(mode)
    data = saved(image, "JPEG", quality=95) if mode == "CMYK" else saved(image, compress_level=1)
    decoded = decode(data, 40_000_000)
    height, width, _ = decoded.picture.shape
    assert (decoded.width, decoded.height) == (wide, high)
    assert (width, height) == (WORKING_SIDE, round(high * WORKING_SIDE / wide))
    left, right = (0, 255) if mode == "1" else (40, 200)
    for row in (0, height // 2, height - 1):
        assert np.abs(decoded.picture[row, [5, -5]].astype(int) - [[left], [right]]).max() <= 4


def test_a_jpeg_is_shrunk_while_it_is_decoded() -> None:
    file = io.BytesIO()
    Image.new("RGB", (6000, 3000), (20, 120, 220)).save(file, "JPEG")
    decoded = decode(file.getvalue(), 40_000_000)
    assert decoded.picture.shape == (1280, 2560, 3)
    assert np.abs(decoded.picture[0, 0].astype(int) - [220, 120, 20]).max() <= 3


@pytest.mark.parametrize(("size", "times"), [((3000, 2000), 0), ((4000, 2500), 1), ((9000, 9000), 0)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_room_is_made_for_a_large_picture_that_will_be_decoded(size: tuple[int, int], times: int) -> None:
    made = []
    with nullcontext() if times or size[0] < 9000 else pytest.raises(ImageTooLarge):
        decode(saved(Image.new("L", size), compress_level=1), 40_000_000, lambda: made.append(1))
    assert len(made) == times


@pytest.mark.check
def test_the_networks_make_room_and_read_on(recognizer: Recognizer, specimen: Callable[[str], bytes]) -> None:
    before = recognizer.recognize("idcard", specimen("idcard-back"))
    recognizer._make_room()
    assert recognizer.recognize("idcard", specimen("idcard-back")) == before
    Recognizer()._make_room()
