"""The vehicle licence (行驶证), its first page, its second page, or both on one photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.documents.classify import contradicts
from cloudbase_ocr.recognizer.documents.lexicon import vehicles
from cloudbase_ocr.recognizer.documents.reader import DocumentReader
from cloudbase_ocr.recognizer.errors import DocumentNotFound
from cloudbase_ocr.recognizer.fields import checks, formats
from cloudbase_ocr.recognizer.fields.checksums import vin_ok
from cloudbase_ocr.recognizer.fields.passes import read_in_passes
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.fields.resolve import resolve_form
from cloudbase_ocr.recognizer.fields.sought import sought
from cloudbase_ocr.recognizer.fields.spec import FieldSpec, one_of
from cloudbase_ocr.recognizer.image.deskew import rectification_of
from cloudbase_ocr.recognizer.layout.anchors import telling
from cloudbase_ocr.recognizer.layout.form import Form
from cloudbase_ocr.recognizer.layout.labels import Label, cut
from cloudbase_ocr.recognizer.layout.pieces import part, pieces, rows
from cloudbase_ocr.recognizer.layout.stamps import is_stamp
from cloudbase_ocr.recognizer.layout.sublabels import sublabels
from cloudbase_ocr.recognizer.page.boundary import document_boundary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.fields.reading import Resolved
    from cloudbase_ocr.recognizer.image.geometry import Line, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

FRONT = (
    Label("title", ("中华人民共和国机动车行驶证",), ("Vehicle License of the People's Republic of China",)),
    Label("plate_num", ("号牌号码",), ("Plate No.",), (0.045, 0.195), (0.18, 0.21), formats.plate),
    Label("vehicle_type", ("车辆类型",), ("Vehicle Type",), (0.455, 0.195), (0.6, 0.21), vehicles.is_type),
    Label("owner", ("所有人",), ("Owner",), (0.045, 0.297)),
    Label("addr", ("住址",), ("Address",), (0.045, 0.4)),
    Label("use_character", ("使用性质",), ("Use Character",), (0.045, 0.503), (0.19, 0.518), vehicles.is_use),
    Label("model", ("品牌型号",), ("Model",), (0.43, 0.503), (0.56, 0.518), vehicles.is_model),
    Label("vin", ("车辆识别代号", "车辆识别代码"), ("VIN",), (0.3, 0.608), (0.51, 0.623), vehicles.vin),
    Label("engine_num", ("发动机号码", "发动机号"), ("Engine No.",), (0.3, 0.712)),
    Label("register_date", ("注册日期",), ("Register Date",), (0.3, 0.826)),
    Label("issue_date", ("发证日期",), ("Issue Date",), (0.65, 0.826)),
)
BACK = (
    Label("plate_num_b", ("号牌号码",), (), (0.04, 0.06), (0.19, 0.06), formats.plate),
    Label("record", ("档案编号",), ("File No.",), (0.53, 0.06), (0.7, 0.06), vehicles.is_record),
    Label(
        "passengers_num",
        ("核定载人数", "核定载客数"),
        ("Approved Passengers Capacity",),
        (0.04, 0.13),
        (0.19, 0.13),
        vehicles.is_passengers,
    ),
    Label("total_quality", ("总质量",), ("Gross Mass",), (0.53, 0.13)),
    Label("prepare_quality", ("整备质量",), ("Unladen Mass",), (0.04, 0.2)),
    Label("payload", ("核定载质量",), ("Approved Load",), (0.53, 0.2)),
    Label("overall_size", ("外廓尺寸",), ("Overall Dimension",), (0.04, 0.265), (0.19, 0.265), vehicles.size),
    Label("traction", ("准牵引总质量",), ("Traction Mass",), (0.53, 0.265)),
    Label("remarks", ("备注",), ("Remarks",), (0.04, 0.335)),
    Label("inspection", ("检验记录",), ("Inspection Record",), (0.04, 0.42)),
)
# What stands below another value belongs to something else.
MORE_ROWS = {"owner", "addr"}
SHARED = {"title", "plate_num", "plate_num_b", "addr", "issue_date", "remarks"}

SPECS: dict[str, FieldSpec] = {
    "plate_num": vehicles.LICENCE_PLATE,
    "vehicle_type": vehicles.TYPE,
    "owner": FieldSpec(vehicles.owner, open=True),
    "addr": formats.TEXT,
    "use_character": one_of(vehicles.USES),
    "model": FieldSpec(vehicles.model, open=True),
    "vin": FieldSpec(vehicles.vin, formats.LETTERS.replace("Q", "") + formats.DIGITS, vin_ok),
    "engine_num": FieldSpec(vehicles.engine, open=True),
    "register_date": formats.DATE,
    "issue_date": formats.DATE,
    "plate_num_b": vehicles.LICENCE_PLATE,
    "record": FieldSpec(vehicles.record, formats.DIGITS),
    "passengers_num": FieldSpec(vehicles.passengers, formats.DIGITS + "人", counting=formats.DIGITS),
    "total_quality": formats.MASS,
    "prepare_quality": formats.MASS,
    "overall_size": FieldSpec(vehicles.size, formats.DIGITS + "×xm", counting=formats.DIGITS),
}


@dataclass(frozen=True)
class VehicleLicenceParams:
    """When a page of a vehicle licence is there: `enough` of its labels are seen, or `enough_titled` with the title.

    Labels that other documents share do not count.
    """

    enough: int = 3
    enough_titled: int = 1


VEHICLE_LICENCE = VehicleLicenceParams()


def read(page: Page) -> Reading:
    """The fields in the contract's order; those of a page that is not there are empty (ruling R22).

    `card_position_front` and `card_position_back` are there only when that page is. Raises `DocumentNotFound`.
    """
    if contradicts(READER.key, page.lines()):
        raise DocumentNotFound("no vehicle licence found in the picture: this is another document")
    reading = read_in_passes(page, _read)
    if reading is None:
        raise DocumentNotFound(
            "no vehicle licence found in the picture: the labels of neither page were found"
        )
    size = {"img_size": {"w": page.width, "h": page.height}}
    return Reading(dict.fromkeys(SPECS, "") | reading.fields | size, reading.evidence)


def _read(page: Page) -> Reading | None:
    """The fields of the pages that are there, and where the pages are; None when there is none."""
    resolved: dict[str, Resolved] = {}
    places: dict[str, Any] = {}
    missing: dict[str, Quad | None] = {}
    for side, lines, labels in zip(("front", "back"), _pages(page.lines(), page), (FRONT, BACK), strict=True):
        rectification = rectification_of(lines)
        form = _form(pieces(lines, rectification), labels, page)
        if form:
            names = [label.name for label in labels if label.name in SPECS]
            for name in form.values.keys() - MORE_ROWS:
                form.values[name] = rows(form.values[name])[0]
            found = {name: resolve_form(page, form, rectification, name, SPECS[name]) for name in names}
            unread = {name: SPECS[name] for name in names if not found[name].value}
            missing |= sought(page, form, rectification, unread)
            resolved |= found
            places[f"card_position_{side}"] = {"pos": page.quad(document_boundary(page, lines))}
    reading = Reading.of(resolved)
    return Reading(reading.fields | places, reading.evidence, missing) if places else None


def _form(found: list[Piece], labels: Sequence[Label], page: Page) -> Form | None:
    """The form on one page; None when too few of its labels are seen."""
    form = Form(parted(found), labels, skip=lambda piece: is_stamp(page.picture, piece))
    enough = VEHICLE_LICENCE.enough_titled if "title" in form.seen else VEHICLE_LICENCE.enough
    return form if len((form.seen | form.told.keys()) - SHARED) >= enough else None


def parted(found: Sequence[Piece]) -> list[Piece]:
    """The pieces, cut behind a size: what goes on there is the next label."""
    cuts: list[Piece] = []
    for piece in found:
        match = vehicles.SIZE.match(piece.text)
        if match and match[4] and piece.text[match.end() :].strip():
            cuts += [part(piece, 0, match.end()), part(piece, match.end(), len(piece.text))]
        else:
            cuts.append(piece)
    return cuts


def _marks(whole: list[Piece], labels: Sequence[Label]) -> list[Piece]:
    """Labels of one page, and values that stand on that page alone."""
    found = cut(parted(whole), labels)
    free = [piece for piece in found if not piece.label]
    return [piece for piece in found if piece.label] + list(telling(free, labels).values())


def _pages(lines: list[Line], page: Page) -> tuple[list[Line], list[Line]]:
    """Lines of the first and of the second page, told apart by where the labels of each are."""
    whole = pieces(lines, page.rectification)
    front, back = (
        _marks(whole, [each for each in labels if each.name not in SHARED]) for labels in (FRONT, BACK)
    )
    if min(len(front), len(back)) < VEHICLE_LICENCE.enough:
        return (lines, []) if len(front) >= len(back) else ([], lines)
    middles = [sum(piece.centre for piece in each) / len(each) for each in (front, back)]
    heights = [sum(piece.middle for piece in each) / len(each) for each in (front, back)]
    height = sum(piece.height for piece in front) / len(front)
    if abs(middles[0] - middles[1]) > abs(heights[0] - heights[1]):
        first = front if middles[0] < middles[1] else back
        second = back if first is front else front
        border = min(piece.left for piece in second) - 2 * height
        before = [piece.line for piece in whole if piece.centre < border]
    else:
        first = front if heights[0] < heights[1] else back
        second = back if first is front else front
        border = min(piece.middle for piece in second) - (2.2 if second is back else 6) * height
        border = max(border, max(piece.middle for piece in first) + 0.5 * height)
        before = [piece.line for piece in whole if piece.middle < border]
    chosen = {id(line) for line in before}
    after = [line for line in lines if id(line) not in chosen]
    return (before, after) if first is front else (after, before)


def _checks(texts: Texts) -> Found:
    for name in ("plate_num", "plate_num_b"):
        yield from checks.plate(name, texts.get(name, ""))
    if "plate_num_b" in texts and "plate_num" in texts:
        same = texts["plate_num"] == texts["plate_num_b"]
        right, wrong = "as on the first page", "another than on the first page"
        yield "plate_num_b", checks.check("same_plate", same, right, wrong)
    if "vehicle_type" in texts:
        known = texts["vehicle_type"] in vehicles.TYPES
        yield "vehicle_type", checks.check("vehicle_type", known, "a type of GA 802", "no type of GA 802")
    if "use_character" in texts:
        known = texts["use_character"] in vehicles.USES
        yield "use_character", checks.check("use_character", known, "a use of GA 801", "no use of GA 801")
    if "vin" in texts:
        ok = vin_ok(texts["vin"])
        right, wrong = "the check character is right", "the check character is wrong, or the maker uses none"
        yield "vin", checks.check("checksum", ok, right, wrong)
    yield from checks.dates(texts, "register_date", "issue_date")
    yield from checks.order(texts, "register_date", "issue_date")
    light, heavy = (_kilograms(texts.get(name, "")) for name in ("prepare_quality", "total_quality"))
    if light and heavy:
        right, wrong = "no more than the gross mass", "more than the gross mass"
        yield "prepare_quality", checks.check("mass", light <= heavy, right, wrong)


def _kilograms(text: str) -> int:
    digits = text.removesuffix("kg")
    return int(digits) if digits.isdigit() else 0


READER = DocumentReader(
    key="driving",
    read=read,
    checks=_checks,
    title="机动车行驶证",
    # The two licences have all but one character of their titles in common.
    distinct="行驶",
    strangers=("登记证书",),
    signature={
        "中华人民共和国机动车行驶证": 0.8,
        "机动车行驶证": 0.8,
        "号牌号码": 0.4,
        "车辆类型": 0.4,
        "使用性质": 0.5,
        "品牌型号": 0.4,
        "车辆识别代号": 0.5,
        "发动机号码": 0.5,
        "注册日期": 0.2,
        "发证日期": 0.3,
        "所有人": 0.2,
        "档案编号": 0.3,
        "核定载人数": 0.5,
        "核定载质量": 0.5,
        "准牵引总质量": 0.5,
        "整备质量": 0.5,
        "总质量": 0.3,
        "外廓尺寸": 0.5,
        "检验记录": 0.5,
    },
    skip_lines=sublabels,
)
