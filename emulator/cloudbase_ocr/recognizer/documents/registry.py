"""Which document is read by which method.

The one place where WeChat's names of methods are mapped: its `driving` is the vehicle licence, its `drivinglicense` the
driver licence. Inside the recognizer a document is called by its module.
"""

from __future__ import annotations

# One module for each document, with LONG_SIDE (of the picture that the detector sees), read(page), and
# LEAVE_OUT if some of its lines need not be read at first. They are imported by the first picture: numpy,
# OpenCV and Pillow would slow every start of the command down.
READERS = {
    "idcard": "idcard",
    "bankcard": "bankcard",
    "driving": "vehicle_licence",
    "drivinglicense": "driver_licence",
    "bizlicense": "business_licence",
    "comm": "printed_text",
    "platenum": "number_plate",
    "menu": "menu",
}
KEYS = {module: key for key, module in READERS.items()}
