"""The fields of a reading one by one: path, value, how sure it is, and where it stands in the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.recognizer import Evidence

_CORNERS = ("left_top", "right_top", "right_bottom", "left_bottom")
_PLACE = "pos"
_NO_FIELD = "img_size"


def fields_of(fields: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> list[dict[str, Any]]:
    """Return ``{path, value, confidence, quads}`` for each text and each place among WeChat's `fields`.

    Paths are those of the reply (``items[0].text``). `value` is None for what is a place only. `confidence` is 0 to 1,
    or None for what is not read from text. `quads` are lists of four corners ``{x, y}``, clockwise from the top left
    of the text, in pixels of the picture as a person sees it. What has evidence and is no field of its own comes last.
    """
    found = []
    for path, value, place in _values(fields):
        known = evidence.get(path)
        quads = known.quads if known else [place] if place else []
        found.append(_field(path, value, known, quads))
    listed = {field["path"] for field in found}
    found += [
        _field(path, None, known, known.quads) for path, known in evidence.items() if path not in listed
    ]
    return found


def _field(path: str, value: Any, known: Evidence | None, quads: list[Any]) -> dict[str, Any]:
    return {
        "path": path,
        "value": value,
        "confidence": known.certainty if known else None,
        "quads": [[quad[corner] for corner in _CORNERS] for quad in quads],
    }


def _values(value: Any, path: str = "", place: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """Give path, value and place of each text and number in a reply, and of each object that is a place only."""
    if isinstance(value, dict):
        place = value.get(_PLACE)
        if place is not None and len(value) == 1:
            yield path, None, place
        for name, inner in value.items():
            if name not in (_PLACE, _NO_FIELD):
                yield from _values(inner, f"{path}.{name}" if path else name, place)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _values(inner, f"{path}[{number}]")
    else:
        yield path, value, place
