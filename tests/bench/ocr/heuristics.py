"""The rules of thumb of the readers, each with what stands in its place when it is switched off.

A rule is here when it mends what was seen on drawings, and no standard, form or check digit says that it must hold.
What each gains is measured by `ablation`, and stands in docs/heuristics.md; one that gains nothing leaves the code.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEVER = re.compile("(?!)")


@dataclass(frozen=True)
class Heuristic:
    """A rule of thumb: what it does, where it is, in which documents, and what stands there when it is off.

    `off` are names of attributes of the module with what replaces them; a function gets what is there.
    """

    what: str
    module: str
    documents: tuple[str, ...]
    off: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def switched_off(self) -> Iterator[None]:
        """Leave the rule out for a while."""
        module = import_module(f"cloudbase_ocr.recognizer.{self.module}")
        with ExitStack() as stack:
            for name, instead in self.off.items():
                new = instead(getattr(module, name)) if isinstance(instead, Changed) else instead
                stack.enter_context(patch.object(module, name, new))
            yield


class Changed:
    """What replaces an attribute, made of what is there."""

    def __init__(self, change: Callable[[Any], Any]) -> None:
        """Keep how it is made."""
        self._change = change

    def __call__(self, before: Any) -> Any:
        """Make it."""
        return self._change(before)


def _without_marks(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern of prices that knows only the real marks of the currency."""
    return re.compile(pattern.pattern.replace("[VYW]", "(?!)"), pattern.flags)


def _parsed(name: str, parse: Callable[[str], str]) -> Changed:
    """A table of fields with another way to parse one of them."""
    return Changed(lambda specs: {**specs, name: replace(specs[name], parse=parse)})


def _chinese(text: str) -> str:
    return re.sub(r"[^\u3400-\u9fff·]", "", text)


FORMS = ("driving", "drivinglicense")
LICENCES = (*FORMS, "bizlicense")
HEURISTICS = (
    Heuristic(
        "signs that look alike by their neighbours: 800一1500, 750m1, 价V49",
        "documents.printed_text",
        ("comm",),
        {"_CONFUSED": ()},
    ),
    Heuristic(
        "marks between and behind Chinese characters are wide",
        "documents.printed_text",
        ("comm",),
        {"_BETWEEN": NEVER, "WIDE": {}},
    ),
    Heuristic(
        "‰ and the full stop behind Latin letters read again by themselves",
        "documents.printed_text",
        ("comm",),
        {"with_right_marks": lambda _page, piece: piece.text},
    ),
    Heuristic(
        "a stroke as long as two characters is a dash: 方法——它",
        "fields.punctuation",
        ("comm",),
        {"dashes": lambda *_: ()},
    ),
    Heuristic(
        "a single mark alone in its row is an edge or a stain",
        "documents.printed_text",
        ("comm",),
        {"_is_speck": lambda _text: False},
    ),
    Heuristic(
        "V, Y or W before a price is the currency",
        "fields.prices",
        ("menu",),
        {name: Changed(_without_marks) for name in ("_PRICE", "_ENDING", "_MARKED")},
    ),
    Heuristic(
        "the 1 before a unit may be a slash: ￥471份",
        "documents.menu",
        ("menu",),
        {"one_before_unit": lambda _price: None},
    ),
    Heuristic(
        "names of dishes are made of known words",
        "documents.menu",
        ("menu",),
        {"match_lexicon": lambda *_: ("", 0.0)},
    ),
    Heuristic("a price stands below its dish", "fields.priced", ("menu",), {"_below": lambda *_: ()}),
    Heuristic(
        "entries of scopes are known",
        "documents.lexicon.scopes",
        ("bizlicense",),
        {"put_right": lambda text, scores: (text, list(scores))},
    ),
    Heuristic(
        "standing phrases of scopes are known",
        "documents.lexicon.enterprises",
        ("bizlicense",),
        {"_phrase_in": lambda _text, _scores: None},
    ),
    Heuristic(
        "a kind of enterprise behind what is left of its label: 型有限责任公司",
        "documents.business_licence",
        ("bizlicense",),
        {"_kind_in": lambda _piece: None},
    ),
    Heuristic(
        "a date behind what may be its misread label",
        "documents.business_licence",
        ("bizlicense",),
        {"_dated": lambda _piece: None},
    ),
    Heuristic(
        "values whose label was not read, by their form",
        "documents.business_licence",
        ("bizlicense",),
        {"SIGNS": ()},
    ),
    Heuristic(
        "the mark that the box of a line cuts off is read again",
        "documents.business_values",
        ("bizlicense",),
        {"with_end_mark": lambda _page, piece: piece},
    ),
    Heuristic(
        "what stands in the labels' place is what is left of one",
        "layout.columns",
        ("bizlicense",),
        {"_remnants": lambda found, _edges, _labels: list(found)},
    ),
    Heuristic(
        "a line that runs from one column into the next is cut",
        "layout.columns",
        ("bizlicense",),
        {"split_at": lambda piece, _edges: [piece]},
    ),
    Heuristic(
        "the sex behind a name, and before a country, was read with it",
        "documents.driver_licence",
        ("drivinglicense",),
        {
            "SPECS": Changed(
                lambda specs: {
                    **specs,
                    "name": replace(specs["name"], parse=_chinese),
                    "nationality": replace(specs["nationality"], parse=_chinese),
                }
            )
        },
    ),
    Heuristic(
        "an address does not begin with a number or its end",
        "documents.driver_licence",
        ("drivinglicense",),
        {"SPECS": _parsed("address", lambda text: text.strip(" :：.·_-—,，、"))},
    ),
    Heuristic(
        "rows of a seal stand evenly, or one is missing",
        "documents.driver_licence",
        ("drivinglicense",),
        {"evenly": lambda _middles: True},
    ),
    Heuristic(
        "red print is a stamp, no value",
        "documents.driver_licence",
        ("drivinglicense",),
        {"is_stamp": lambda _picture, _piece: False},
    ),
    Heuristic(
        "red print is a stamp, no value",
        "documents.vehicle_licence",
        ("driving",),
        {"is_stamp": lambda _picture, _piece: False},
    ),
    Heuristic(
        "behind a size the next label goes on in the same line",
        "documents.vehicle_licence",
        ("driving",),
        {"parted": list},
    ),
    Heuristic(
        "a longer label that ends like the one that was read",
        "layout.labels",
        LICENCES,
        {"_widened": lambda span, *_: span},
    ),
    Heuristic(
        "characters of a label that stand apart are joined",
        "layout.labels",
        LICENCES,
        {"_joined": lambda found, *_: found},
    ),
    Heuristic("labels with a misread character", "layout.labels", LICENCES, {"_misread": lambda *_: []}),
    Heuristic(
        "values that tell by their form whose they are", "layout.form", FORMS, {"telling": lambda *_: {}}
    ),
    Heuristic(
        "labels that were not read are where the layout puts them",
        "layout.anchors",
        FORMS,
        {"_expected": lambda *_: {}},
    ),
    Heuristic(
        "no value beyond another label in its row", "layout.form", FORMS, {"_between": lambda *_: False}
    ),
    Heuristic(
        "a row with a label in it continues no value",
        "layout.form",
        FORMS,
        {"_starts_a_row": lambda *_: False},
    ),
    Heuristic(
        "a closing bracket is as wide as its opening one",
        "fields.formats",
        ("bizlicense", "driving"),
        {"paired": lambda text: text},
    ),
    Heuristic(
        "digits that stand out in other views of the picture",
        "documents.bankcard",
        ("bankcard",),
        {"_other_channels": lambda _page: ()},
    ),
)
