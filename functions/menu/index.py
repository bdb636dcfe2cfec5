"""Read the dishes of a menu; an extension, WeChat documents no cloud call for it: ``POST /cv/ocr/menu``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.menu")
