"""Read the number of a bank card: ``POST /cv/ocr/bankcard``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.bankcard")
