"""Read one of seven documents through WeChat's service market (OcrAllInOne): ``POST /wxa/servicemarket``.

The event carries one picture (`imgUrl`, `img` or `fileID`) and `ocrType`, a number or a name such as `idcard`; the
result is the cloud-call object, whose `data` is JSON text.
"""

import wxcloud as cloud


@cloud.function
def main(event, _context):
    """Read the document that the event shows."""
    return cloud.ocr_all_in_one(event)
