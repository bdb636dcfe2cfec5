"""Which module reads which document.

The one place where WeChat's names of methods are mapped: its `driving` is the vehicle licence, its `drivinglicense` the
driver licence. Inside the recognizer a document is called by its module.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudbase_ocr.recognizer.documents.reader import DocumentReader

# The modules by the keys of their methods. All that is to be known of a document is in its READER. They are imported by
# the first picture: numpy, OpenCV and Pillow would slow every start of the command down.
READERS = {
    "idcard": "idcard",
    "driving": "vehicle_licence",
    "drivinglicense": "driver_licence",
    "bizlicense": "business_licence",
    "bankcard": "bankcard",
    "menu": "menu",
    "platenum": "number_plate",
    "comm": "printed_text",
}


def reader(key: str) -> DocumentReader:
    """The reader of the document of the method `key`."""
    found: DocumentReader = import_module(f"cloudbase_ocr.recognizer.documents.{READERS[key]}").READER
    return found


@cache
def readers() -> tuple[DocumentReader, ...]:
    """Every document's reader."""
    return tuple(reader(key) for key in READERS)
