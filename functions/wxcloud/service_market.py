"""OCR through WeChat's service market: seven of the documents that :mod:`wxcloud.contract` lists, under other names.

One API, ``OcrAllInOne`` of a fixed service, reads them all: `ocr_type` says which. Its reply carries JSON text in
`data`, with one object in it, and in that ``{"text", "pos"}`` for each field. Sources: the official pages of
invokeService ("documented"), client code and recorded replies seen in public ("observed"). What the API takes and
gives is documented nowhere any more.

The naming trap again: type 3, `driving_res`, is the *vehicle* licence (行驶证); type 4, `driving_license_res`, the
*driver* licence (驾驶证).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from .contract import (
    BANKCARD,
    BIZLICENSE,
    COMM,
    DRIVING,
    DRIVINGLICENSE,
    IDCARD,
    OBSERVED,
    PLATENUM,
    Field,
    Method,
)
from .errorcodes import MARKET_ERRORS

SERVICE = "wx79ac3de8be320b71"
"""Who offers OCR on the market: the same for every account."""
API = "OcrAllInOne"
RETRIEVE_PATH = "/wxa/servicemarketretrieve"

IMG_DATA = 2
"""`data_type`: the picture is base64 text in `img_data`."""
IMG_URL = 3
"""`data_type`: the picture is behind the address in `img_url`."""

OCR_ID_CARD, OCR_BANK_CARD, OCR_VEHICLE, OCR_DRIVER = 1, 2, 3, 4
OCR_BUSINESS, OCR_TEXT, OCR_PLATE = 7, 8, 10

UNREAD_ID_CARD = 2
UNREAD_VEHICLE = 3
"""`type` of an object in which nothing was recognised."""


class ServiceMarket(Method):
    """The one method of the market, where methods are named: for faults, scenarios and permissions."""

    @property
    def path(self) -> str:
        """The HTTPS path on api.weixin.qq.com."""
        return "/wxa/servicemarket"

    @property
    def permission(self) -> str:
        """What `permissions.openapi` of a function's config.json lists."""
        return "serviceMarket." + self.cloud_names[0]

    @property
    def permissions(self) -> tuple[str, ...]:
        """The same, for methods that have several names."""
        return (self.permission,)


INVOKE_SERVICE = ServiceMarket(
    key="servicemarket",
    cloud_names=("invokeService",),
    title="Service market",
    title_zh="服务市场",
    fields=(
        Field("data", "string", "JSON text with one object: see the documents of OcrAllInOne"),
        Field("request_id", "string", "of calls with async true only, which OcrAllInOne has none of"),
    ),
    error_codes=(
        *(40001, 43002, 44002, 47001, 9301001, 9301002, 9301003),
        *(9301010, 9301011, 9301012, 9301014, 9301015),
    ),
    observed_error_codes=(9301006, 9301007, 9301008, 9301013, 9311003),
)


class Document(NamedTuple):
    """One document of OcrAllInOne: its `ocr_type`, the key of its object, and the method that reads the same.

    `renamed` has names of the method's fields with those that they have here; `left_out` are fields of the method
    that were never seen here; `own` are those that the method does not have. `unread` is the object of a picture in
    which nothing was recognised. `official` is False where no page ever listed the type.
    """

    ocr_type: int
    result: str
    method: Method
    renamed: Mapping[str, str] = {}
    left_out: frozenset[str] = frozenset()
    own: tuple[Field, ...] = ()
    unread: Mapping[str, Any] = {}

    @property
    def fields(self) -> tuple[Field, ...]:
        """What the object may hold, in its order: the method's fields as they look here, then its own."""
        carried = [field for field in self.method.fields if field.name not in self.left_out]
        return (*(self._field(field) for field in carried), *self.own)

    def name_of(self, field: str) -> str:
        """Return how a field of the method is called here."""
        return self.renamed.get(field, field)

    def _field(self, field: Field) -> Field:
        name = self.name_of(field.name)
        if field.type == "array":
            return field._replace(fields=(*(_floats(child) for child in field.fields), *_ITEM))
        if field.name == "type":
            return Field("type", "integer", "0: front, 1: back, 2: nothing was recognised", 0)
        text = Field("text", "string", field.meaning, field.example)
        return Field(name, "object", field.meaning, None, field.status, field.side, (text, _POS))


def _floats(field: Field) -> Field:
    """Return a field with whole numbers as the market has them: with a fraction."""
    kind = "number" if field.type == "integer" else field.type
    return field._replace(type=kind, fields=tuple(_floats(child) for child in field.fields))


_POS = _floats(COMM.fields[0].fields[1])

_ITEM = (
    Field("confidence", "number", "how sure the text is, 0 to 1", 0.85, OBSERVED),
    Field("box_confidence", "number", "how sure it is that there is text, 0 to 1", 0.86, OBSERVED),
    Field("language", "string", "zh", "zh", OBSERVED),
)

DOCUMENTS: tuple[Document, ...] = (
    Document(
        OCR_ID_CARD,
        "idcard_res",
        IDCARD,
        renamed={"addr": "address"},
        left_out=frozenset({"card_property"}),
        own=(
            Field("image_width", "integer", "width of the picture in pixels", 480),
            Field("image_height", "integer", "height of the picture in pixels", 304),
        ),
        unread={"type": UNREAD_ID_CARD},
    ),
    Document(OCR_BANK_CARD, "bankcard_res", BANKCARD),
    Document(
        OCR_VEHICLE,
        "driving_res",
        DRIVING,
        left_out=frozenset({"card_position_front", "card_position_back", "img_size"}),
        own=(Field("type", "integer", "3: nothing was recognised", 3, OBSERVED),),
        unread={"type": UNREAD_VEHICLE},
    ),
    Document(OCR_DRIVER, "driving_license_res", DRIVINGLICENSE),
    Document(
        OCR_BUSINESS,
        "biz_license_res",
        BIZLICENSE,
        left_out=frozenset({"cert_position", "img_size"}),
        own=(
            Field(
                "title",
                "object",
                "title of the licence",
                None,
                OBSERVED,
                fields=(Field("text", "string", "title of the licence", "营业执照"), _POS),
            ),
        ),
    ),
    Document(OCR_TEXT, "ocr_comm_res", COMM, left_out=frozenset({"img_size"}), unread={"items": []}),
    Document(OCR_PLATE, "plate_num_res", PLATENUM),
)
"""Numbers and keys as seen in client code; menus have no type that anybody has seen."""

_BY_TYPE = {document.ocr_type: document for document in DOCUMENTS}
_BY_RESULT = {document.result: document for document in DOCUMENTS}
_BY_NAME = {
    name: document
    for document in DOCUMENTS
    for name in (*document.method.cloud_names, document.method.key, document.result)
}


def by_type(ocr_type: Any) -> Document | None:
    """Return the document of an `ocr_type`, a number or a decimal text (ruling R56); None: there is none."""
    if isinstance(ocr_type, str) and ocr_type.isascii() and ocr_type.isdigit() and len(ocr_type) < 4:
        ocr_type = int(ocr_type)
    if not isinstance(ocr_type, int) or isinstance(ocr_type, bool):
        return None
    return _BY_TYPE.get(ocr_type)


def by_result(key: str) -> Document | None:
    """Return the document whose object stands under `key` (``idcard_res``), or None."""
    return _BY_RESULT.get(key)


def document_of(ocr_type: Any) -> Document | None:
    """Return the document of a number, or of a name: ``idcard``, ``vehicleLicense``, ``ocr.idcard``; None: none."""
    if isinstance(ocr_type, str) and (
        found := _BY_NAME.get(ocr_type[len("ocr.") * ocr_type.startswith("ocr.") :])
    ):
        return found
    return by_type(ocr_type)


def document_of_method(key: str) -> Document | None:
    """Return the document that the method of this key reads, too, or None."""
    return next((document for document in DOCUMENTS if document.method.key == key), None)


def market_fields(reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the `data` of a reply holds as plain values: ``{"type": 0, "name": "张三", ...}``.

    `data` may be JSON text or an object, the object with its one key or without; names stay as they are there. Of
    printed text it is ``{"items": [{"text", "pos", ...}]}``. Nothing recognised, or a `data` that is empty or no
    JSON, gives an empty dict.
    """
    data = reply.get("data")
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            return {}
    if not isinstance(data, Mapping):
        return {}
    if len(data) == 1 and isinstance(inner := next(iter(data.values())), Mapping) and "text" not in inner:
        data = inner
    plain = {name: value["text"] if _is_text(value) else value for name, value in data.items()}
    if plain.get("type") in (UNREAD_ID_CARD, UNREAD_VEHICLE) and not any(map(_is_text, data.values())):
        return {}
    return plain


def _is_text(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("text"), str)


__all__ = [
    "API",
    "DOCUMENTS",
    "IMG_DATA",
    "IMG_URL",
    "INVOKE_SERVICE",
    "MARKET_ERRORS",
    "RETRIEVE_PATH",
    "SERVICE",
    "Document",
    "ServiceMarket",
    "by_result",
    "by_type",
    "document_of",
    "document_of_method",
    "market_fields",
]
