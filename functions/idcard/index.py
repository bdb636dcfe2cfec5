"""Read an ID card, front or back: ``POST /cv/ocr/idcard``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.idcard")
