"""Scripts beside Simplified Chinese: what tells them, and how likely their characters are on a page.

The network knows 18,708 characters, and many of them stand for one word in two forms: 汉 and 漢. What the pixels leave
open, the page tells: its other characters are of one script. So the probabilities of a step are weighed by what is
known of the page. A character of another script stays where the pixels show it plainly (0.99 漢 on a page in
Simplified Chinese), and goes where both forms are alike (0.6 凈, 0.4 净).

Python's codecs say which form a character is: Big5 has no characters that are simplified only, Shift JIS none that
Japanese does not use.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.ocr.charset import allowed_classes, chinese_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.ocr.ctc import Probabilities

# Signs that come with Latin letters in print.
_SIGNS = "©®™€£§¿¡«»"
_KANA = ("HIRAGANA", "KATAKANA", "IDEOGRAPHIC ITERATION")


class Script(Enum):
    """What a page is written in."""

    SIMPLIFIED = "simplified"
    TRADITIONAL = "traditional"
    JAPANESE = "japanese"


@dataclass(frozen=True)
class ScriptParams:
    """What a character weighs that its page's script has not.

    `foreign`: Chinese characters and kana. Of 109 lone simplified characters in two faces and sizes, 10 were read as
    traditional ones, up to nine times as probable; printed traditional ones are more than fifty times as probable.
    `simplified`: characters that only Simplified Chinese has, on a traditional page. Some traditional ones, such as 紅
    in small print, come back as their simplified forms with more than 0.99.

    `accented`: letters with accents, and signs, which look less alike.

    `doubtful`, `open_below`: where the likeliest of the 8,306 usual classes is less probable than `doubtful`, at a
    fifth of the steps, the others are looked at; if one of them is the likeliest, and on pages in other scripts, then
    at each step under `open_below`.
    Of 79 steps with other characters on traditional, Japanese and accented lines 72 were under the first, all under
    the second.
    """

    foreign: float = 0.05
    simplified: float = 0.001
    accented: float = 0.3
    doubtful: float = 0.99
    open_below: float = 0.9999


SCRIPTS = ScriptParams()


@cache
def is_traditional(character: str) -> bool:
    """Whether it is a Chinese character that Simplified Chinese has not."""
    return _is_han(character) and character not in chinese_characters()


@cache
def is_simplified(character: str) -> bool:
    """Whether it is a Chinese character that only Simplified Chinese has."""
    return character in chinese_characters() and _is_han(character) and not _encodable(character, "big5")


@cache
def is_kana(character: str) -> bool:
    """Whether only Japanese has it, full-width characters only."""
    return len(character) == 1 and unicodedata.name(character, "").startswith(_KANA)


def further_classes(alphabet: Sequence[str]) -> list[int]:
    """Positions in the model's `alphabet` of characters of other scripts: Chinese, kana, Latin with accents."""
    usual = set(allowed_classes(alphabet))
    return [
        index
        for index, character in enumerate(alphabet)
        if index not in usual and (_is_han(character) or is_kana(character) or _is_latin(character))
    ]


def weights(names: Sequence[str], script: Script, params: ScriptParams = SCRIPTS) -> NDArray[np.float32]:
    """What each character weighs on a page in this script."""
    return np.array([_weight(name, script, params) for name in names], np.float32)


# The matrix product is cut into blocks that the library computes on one thread: its threads wait busily for each other,
# which made 10.4 ms of processor time of the 2.3 ms that a line takes.
_BLOCK = 128
_MOST_STEPS = 32


class FurtherClasses:
    """The part of the network's last layer that was cut off, for lines in other scripts.

    `kernel` has the shape (features, all classes), `bias` (all classes); `usual` are the classes that the network still
    gives, `further` those that are added behind them.
    """

    def __init__(
        self,
        kernel: Probabilities,
        bias: Probabilities,
        alphabet: Sequence[str],
        usual: Sequence[int],
        params: ScriptParams = SCRIPTS,
    ) -> None:
        """Copy what is needed of the last layer."""
        further = further_classes(alphabet)
        self.names = [alphabet[index] for index in (*usual, *further)]
        self._params = params
        self._usual = np.ascontiguousarray(kernel[:, usual].T), bias[usual].copy()
        self._further = _blocks(kernel[:, further]), bias[further].copy()

    def weighed(self, script: Script) -> Callable[[Probabilities, Probabilities], Probabilities]:
        """A function that adds them for lines on a page in this script."""
        return partial(self.extended, weight=weights(self.names, script, self._params))

    def extended(
        self, usual: Probabilities, features: Probabilities, weight: NDArray[np.float32]
    ) -> Probabilities:
        """The probabilities of all classes, weighed, from those of the usual ones and the last layer's input."""
        whole = np.zeros((len(usual), len(self.names)), np.float32)
        whole[:, : usual.shape[1]] = usual
        simplified = bool((weight[: usual.shape[1]] == 1.0).all())
        highest, done = (usual * weight[: usual.shape[1]]).max(axis=1), 0.0
        for below in (self._params.doubtful, self._params.open_below):
            (steps,) = np.nonzero((highest < below) & (highest >= done))
            for some in np.split(steps, range(_MOST_STEPS, len(steps), _MOST_STEPS)):
                weighed = self._joined(usual[some], features[some]) * weight
                whole[some] = weighed / weighed.sum(axis=1, keepdims=True)
            if simplified and not (whole[steps].argmax(axis=1) >= usual.shape[1]).any():
                break
            done = below
        return whole

    def _joined(self, usual: Probabilities, features: Probabilities) -> Probabilities:
        # The usual classes' sum of exponentials follows from one of them: its logit and its probability.
        rows, best = np.arange(len(usual)), usual.argmax(axis=1)
        kernel, bias = self._usual
        logit = np.einsum("sf,sf->s", features, kernel[best]) + bias[best]
        total = logit - np.log(usual[rows, best])
        kernel, bias = self._further
        others = np.concatenate(np.matmul(features, kernel), axis=1)[:, : len(bias)] + bias
        highest = np.maximum(total, others.max(axis=1))
        exponentials = np.exp(others - highest[:, np.newaxis])
        known = np.exp(total - highest)
        joined: Probabilities = np.concatenate([usual * known[:, np.newaxis], exponentials], axis=1)
        joined /= (known + exponentials.sum(axis=1))[:, np.newaxis]
        return joined


def _blocks(kernel: Probabilities) -> Probabilities:
    """A matrix in blocks of columns, the last one filled with zeros."""
    rows, columns = kernel.shape
    filled = np.zeros((rows, -(-columns // _BLOCK) * _BLOCK), np.float32)
    filled[:, :columns] = kernel
    return np.ascontiguousarray(filled.reshape(rows, -1, _BLOCK).transpose(1, 0, 2))


def _weight(character: str, script: Script, params: ScriptParams) -> float:
    if _is_latin(character):
        return params.accented
    if script is Script.JAPANESE:
        foreign = _is_han(character) and not _encodable(character, "shift_jis")
    elif script is Script.TRADITIONAL:
        if is_simplified(character):
            return params.simplified
        foreign = is_kana(character)
    else:
        foreign = is_traditional(character) or is_kana(character)
    return params.foreign if foreign else 1.0


def _is_latin(character: str) -> bool:
    """Whether it is a Latin letter beyond ASCII, or a sign that comes with them."""
    if len(character) != 1 or character < "\x7f":
        return False
    return character in _SIGNS or unicodedata.name(character, "").startswith("LATIN ")


def _is_han(character: str) -> bool:
    return len(character) == 1 and unicodedata.name(character, "").startswith("CJK UNIFIED IDEOGRAPH")


def _encodable(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
