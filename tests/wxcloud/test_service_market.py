"""The table of the service market: tied to the methods that read the same documents, and what reads its replies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wxcloud.contract import METHODS
from wxcloud.service_market import (
    DOCUMENTS,
    INVOKE_SERVICE,
    MARKET_ERRORS,
    OCR_DRIVER,
    OCR_VEHICLE,
    Document,
    by_result,
    by_type,
    document_of,
    document_of_method,
    market_fields,
)

WITHOUT_TYPE = {"menu"}
"""Methods whose document has no ocr_type that anybody has seen."""


def test_each_method_has_its_document_or_is_known_to_have_none() -> None:
    lacking = {method.key for method in METHODS if document_of_method(method.key) is None}
    assert lacking == WITHOUT_TYPE, "functions/wxcloud/service_market.py: add a Document to DOCUMENTS"
    assert [document.method for document in DOCUMENTS] == [
        method for method in METHODS if method.key not in WITHOUT_TYPE
    ]


def test_types_and_keys_are_those_of_the_samples() -> None:
    assert {document.ocr_type: document.result for document in DOCUMENTS} == {
        1: "idcard_res",
        2: "bankcard_res",
        3: "driving_res",
        4: "driving_license_res",
        7: "biz_license_res",
        8: "ocr_comm_res",
        10: "plate_num_res",
    }


def test_the_naming_trap_3_is_the_vehicle_and_4_the_driver() -> None:
    vehicle, driver = by_type(OCR_VEHICLE), by_type(OCR_DRIVER)
    assert vehicle is not None
    assert driver is not None
    assert (vehicle.ocr_type, vehicle.result, vehicle.method.title_zh) == (3, "driving_res", "行驶证")
    assert (driver.ocr_type, driver.result, driver.method.title_zh) == (4, "driving_license_res", "驾驶证")
    assert document_of("drivingLicense") is vehicle  # the cloud call's older name
    assert document_of("driverLicense") is driver


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.result)
def test_what_a_document_renames_and_leaves_out_are_fields_of_its_method(document: Document) -> None:
    names = {field.name for field in document.method.fields}
    assert names >= {*document.renamed, *document.left_out}
    assert not names & ({field.name for field in document.own} - {"type"})
    found = [field.name for field in document.fields]
    assert len(found) == len(set(found))
    assert by_result(document.result) is document


@pytest.mark.parametrize("name", [1, "1", "idcard", "ocr.idcard", "idcard_res"])
def test_a_document_by_number_and_by_name(name: Any) -> None:
    assert document_of(name) is DOCUMENTS[0]


@pytest.mark.parametrize("name", [0, 5, 9, "9", "menu", "", None, True, 1.0, "1.0", [], "９"])
def test_no_document_of_what_is_none(name: Any) -> None:
    assert document_of(name) is None


def test_every_code_of_the_page_is_in_the_tables() -> None:
    codes = {*INVOKE_SERVICE.error_codes, *INVOKE_SERVICE.observed_error_codes}
    assert codes >= set(MARKET_ERRORS)
    assert INVOKE_SERVICE.path == "/wxa/servicemarket"
    assert INVOKE_SERVICE.permissions == ("serviceMarket.invokeService",)


POS = {"left_top": {"x": 1.0, "y": 2.0}}
CARD = {"type": 0, "name": {"text": "张三", "pos": POS}, "id": {"text": ""}, "image_width": 480}
PLAIN = {"type": 0, "name": "张三", "id": "", "image_width": 480}
ITEMS = {"items": [{"text": "a", "pos": POS}]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (json.dumps({"idcard_res": CARD}), PLAIN),
        ({"idcard_res": CARD}, PLAIN),
        (CARD, PLAIN),
        ({"ocr_comm_res": ITEMS}, ITEMS),
        ({"plate_num_res": {"number": {"text": "粤B00000"}}}, {"number": "粤B00000"}),
        ({"number": {"text": "粤B00000"}}, {"number": "粤B00000"}),
        ({"idcard_res": {"type": 2, "image_width": 480}}, {}),
        ({"driving_res": {"type": 3}}, {}),
        ({"bankcard_res": {}}, {}),
        ("", {}),
        ("no json", {}),
        ("[" * 100_000, {}),
        ([1], {}),
        (None, {}),
    ],
)
def test_market_fields_gives_plain_values(data: Any, expected: dict[str, Any]) -> None:
    assert market_fields({"errMsg": "ok", "errCode": 0, "data": data}) == expected


def test_market_fields_without_data() -> None:
    assert market_fields({}) == {}
