"""Read a vehicle licence (行驶证, not the driver licence): ``POST /cv/ocr/driving``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.vehicleLicense")
