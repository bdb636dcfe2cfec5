"""The contract of WeChat's OCR: one table that functions, emulator, tests and documentation all read.

Sources: the official pages of each method ("documented"), and replies or client code seen in public where the
pages are silent ("observed"). Names are those of the wire (snake_case); cloud calls show them in camelCase.

The naming trap: ``/cv/ocr/driving`` reads the *vehicle* licence (行驶证), in cloud calls
``ocr.vehicleLicense`` or ``ocr.drivingLicense``; ``/cv/ocr/drivinglicense`` reads the *driver* licence
(驾驶证), in cloud calls ``ocr.driverLicense``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .errorcodes import CLOUD_ERRORS, ERRORS, ErrorCode

__all__ = [
    "CLOUD_ERRORS",
    "DOCUMENTED",
    "ERRORS",
    "FREE_CALLS_PER_DAY",
    "MAX_IMAGE_BYTES",
    "MAX_IMAGE_BYTES_RESP_TYPE_1",
    "METHODS",
    "OBSERVED",
    "ErrorCode",
    "Field",
    "Method",
    "Param",
    "by_cloud_name",
    "by_key",
    "by_path",
]

DOCUMENTED = "documented"
OBSERVED = "observed"

MAX_IMAGE_BYTES = 2 * 1024 * 1024
"""Documented: "less than 2 M" (every page). Ruling R16 reads it as 2 MiB, the bound itself allowed."""

MAX_IMAGE_BYTES_RESP_TYPE_1 = 10 * 1024 * 1024
"""Documented only inside the text of 101002: "resp_type = 1: 10MB"; no page defines `resp_type`."""

FREE_CALLS_PER_DAY = 100
"""Documented on every page since 2020-04. Counted per appid and method by ruling R26."""


class Field(NamedTuple):
    """One field of a reply.

    `type` is the JSON type: string, integer, number, object or array. `fields` are the children of an
    object, or of each item of an array. `side` is set for fields that only one side of a document carries.
    """

    name: str
    type: str
    meaning: str
    example: Any = None
    status: str = DOCUMENTED
    side: str | None = None
    fields: tuple[Field, ...] = ()

    def example_value(self) -> Any:
        """Return the documented example: for objects and arrays, built from the children."""
        if self.example is not None or not self.fields:
            return self.example
        value = {field.name: field.example_value() for field in self.fields}
        return [value] if self.type == "array" else value


class Param(NamedTuple):
    """One request parameter; `where` it travels is ``query`` or ``multipart``."""

    name: str
    type: str
    meaning: str
    where: str = "query"
    status: str = DOCUMENTED


class Method(NamedTuple):
    """One OCR method: its HTTPS path, its cloud names, and what it takes and gives.

    `official` is False for methods that have no documented cloud call (ruling R29). `error_codes` are those
    of the page's own table, `observed_error_codes` those that sibling pages or reports add (ruling R18).
    `required` are the pictures that the page of 2026 marks so; the pages disagree, and one is enough (ruling R31).
    """

    key: str
    cloud_names: tuple[str, ...]
    title: str
    title_zh: str
    fields: tuple[Field, ...]
    error_codes: tuple[int, ...]
    observed_error_codes: tuple[int, ...] = ()
    official: bool = True
    sides: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The HTTPS path on api.weixin.qq.com."""
        return "/cv/ocr/" + self.key

    @property
    def params(self) -> tuple[Param, ...]:
        """Request parameters; they are the same for every method."""
        return PARAMS

    @property
    def permission(self) -> str:
        """What `permissions.openapi` of a function's config.json lists for the first cloud name."""
        return "ocr." + self.cloud_names[0]

    @property
    def permissions(self) -> tuple[str, ...]:
        """The permission entry of each cloud name, in the order of `cloud_names`."""
        return tuple("ocr." + name for name in self.cloud_names)

    def reply_fields(self, side: str | None = None, profile: str = OBSERVED) -> tuple[Field, ...]:
        """Return the fields of a reply for one side of the document, as the profile has them.

        The ``documented`` profile leaves out what no page documents; ``observed`` has everything.
        """
        return tuple(
            field
            for field in self.fields
            if field.side in (None, side) and (profile == OBSERVED or field.status == DOCUMENTED)
        )

    def example_reply(self, side: str | None = None, profile: str = DOCUMENTED) -> dict[str, Any]:
        """Return the business fields (no errcode, no errmsg) of the example; `side`: by default the first."""
        shown = side or (self.sides[0] if self.sides else None)
        reply = {field.name: field.example_value() for field in self.reply_fields(shown, profile)}
        if self.sides:
            reply["type"] = shown
        return reply


def _point(x: int, y: int) -> dict[str, int]:
    return {"x": x, "y": y}


def _corner(name: str, meaning: str, x: int, y: int) -> Field:
    axes = (Field("x", "integer", "pixels from the left"), Field("y", "integer", "pixels from the top"))
    return Field(name, "object", meaning, _point(x, y), fields=axes)


def _quad(*corners: tuple[int, int]) -> Field:
    names = ("left_top", "right_top", "right_bottom", "left_bottom")
    return Field(
        "pos",
        "object",
        "four corners, clockwise from the top left, in pixels of the picture as sent",
        fields=tuple(
            _corner(name, name.replace("_", " ") + " corner", x, y) for name, (x, y) in zip(names, corners)
        ),
    )


def _position(name: str, meaning: str, *corners: tuple[int, int]) -> Field:
    return Field(name, "object", meaning, fields=(_quad(*corners),))


def _img_size(w: int, h: int) -> Field:
    sides = (Field("w", "integer", "width in pixels", w), Field("h", "integer", "height in pixels", h))
    return Field("img_size", "object", "size of the picture as sent", fields=sides)


PARAMS = (
    Param(
        "access_token", "string", "token of the account; cloudbase_access_token inside CloudBase containers"
    ),
    Param("img_url", "string", "URL of the picture, percent-encoded exactly once; not together with img"),
    Param("img", "file", "the picture as a multipart part with filename and content type", where="multipart"),
    Param(
        "type", "string", "photo (with background) or scan (without); any value is accepted", status=OBSERVED
    ),
    Param(
        "resp_type", "integer", "1 raises the size limit to 10 MB; undefined by the pages", status=OBSERVED
    ),
)

_CARD_ERRORS = (-1, 40001, 101000, 101001, 101002, 101003)

_CARD_PROPERTY = "meaning unknown; 4 in both recorded replies"

IDCARD = Method(
    key="idcard",
    cloud_names=("idcard",),
    title="ID card",
    title_zh="身份证",
    sides=("Front", "Back"),
    fields=(
        Field("type", "string", "side of the card: Front or Back", "Front"),
        Field("name", "string", "name", "张三", side="Front"),
        Field("id", "string", "ID number", "123456789012345678", side="Front"),
        Field("addr", "string", "address", "广东省广州市XXX", side="Front"),
        Field("gender", "string", "男 or 女", "男", side="Front"),
        Field("nationality", "string", "ethnic group, without 族", "汉", side="Front"),
        Field("birth", "string", "date of birth, YYYY-MM-DD", "1990-01-01", OBSERVED, "Front"),
        Field(
            "valid_date", "string", "period of validity, YYYYMMDD-YYYYMMDD", "20070105-20270105", side="Back"
        ),
        Field("authority", "string", "issuing authority", "广州市公安局", OBSERVED, "Back"),
        Field("card_property", "integer", _CARD_PROPERTY, 4, OBSERVED),
    ),
    error_codes=_CARD_ERRORS,
)

BANKCARD = Method(
    key="bankcard",
    cloud_names=("bankcard",),
    title="Bank card",
    title_zh="银行卡",
    fields=(
        Field("number", "string", "card number (two examples call it id: ruling R2)", "622213XXXXXXXXX"),
    ),
    error_codes=(-1, 40001, 101000, 101001, 101003),
    observed_error_codes=(101002,),
    required=("img",),
)

DRIVING = Method(
    key="driving",
    cloud_names=("vehicleLicense", "drivingLicense"),
    title="Vehicle licence",
    title_zh="行驶证",
    fields=(
        Field("plate_num", "string", "number plate", "粤xxxxx"),
        Field("vehicle_type", "string", "type of vehicle", "小型普通客车"),
        Field("owner", "string", "owner", "东莞市xxxxx机械厂"),
        Field("addr", "string", "address", "广东省东莞市xxxxx号"),
        Field("use_character", "string", "use of the vehicle", "非营运"),
        Field("model", "string", "brand and model", "江淮牌HFCxxxxxxx"),
        Field("vin", "string", "vehicle identification number", "LJ166xxxxxxxx51"),
        Field("engine_num", "string", "engine number", "J3xxxxx3"),
        Field("register_date", "string", "date of registration, YYYY-MM-DD", "2018-07-06"),
        Field("issue_date", "string", "date of issue, YYYY-MM-DD", "2018-07-01"),
        Field("plate_num_b", "string", "number plate on the second page", "粤xxxxx"),
        Field("record", "string", "file number", "441xxxxxx3"),
        Field("passengers_num", "string", "approved passengers, with unit", "7人"),
        Field("total_quality", "string", "gross mass, with unit", "2700kg"),
        Field("prepare_quality", "string", "curb mass, with unit", "1995kg"),
        Field("overall_size", "string", "length x width x height, with unit", "4582x1795x1458mm"),
        _position(
            "card_position_front",
            "where the front page lies; only if it is in the picture",
            (119, 2925),
            (1435, 2887),
            (1435, 3793),
            (119, 3831),
        ),
        _position(
            "card_position_back",
            "where the second page lies; only if it is in the picture",
            (1523, 2849),
            (2898, 2887),
            (2927, 3831),
            (1523, 3831),
        ),
        _img_size(3120, 4208),
    ),
    error_codes=(-1, 40001, 101000, 101003),
    observed_error_codes=(101001, 101002),
    required=("img",),
)

DRIVINGLICENSE = Method(
    key="drivinglicense",
    cloud_names=("driverLicense",),
    title="Driver licence",
    title_zh="驾驶证",
    fields=(
        Field("id_num", "string", "number of the licence", "660601xxxxxxxx1234"),
        Field("name", "string", "name", "张三"),
        Field("sex", "string", "男 or 女", "男"),
        Field("nationality", "string", "country (example only, absent from the field table)", "中国"),
        Field("address", "string", "address", "广东省东莞市xxxxx号"),
        Field("birth_date", "string", "date of birth, YYYY-MM-DD", "1990-12-21"),
        Field("issue_date", "string", "date of first issue, YYYY-MM-DD", "2012-12-21"),
        Field("car_class", "string", "class", "C1"),
        Field("valid_from", "string", "valid from, YYYY-MM-DD", "2018-07-06"),
        Field("valid_to", "string", "valid to, YYYY-MM-DD", "2020-07-01"),
        Field("official_seal", "string", "seal of the issuing authority", "xx市公安局公安交通管理局"),
    ),
    error_codes=(-1, 40001, 101000, 101003),
    observed_error_codes=(101001, 101002),
    required=("img",),
)

BIZLICENSE = Method(
    key="bizlicense",
    cloud_names=("businessLicense",),
    title="Business licence",
    title_zh="营业执照",
    fields=(
        Field("reg_num", "string", "registration number", "123123"),
        Field("serial", "string", "serial number", "123123"),
        Field("legal_representative", "string", "legal representative", "张三"),
        Field("enterprise_name", "string", "name of the enterprise", "XX饮食店"),
        Field("type_of_organization", "string", "form of organisation", "个人经营"),
        Field("address", "string", "business premises", "XX市XX区XX路XX号"),
        Field("type_of_enterprise", "string", "type of enterprise", "XXX"),
        Field(
            "business_scope", "string", "scope of business", "中型餐馆(不含凉菜、不含裱花蛋糕,不含生食海产品)"
        ),
        Field("registered_capital", "string", "registered capital", "200万"),
        Field("paid_in_capital", "string", "paid-in capital", "200万"),
        Field("valid_period", "string", "term of operation, as printed", "2019年1月1日"),
        Field(
            "registered_date", "string", "date of registration or establishment, as printed", "2018年1月1日"
        ),
        _position("cert_position", "where the licence lies", (155, 191), (725, 157), (743, 512), (164, 525)),
        _img_size(966, 728),
    ),
    error_codes=_CARD_ERRORS,
    required=("img",),
)

COMM = Method(
    key="comm",
    cloud_names=("printedText",),
    title="Printed text",
    title_zh="通用印刷体",
    fields=(
        Field(
            "items",
            "array",
            "lines of text in reading order; empty when there is none",
            fields=(
                Field("text", "string", "the line", "腾讯"),
                _quad((575, 519), (744, 519), (744, 532), (573, 532)),
            ),
        ),
        _img_size(1280, 720),
    ),
    error_codes=(-1, 40001, 101000, 101002, 101003),
)

PLATENUM = Method(
    key="platenum",
    cloud_names=("platenum",),
    title="Number plate",
    title_zh="车牌",
    fields=(Field("number", "string", "number plate", "粤A123456"),),
    error_codes=(),
    observed_error_codes=_CARD_ERRORS,
    official=False,
)

MENU = Method(
    key="menu",
    cloud_names=("menu",),
    title="Menu",
    title_zh="菜单",
    fields=(
        Field(
            "content",
            "string",
            "JSON text: {menu_items: [{name, price}]} (ruling R20)",
            '{"menu_items": [{"name": "酱鸭", "price": 48.0}]}',
        ),
    ),
    error_codes=(-1, 101000, 101001, 101002),
    observed_error_codes=(40001, 101003),
    official=False,
)

METHODS: tuple[Method, ...] = (
    IDCARD,
    BANKCARD,
    DRIVING,
    DRIVINGLICENSE,
    BIZLICENSE,
    COMM,
    PLATENUM,
    MENU,
)

_BY_KEY = {method.key: method for method in METHODS}
_BY_PATH = {method.path: method for method in METHODS}
_BY_CLOUD_NAME = {name: method for method in METHODS for name in method.cloud_names}


def by_key(key: str) -> Method | None:
    """Return the method whose path ends in `key` (``idcard``, ``driving``, ...), or None."""
    return _BY_KEY.get(key)


def by_path(path: str) -> Method | None:
    """Return the method served at `path` (``/cv/ocr/idcard``), or None."""
    return _BY_PATH.get(path)


def by_cloud_name(name: str) -> Method | None:
    """Return the method that ``cloud.openapi.ocr.<name>`` calls, or None."""
    return _BY_CLOUD_NAME.get(name)
