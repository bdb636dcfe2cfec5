"""Read all printed text with its positions: ``POST /cv/ocr/comm``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.printedText")
