"""Lets the mini-program's user join with a photo of an ID card."""

import wxcloud as cloud

cloud.init(env=cloud.DYNAMIC_CURRENT_ENV)


@cloud.function
def main(event, context):
    """Take ``{"imgUrl"}`` and return the new member, or why there is none."""
    try:
        card = cloud.openapi.ocr.idcard({"type": "photo", "imgUrl": event["imgUrl"]})
    except cloud.CloudSDKError as error:
        return {"joined": False, "errCode": error.errCode}
    return {"joined": True, "name": card["name"], "member": cloud.get_wx_context()["OPENID"]}
