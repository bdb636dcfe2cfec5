"""What may be assumed of WeChat where nothing settles it, against the default: the words of ``--assumption``.

Each is the other side of a ruling of docs/rulings.yaml that is a guess.
"""

from __future__ import annotations

MULTIPART_IMG_URL = "multipart-img-url"
"""`img_url` is seen as a text field of a multipart form, too (R38)."""

MULTIPART_GOES_FIRST = "multipart-goes-first"
"""A multipart body that cannot be read is 41005, also beside an `img_url` in the query (R39)."""

RAW_IMG_URL_REFUSED = "raw-img-url-refused"
"""An `img_url` whose ``://`` is not percent-encoded is -1, also where nothing was cut off (R40)."""

FOLDED_HEADERS = "folded-headers"
"""A header of a part may go on in the next line (R42)."""

AICROP_GET = "aicrop-get"
"""``/cv/img/aicrop`` takes GET as well (R43)."""

EMPTY_EVENT = "empty-event"
"""``/tcb/invokecloudfunction`` takes an empty body for an empty event (R44)."""

ALL = (
    MULTIPART_IMG_URL,
    MULTIPART_GOES_FIRST,
    RAW_IMG_URL_REFUSED,
    FOLDED_HEADERS,
    AICROP_GET,
    EMPTY_EVENT,
)
