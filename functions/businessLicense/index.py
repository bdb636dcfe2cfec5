"""Read a business licence: ``POST /cv/ocr/bizlicense``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.businessLicense")
