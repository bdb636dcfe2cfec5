"""`comm`: every line of printed text, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.recognizer.layout import pieces, rows

if TYPE_CHECKING:
    from emulator.recognizer.page import Page

# Pages carry more and smaller text than cards.
LONG_SIDE = 1280
# Under this mean certainty a line is texture, not text: a wrong line is worse than a missing one.
READABLE = 0.5
# A mark's blank half is outside the line's box at the end of a line, so its width cannot be seen there.
# After a Chinese character it is the wide one.
WIDE = dict(zip(":,;!?", "：，；！？", strict=True))


def read(page: Page) -> dict[str, Any]:
    """``items`` of text and quad, ``img_size``. No text gives no items (ruling R19), never an error (R18)."""
    lines = [line for line in page.lines() if line.score >= READABLE]
    found = [piece for row in rows(pieces(lines)) for piece in row]
    for number, piece in enumerate(found):
        page.note(f"items[{number}].text", [piece])
    return {
        "items": [{"text": _closed(piece.text), "pos": page.quad(piece.line.quad)} for piece in found],
        "img_size": {"w": page.width, "h": page.height},
    }


def _closed(text: str) -> str:
    if len(text) > 1 and text[-1] in WIDE and text[-2] > "\u4e00":
        return text[:-1] + WIDE[text[-1]]
    return text
