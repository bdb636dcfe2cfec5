"""A method's answer in the words of the service market: the same values, each as ``{"text", "pos"}``, in JSON text.

So fixtures, magic URLs and the recognizer answer there, too, without a second set of anything. A place is sent where
the recognizer or the fixture has one, and left out where nobody knows it (ruling R60).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers.explained import CORNERS
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.imagefile import read_header
from cloudbase_ocr.core.jsonable import encode_json
from cloudbase_ocr.recognizer.errors import ImageTooLarge, NotAnImage
from wxcloud.contract import OBSERVED
from wxcloud.service_market import document_of_method

if TYPE_CHECKING:
    from cloudbase_ocr.answers.envelope import Envelope
    from cloudbase_ocr.answers.explained import Explained
    from cloudbase_ocr.recognizer import Explanation
    from cloudbase_ocr.settings import Settings
    from wxcloud.service_market import Document

_DECIMALS = 7
_SIDES = {"Front": 0, "Frond": 0, "Back": 1}  # the second as in the oldest page (ruling R3)

_NOT_FOUND, _NO_QUOTA = 101001, 101003
_NO_PICTURE = frozenset({101000, 101002})


def reply_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what a reply holds besides errcode and errmsg: the object as JSON text, Chinese as it is (ruling R53)."""
    return {"data": encode_json(data).decode()}


def size_of(told: Explanation | None, picture: bytes = b"") -> tuple[int, int] | None:
    """Return width and height of a picture in pixels, by what the recognizer tells or by its file; None: not known."""
    if told is not None and told.picture is not None:
        return told.picture.width, told.picture.height
    try:
        header = read_header(picture) if picture else None
    except (NotAnImage, ImageTooLarge):
        return None
    return None if header is None else (header.width, header.height)


def reply_in_market(
    envelope: Envelope, market: Market, read: Explained, picture: bytes = b""
) -> dict[str, Any] | None:
    """Return the whole reply of the market for a picture as it was read; None for a document that it does not read."""
    document, told = document_of_method(read.method.key), read.explanation
    if document is None:
        return None
    size = size_of(told, picture)
    try:
        if read.error is not None:
            data = market.answer(document, read.error, size)
        else:
            data = market.success(document, read.fields or {}, told, size)
    except WeChatError as error:
        return envelope.failure(error.code, envelope.text(error))
    return envelope.success(reply_of(data))


def method_fields(document: Document, data: Any) -> dict[str, Any] | None:
    """Return the method's business fields for what stands in `data` of a reply, a text or an object.

    It is the way back of :meth:`Market.success`: places of single fields are lost, because the method has none. None
    when nothing was recognised.

    Raises:
        ValueError: there is no object of this document.
    """
    found: Any = parse_json(data) if isinstance(data, str) else data
    inner = found.get(document.result) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        raise ValueError(f"data holds no {document.result}")  # noqa: TRY004 - what was sent is wrong, not our code
    if inner == {} or inner.get("type") == document.unread.get("type", inner):
        return None
    names = {document.name_of(field.name): field.name for field in document.method.fields}
    own = {field.name for field in document.own} - {"title"}
    fields: dict[str, Any] = {}
    for name, value in inner.items():
        if name not in own:
            fields[names[name] if name in names else str(name)] = _plain(value, document)
    if document.method.sides and isinstance(side := fields.get("type"), int):
        fields["type"] = document.method.sides[side % 2]
    return fields


def _plain(value: Any, document: Document) -> Any:
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return value["text"]
    if isinstance(value, list):
        known = {field.name for field in document.method.fields[0].fields}
        return [
            {name: _whole(inner) for name, inner in item.items() if name in known}
            if isinstance(item, dict)
            else item
            for item in value
        ]
    return value


def _whole(value: Any) -> Any:
    """Return positions without a fraction, as the methods have them."""
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    return round(value) if isinstance(value, float) else value


@dataclass(frozen=True)
class Market:
    """How the market answers; the defaults are those of the rulings.

    `observed`: with what live replies carry and no page has (R59). `extras`: with what was seen too rarely to know its
    form (R59). `unread_code` and `failed_code`: what a picture without the document, and one that cannot be used,
    are answered with (R57, R58); 0: the object of a picture in which nothing was recognised.
    """

    observed: bool = True
    extras: bool = False
    unread_code: int = 0
    failed_code: int = 9311003

    @classmethod
    def of(cls, settings: Settings) -> Market:
        """Return what the settings ask for."""
        switches = settings.market_rules
        return cls(
            observed=settings.profile == OBSERVED,
            extras="extras" in switches,
            unread_code=9311003 if "unread-9311003" in switches else 0,
            failed_code=9301002 if "failed-9301002" in switches else 9311003,
        )

    def success(
        self,
        document: Document,
        fields: dict[str, Any],
        told: Explanation | None = None,
        size: tuple[int, int] | None = None,
    ) -> dict[str, Any]:
        """Return the object that stands in `data`, for the method's business fields.

        `told` has the places of what was read, `size` the picture's width and height in pixels.
        """
        if document.method.key == "bankcard" and "number" not in fields and "id" in fields:  # ruling R2
            fields = {"number": fields["id"]}
        found = {
            document.name_of(name): _value(value, told, name, self)
            for name, value in fields.items()
            if value != "" and self._is_here(document, name)
        }
        if "type" in found and isinstance(found["type"], dict):
            found["type"] = _SIDES.get(fields["type"], fields["type"])
        return self._reply(document, found, size)

    def unread(self, document: Document, size: tuple[int, int] | None = None) -> dict[str, Any]:
        """Return the same for a picture in which nothing was recognised.

        Raises:
            WeChatError: the settings ask for an error instead.
        """
        if self.unread_code:
            raise WeChatError(self.unread_code, reason="the picture does not show the document")
        return self._reply(document, dict(document.unread), size)

    def answer(
        self,
        document: Document,
        error: WeChatError,
        size: tuple[int, int] | None = None,
    ) -> dict[str, Any]:
        """Return the reply where the method has an error: that of a picture without the document, else raise.

        Raises:
            WeChatError: the error that the market has in place of the method's; none of 101xxx was ever seen there.
        """
        if error.code == _NOT_FOUND:
            return self.unread(document, size)
        raise self.refusal(error) from error

    def refusal(self, error: WeChatError) -> WeChatError:
        """Return the market's error in place of a method's."""
        code = self.failed_code if error.code in _NO_PICTURE else error.code
        code = 9301010 if code == _NO_QUOTA else code
        if code == error.code:
            return error
        return WeChatError(code, reason=f"{error.reason or 'an error'} ({error.code} of /cv/ocr)")

    def _is_here(self, document: Document, name: str) -> bool:
        if name == "id" and document.method.key == "bankcard":  # the number again, see --bankcard-id
            return False
        return self.extras or name not in document.left_out

    def _reply(
        self, document: Document, found: dict[str, Any], size: tuple[int, int] | None
    ) -> dict[str, Any]:
        names = {field.name for field in document.own}
        if size is not None and (self.extras or "image_width" in names):
            found |= {"image_width": size[0], "image_height": size[1]}
        return {document.result: found}


def _value(value: Any, told: Explanation | None, path: str, market: Market) -> Any:
    if isinstance(value, str):
        place = _place(told, path)
        return {"text": value} if place is None else {"text": value, "pos": place}
    if isinstance(value, list):
        return [
            _item(item, told, f"{path}[{number}].text", market) if isinstance(item, dict) else item
            for number, item in enumerate(value)
        ]
    return _floats(value) if isinstance(value, dict) else value


def _item(item: dict[str, Any], told: Explanation | None, path: str, market: Market) -> dict[str, Any]:
    found: dict[str, Any] = _floats(item)
    evidence = told.evidence.get(path) if told is not None and market.observed else None
    if evidence is None:
        return found
    sure = round(evidence.confidence, _DECIMALS)
    return {**found, "confidence": sure, "box_confidence": sure, "language": "zh"}


def _floats(value: Any) -> Any:
    """Return positions with a fraction, as the market has them, wherever they stand."""
    if not isinstance(value, dict):
        return value
    if value.keys() == {"x", "y"}:
        return {axis: round(float(number), _DECIMALS) for axis, number in value.items()}
    return {name: _floats(inner) for name, inner in value.items()}


def _place(told: Explanation | None, path: str) -> dict[str, dict[str, float]] | None:
    """Return the smallest quad around all lines that a value was read from, turned as the first of them is."""
    evidence = told.evidence.get(path) if told is not None else None
    if evidence is None or not evidence.quads:
        return None
    first, *others = evidence.quads
    if not others:
        return {corner: _floats(first[corner]) for corner in CORNERS}
    right = _unit(first["left_top"], first["right_top"])
    down = (-right[1], right[0])
    points = [quad[corner] for quad in evidence.quads for corner in CORNERS]
    along = [point["x"] * right[0] + point["y"] * right[1] for point in points]
    below = [point["x"] * down[0] + point["y"] * down[1] for point in points]
    ends = [
        (min(along), min(below)),
        (max(along), min(below)),
        (max(along), max(below)),
        (min(along), max(below)),
    ]
    return {
        corner: _floats({"x": a * right[0] + b * down[0], "y": a * right[1] + b * down[1]})
        for corner, (a, b) in zip(CORNERS, ends, strict=True)
    }


def _unit(start: dict[str, int], end: dict[str, int]) -> tuple[float, float]:
    x, y = end["x"] - start["x"], end["y"] - start["y"]
    length = (x * x + y * y) ** 0.5
    return (x / length, y / length) if length else (1.0, 0.0)
