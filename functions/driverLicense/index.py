"""Read a driver licence (驾驶证, not the vehicle licence): ``POST /cv/ocr/drivinglicense``.

The event carries one picture (`imgUrl`, `img` or `fileID`); the result is the cloud-call object.
"""

import wxcloud as cloud

main = cloud.function("ocr.driverLicense")
