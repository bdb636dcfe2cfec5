"""Where the labels of a form are: as read, or where the document's layout, fitted to what was read, puts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.layout.pieces import part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.layout.labels import Label
    from cloudbase_ocr.recognizer.layout.pieces import Piece


@dataclass(frozen=True)
class AnchorParams:
    """How a layout is fitted to what was read.

    Labels are `smaller` than values, and their characters `narrower` than the box of their line is high. `fit`: labels
    that were found must fit the layout to this many label heights, or it is another layout; `fitting`: this share of
    them must. `off`: a misread label is off its place by less.
    """

    smaller: float = 0.8
    narrower: float = 0.75
    fit: float = 2.0
    fitting: float = 0.6
    off: float = 1.0


ANCHORS = AnchorParams()


@dataclass(frozen=True)
class Anchor:
    """Where a label is on the rectified page; `seen` is False when the layout says so and no label was read there."""

    name: str
    left: float
    right: float
    middle: float
    height: float
    seen: bool = True


def misread(
    found: Sequence[Piece],
    anchors: dict[str, Anchor],
    labels: Sequence[Label],
    params: AnchorParams = ANCHORS,
) -> list[Piece]:
    """The pieces, cut at labels that stand where the layout puts an unread one: misread (佳址), or its end (名张三)."""
    unseen = [(label, anchors[label.name]) for label in labels if label.name in anchors]
    unseen = [(label, anchor) for label, anchor in unseen if not anchor.seen]
    cuts: list[Piece] = []
    for piece in found:
        spans = ((_length_at(piece, anchor, label.forms[0], params), label.name) for label, anchor in unseen)
        length, name = (0, "") if piece.label else next((each for each in spans if each[0]), (0, ""))
        if length:
            cuts.append(part(piece, 0, length, name))
        if piece.text[length:].strip(" :：.。") or not length:
            cuts.append(part(piece, length, len(piece.text)) if length else piece)
    return cuts


def _length_at(piece: Piece, anchor: Anchor, form: str, params: AnchorParams) -> int:
    """How many of a piece's first characters are the label that belongs at this place."""
    if abs(piece.middle - anchor.middle) >= params.off * anchor.height:
        return 0
    if abs(piece.left - anchor.left) < params.off * anchor.height:
        alike = sum(one == other for one, other in zip(piece.text, form, strict=False))
        if alike >= len(form) / 2:
            return min(len(form), len(piece.text))
    inside = anchor.left < piece.left < anchor.right
    return next((n for n in range(len(form) - 1, 0, -1) if inside and piece.text.startswith(form[-n:])), 0)


def telling(free: Sequence[Piece], labels: Sequence[Label]) -> dict[str, Piece]:
    """Values that tell by their form what they are, by the names of their labels; none that is there twice."""
    found = {}
    for label in labels:
        fitting = [piece for piece in free if label.sign and label.sign(piece.text.replace(" ", ""))]
        if len(fitting) == 1:
            found[label.name] = fitting[0]
    return found


def anchors_of(
    found: Sequence[Piece],
    labels: Sequence[Label],
    told: dict[str, Piece],
    params: AnchorParams = ANCHORS,
) -> dict[str, Anchor]:
    """The labels by their names: those in Chinese, by the English beneath them, and by the layout.

    `told` are values that tell by their form whose they are; they take part in the layout.
    """
    anchors: dict[str, Anchor] = {}
    for piece in sorted(found, key=lambda piece: piece.middle):
        if piece.label and not piece.label.startswith("~"):
            anchors.setdefault(
                piece.label, Anchor(piece.label, piece.left, piece.right, piece.middle, piece.height)
            )
    height = float(np.median([anchor.height for anchor in anchors.values()])) if anchors else 0.0
    for piece in found:
        name = piece.label[1:]
        if piece.label.startswith("~") and name not in anchors:
            height = height or piece.height * 1.4
            anchors[name] = Anchor(name, piece.left, piece.right, piece.middle - height, height)
    height = height or params.smaller * float(np.median([piece.height for piece in told.values()] or [0.0]))
    return anchors | _expected(anchors, labels, height, told, params)


def _expected(
    anchors: dict[str, Anchor],
    labels: Sequence[Label],
    height: float,
    told: dict[str, Piece],
    params: AnchorParams,
) -> dict[str, Anchor]:
    """Labels where the layout puts them: those that were not found, and those that something else was taken for.

    None when the layout does not fit.
    """
    points = [
        (label.place, (anchors[label.name].left, anchors[label.name].middle))
        for label in labels
        if label.place and label.name in anchors
    ]
    points += [
        (label.value, (told[label.name].left, told[label.name].middle))
        for label in labels
        if label.value and label.name in told
    ]
    if len(points) < 3:
        return {}
    places, seen = (np.array(each, float) for each in zip(*points, strict=True))
    fit = _layout(places, seen, params.fit * height, params.fitting)
    if fit is None:
        return {}
    widths = [
        (anchors[label.name].right - anchors[label.name].left) / len(label.forms[0])
        for label in labels
        if label.place and label.name in anchors
    ]
    width = float(np.median(widths)) if widths else height * params.narrower
    expected = {}
    for label in labels:
        if label.place is None:
            continue
        left, middle = (np.array([*label.place, 1.0]) @ fit).tolist()
        found = anchors.get(label.name)
        if found and max(abs(found.left - left), abs(found.middle - middle)) < 2 * params.fit * height:
            continue
        right = left + width * len(label.forms[0])
        if label.name in told:
            right = min(right, told[label.name].left)
        expected[label.name] = Anchor(label.name, left, right, middle, height, seen=False)
    return expected


def _layout(
    places: NDArray[np.float64], seen: NDArray[np.float64], tolerance: float, fitting: float
) -> NDArray[np.float64] | None:
    """Scale and shift of each axis (3x2 matrix) from layout to rectified page; None when it does not fit."""
    keep = np.ones(len(places), bool)
    for _ in range(3):
        spread = np.ptp(places[keep], axis=0)
        if keep.sum() < 3 or spread.max() < 0.1:
            return None
        fit = np.zeros((3, 2))
        wide = int(np.argmax(spread))
        for axis in (wide, 1 - wide):
            if spread[axis] >= 0.1:
                fit[[axis, 2], axis] = np.polyfit(places[keep, axis], seen[keep, axis], 1)
            else:  # labels in one column or one row: the other direction has the same scale
                fit[axis, axis] = fit[wide, wide]
                fit[2, axis] = (seen[keep, axis] - fit[wide, wide] * places[keep, axis]).mean()
        off = np.abs(np.c_[places, np.ones(len(places))] @ fit - seen).max(axis=1)
        if off[keep].max() <= tolerance:
            return fit if keep.sum() >= fitting * len(keep) else None
        keep[np.flatnonzero(keep)[np.argmax(off[keep])]] = False
    return None
