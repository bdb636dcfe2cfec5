"""How a picture of the developer's disk gets into the event of a function, as a mini-program would send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from .client import EmulatorClient

IMAGE_FORMS = ("fileID", "imgUrl", "img")
"""``fileID``: cloud:// ID after an upload; ``imgUrl``: download URL after an upload; ``img``: bytes as Buffer JSON."""


def add_image(client: EmulatorClient, event: Any, image: Path, form: str) -> dict[str, Any]:
    """Return `event` with the picture in one of `IMAGE_FORMS`.

    Raises:
        OSError: the file cannot be read.
        TypeError: the event is no object.
    """
    if not isinstance(event, dict):
        raise TypeError("--image needs an event that is an object, such as {}.")
    data = image.read_bytes()
    if form == "img":
        # What an ArrayBuffer becomes on its way through wx.cloud.callFunction.
        return {**event, "img": {"type": "Buffer", "data": list(data)}}
    stored = client.upload(image.name, data)
    return {**event, form: stored["fileID" if form == "fileID" else "url"]}
