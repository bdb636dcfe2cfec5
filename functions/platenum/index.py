"""Read a number plate; an extension, WeChat documents no cloud call for it: ``POST /cv/ocr/platenum``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.platenum")
