"""How a picture of the developer's disk gets into the event of a function, as a mini-program would send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from cloudbase_ocr.commands.client import EmulatorClient

IMAGE_FORMS = ("fileID", "imgUrl", "img")
"""``fileID``: cloud:// ID after an upload; ``imgUrl``: download URL after an upload; ``img``: bytes as Buffer JSON."""


def add_image(client: EmulatorClient, event: Any, name: str, data: bytes, form: str) -> dict[str, Any]:
    """Return `event` with a picture, called `name`, in one of `IMAGE_FORMS`.

    Raises:
        TypeError: the event is no object.
    """
    if not isinstance(event, dict):
        raise TypeError(_("--image needs an event that is an object, such as {}."))
    if form == "img":
        # What an ArrayBuffer becomes on its way through wx.cloud.callFunction.
        return {**event, "img": {"type": "Buffer", "data": list(data)}}
    stored = client.upload(name, data)
    return {**event, form: stored["fileID" if form == "fileID" else "url"]}
