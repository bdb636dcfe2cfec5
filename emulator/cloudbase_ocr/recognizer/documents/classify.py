"""Which document a picture shows, from its text as read once.

Each document's module says what speaks for it: labels and titles, and signs of its own such as prices. Each sign has a
weight, the chance that it alone is right; signs add up as independent chances do. Nothing is decided here about whether
the document can be read: that is for its reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.documents.registry import readers
from cloudbase_ocr.recognizer.evidence import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudbase_ocr.recognizer.documents.reader import DocumentReader
    from cloudbase_ocr.recognizer.image.geometry import Line
    from cloudbase_ocr.recognizer.page.page import Page

# Of the picture that the detector sees: that of most readers, so that they need not detect again.
LONG_SIDE = 960


@dataclass(frozen=True)
class ClassifyParams:
    """What labels count.

    `inside`: by what a label counts that stands inside a longer line: pages of text name documents, too. `likeness`: a
    Chinese label counts when this share of its pairs of neighbouring characters is in one line. `contradiction`: so
    likely another document refuses the one that is asked for: one title, or two labels, not one that stands on a card's
    back or in a menu by itself.
    """

    inside: float = 0.2
    likeness: float = 0.6
    contradiction: float = 0.6


CLASSIFY = ClassifyParams()


def candidates(page: Page, params: ClassifyParams = CLASSIFY) -> tuple[Candidate, ...]:
    """Every document with its score, the likeliest first. Reads the text if it was not read yet."""
    lines = [line for line in page.lines() if line.text]
    texts = _plain(lines)
    scored = []
    for reader in readers():
        signs = list(_labels(texts, reader, reader.signature, params))
        if reader.score is not None:
            signs += reader.score(lines, page.picture)
        scored.append(Candidate(reader.key, round(_together(signs), 4)))
    return tuple(sorted(scored, key=lambda candidate: -candidate.score))


def contradicts(key: str, lines: Sequence[Line], params: ClassifyParams = CLASSIFY) -> bool:
    """Whether labels that the document of the method `key` has not show that this is another one."""
    texts = _plain(lines)
    (asked,) = (reader for reader in readers() if reader.key == key)
    if any(word in text for word in asked.strangers for text in texts):
        return True
    for other in readers():
        labels = [label for label in other.signature if label not in asked.signature]
        if other is not asked and _together(_labels(texts, other, labels, params)) >= params.contradiction:
            return True
    return False


def _together(chances: Iterable[float]) -> float:
    """The chance that at least one of these independent signs is right."""
    return 1 - float(np.prod([1 - chance for chance in chances]))


def _plain(lines: Iterable[Line]) -> list[str]:
    return [re.sub(r"[\s:：]", "", line.text.upper()) for line in lines]


def _labels(
    texts: Sequence[str], reader: DocumentReader, labels: Iterable[str], params: ClassifyParams
) -> Iterator[float]:
    """The weight of each of a reader's labels that is seen."""
    pairs = [_pairs(text) for text in texts]
    for label in labels:
        weight, wanted = reader.signature[label], _pairs(label)
        distinct = reader.distinct if reader.distinct in label else ""
        best = 0.0
        for text, found in zip(texts, pairs, strict=True):
            if distinct not in text:
                continue
            if label in text or (
                not label.isascii() and len(wanted & found) >= params.likeness * len(wanted)
            ):
                labels_value = text.startswith(label[:2]) and label != reader.title
                alone = labels_value or len(label) >= 0.5 * len(text)
                best = max(best, weight if alone else params.inside * weight)
        if best:
            yield best


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}
