"""$title: the mini-program sends a picture, and gets what was read."""

import wxcloud as cloud

cloud.init(env=cloud.DYNAMIC_CURRENT_ENV)

PICTURE = ("fileID", "imgUrl", "img")


@cloud.function
def main(event, context):
    """Return the fields, or errCode and errMsg when the call fails."""
    picture = {key: event[key] for key in PICTURE if key in event}
    return cloud.openapi.ocr.$call(picture)
