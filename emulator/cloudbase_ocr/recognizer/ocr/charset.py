"""Which characters the recognizer may answer with.

The model knows 18,708 characters of many scripts. Chinese documents are printed in Simplified Chinese, and
a single glyph often looks the same in Simplified, Traditional and Japanese form: a lone 汉 comes back as 漢.
So the model's last layer is cut down to what such a document can hold:

* the 8,105 characters of the Table of General Standard Chinese Characters (通用规范汉字表, State Council 2013),
  levels 1 to 3. Level 3 is the table's own list of characters for names of people and places, so 堃, 玥 or 翀
  are in, and 漢 is not. Membership is the property kTGH of the Unicode Unihan database (`characters.txt`);
* 〇, which dates use;
* printable ASCII, and the punctuation and units of Chinese typesetting;
* the Greek letters and signs of formulas that no Latin letter resembles in print: β=0.47, ≤5 μm.

Full-width letters and digits are left out, so they come back as ASCII; of the two yen signs, which look alike,
the Chinese one stays.
"""

from __future__ import annotations

import string
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ASCII = string.ascii_letters + string.digits + string.punctuation
SYMBOLS = (
    "·—―…、。〈〉《》「」『』【】〔〕〖〗！（），．：；？～￥“”‘’′″※°±×÷‰℃㎡²³"
    "αβγδεηθλμπρσφωΔΣΦΩ≤≥≠≈∞"
    "←↑→↓√①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ●○◎★☆■□▲△◆◇♀♂"
)


@cache
def chinese_characters() -> frozenset[str]:
    """The 8,105 standard characters and 〇."""
    lines = files(__package__).joinpath("characters.txt").read_text("utf-8").splitlines()
    return frozenset("".join(line for line in lines if not line.startswith("#"))) | {"〇"}


def allowed_classes(alphabet: Sequence[str]) -> list[int]:
    """Positions in the model's `alphabet` that may be answered, in order.

    The alphabet's first entry is the blank of CTC decoding (an empty string) and stays first.
    """
    allowed = chinese_characters() | frozenset(ASCII + SYMBOLS + " ")
    return [index for index, character in enumerate(alphabet) if index == 0 or character in allowed]
