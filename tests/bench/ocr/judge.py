"""Compare an answer with the truth, field by field.

Texts are compared after NFKC (full-width brackets and commas equal their ASCII forms) and without blanks; nothing
else is forgiven. A field is right, missing (absent or empty), or wrong. An answered field that the picture does not
hold is wrong too; one that it leaves blank or masks is right when nothing is answered, else invented. Positions are
judged apart: right when the quads overlap by 85 % inside the frame.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from tests.bench.ocr.cases import Case
    from tests.bench.ocr.picture import Picture

RIGHT, MISSING, WRONG, INVENTED = "right", "missing", "wrong", "invented"
OVERLAP = 0.85
_NO_FIELDS = ("card_property", "img_size", "card_position_front", "card_position_back", "cert_position")
_SAME = str.maketrans({"•": "·", "・": "·", "‧": "·", "—": "-", "–": "-", "―": "-", "¥": "￥"})


def plain(text: Any) -> str:
    """A text in the form in which it is compared."""
    folded = unicodedata.normalize("NFKC", str(text).translate(_SAME).replace("￥", "¥"))
    return "".join(folded.translate(_SAME).replace("￥", "¥").split())


def judge(case: Case, picture: Picture, answer: dict[str, Any] | None) -> dict[str, str]:
    """What became of each field: right, missing, wrong or invented."""
    got = answer or {}
    if case.document.key == "menu":
        return _listed(_pairs(picture.fields.get("content")), _pairs(got.get("content")))
    if case.document.key == "comm":
        return _listed([plain(line) for line in picture.fields["lines"]], _lines(got))
    verdicts = {}
    for name, wanted in picture.fields.items():
        value = plain(got.get(name) or "")
        verdicts[name] = _verdict(plain(wanted), value)
    extra = {name for name, value in got.items() if value and name not in picture.fields}
    return verdicts | dict.fromkeys(sorted(extra - set(_NO_FIELDS)), WRONG)


def _verdict(wanted: str, value: str) -> str:
    if value == wanted:
        return RIGHT
    if not wanted:
        return INVENTED
    return WRONG if value else MISSING


def confidences(
    case: Case, picture: Picture, answer: dict[str, Any] | None, given: dict[str, float]
) -> list[tuple[float, bool]]:
    """Each confidence that was given, with whether its value is right: a field, a line of print, a whole menu."""
    got = answer or {}
    if case.document.key == "menu":
        truth, found = Counter(_pairs(picture.fields["content"])), Counter(_pairs(got.get("content")))
        return [(value, not found - truth) for value in given.values()]
    if case.document.key == "comm":
        wanted = {plain(line) for line in picture.fields["lines"]}
        named = ((f"items[{place}].text", line) for place, line in enumerate(_lines(got)))
        return [(given[name], line in wanted) for name, line in named if name in given]
    verdicts = judge(case, picture, got)
    return [(value, verdicts[name] == RIGHT) for name, value in given.items() if got.get(name)]


def positions(picture: Picture, answer: dict[str, Any] | None) -> dict[str, str]:
    """What became of each position, and of the picture's size where the reply has one."""
    got = answer or {}
    verdicts = {}
    for name, quad in picture.positions.items():
        given = _quad(got.get(name))
        share = overlap(quad, given, picture.size) if given is not None else 0.0
        verdicts[name] = MISSING if given is None else RIGHT if share >= OVERLAP else WRONG
    if "img_size" in got:
        size = got["img_size"]
        verdicts["img_size"] = RIGHT if (size["w"], size["h"]) == picture.size else WRONG
    return verdicts


def character_errors(picture: Picture, answer: dict[str, Any] | None) -> tuple[int, int]:
    """Edit distance between all lines in reading order, and the number of characters there are."""
    wanted = "".join(plain(line) for line in picture.fields["lines"])
    return distance(wanted, "".join(_lines(answer or {}))), len(wanted)


def distance(first: str, second: str) -> int:
    """Levenshtein distance."""
    codes = np.array([ord(one) for one in second], np.int64)
    places = np.arange(len(second) + 1)
    row = places.copy()
    for count, character in enumerate(first, 1):
        step = np.empty_like(row)
        step[0] = count
        step[1:] = np.minimum(row[:-1] + (codes != ord(character)), row[1:] + 1)
        # A run of insertions costs one each: the minimum over all places before, kept as a running minimum.
        row = np.minimum.accumulate(step - places) + places
    return int(row[-1])


def overlap(
    first: list[tuple[float, float]], second: list[tuple[float, float]], size: tuple[int, int]
) -> float:
    """Intersection over union of two quads, both cut by the frame."""
    masks = []
    for quad in (first, second):
        mask = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillPoly(mask, [np.round(np.array(quad)).astype(np.int32)], 1)
        masks.append(mask.astype(bool))
    union = int((masks[0] | masks[1]).sum())
    return int((masks[0] & masks[1]).sum()) / union if union else 0.0


def _listed(wanted: list[str], given: list[str]) -> dict[str, str]:
    """Entries of a list, in any order: those found are right; of the rest as many are wrong as were answered."""
    left = Counter(given)
    verdicts = {}
    for place, entry in enumerate(wanted):
        found = left[entry] > 0
        left[entry] -= found
        verdicts[f"{place:02}"] = RIGHT if found else MISSING
    surplus = sum(left.values())
    for name in [name for name, verdict in verdicts.items() if verdict == MISSING][:surplus]:
        verdicts[name] = WRONG
        surplus -= 1
    return verdicts | {f"extra {number:02}": WRONG for number in range(surplus)}


def _pairs(content: Any) -> list[str]:
    try:
        items = json.loads(content or "{}").get("menu_items", [])
    except ValueError:
        return []
    return [f"{plain(item['name'])} {float(item['price']):g}" for item in items]


def _lines(answer: dict[str, Any]) -> list[str]:
    return [plain(item["text"]) for item in answer.get("items", [])]


def _quad(position: Any) -> list[tuple[float, float]] | None:
    if not position:
        return None
    corners = position["pos"]
    names = ("left_top", "right_top", "right_bottom", "left_bottom")
    return [(corners[name]["x"], corners[name]["y"]) for name in names]
