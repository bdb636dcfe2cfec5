"""Which unread fields are worth another look: none on a blank line, none whose print says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cloudbase_ocr.recognizer.fields.sought import sought
from cloudbase_ocr.recognizer.fields.spec import FieldSpec
from cloudbase_ocr.recognizer.image.deskew import Rectification
from cloudbase_ocr.recognizer.image.geometry import Line, Quad, box
from cloudbase_ocr.recognizer.layout.form import Form
from cloudbase_ocr.recognizer.layout.labels import Label
from cloudbase_ocr.recognizer.layout.pieces import pieces
from cloudbase_ocr.recognizer.page.page import Page

LABELS = (Label("owner", ("OWNER",)), Label("model", ("MODEL",)))
SPEC = FieldSpec(lambda text: text, open=True)


class Drawn(Page):
    """A page whose single lines read as told."""

    def __init__(self, picture: Any, said: Line) -> None:
        self.shown, self.said = picture, said

    @property
    def picture(self) -> Any:
        return self.shown

    def recognize_again(self, quad: Quad, only: Iterable[str] | None = None) -> Line:
        return self.said


def line(text: str, left: float, score: float = 0.99) -> Line:
    return Line(
        text,
        box(left, 20, left + 22 * len(text), 52),
        (score,) * len(text),
        tuple(np.linspace(0.1, 0.9, len(text))),
    )


def places(value: str, found: list[Line], said: Line) -> dict[str, Any]:
    image = Image.new("RGB", (800, 80), "white")
    draw = ImageDraw.Draw(image)
    draw.text((10, 22), "OWNER", fill="black", font=ImageFont.load_default(30))
    draw.text((220, 22), value, fill="black", font=ImageFont.load_default(30))
    page = Drawn(np.asarray(image)[..., ::-1].copy(), said)
    # The last line is what the page is as wide as.
    form = Form(pieces([line("OWNER", 10), *found, line("x", 700)]), LABELS, lambda piece: piece.text == "x")
    return dict(sought(page, form, Rectification(np.eye(3)), {"owner": SPEC, "model": SPEC}))


@pytest.mark.parametrize(
    ("value", "found", "said", "is_sought"),
    [
        ("", [], line("", 0), False),
        ("ABCDE", [], line("ABCDE", 0, 0.7), True),
        ("ABCDE", [], line("HTHTH", 0, 0.1), False),
        ("ABCDE", [], line("", 0), False),
        ("ABCDE", [line("ABCDE", 220, 0.99)], line("", 0), False),
        ("ABCDE", [line("ABCDE", 220, 0.7)], line("", 0), True),
        ("ABCDE", [line("ABCDE", 220, 0.2)], line("", 0), False),
        ("ABCDE  FGHIJ", [line("ABCDE", 220, 0.99)], line("", 0), True),
    ],
    ids=["blank", "unread", "mosaic", "silent", "certain", "doubtful", "illegible", "half"],
)
def test_a_field_is_sought_where_print_may_say_more(
    value: str, found: list[Line], said: Line, is_sought: bool
) -> None:
    assert ("owner" in places(value, found, said)) is is_sought


def test_a_field_without_a_label_may_be_anywhere() -> None:
    assert places("", [], line("", 0))["model"] is None
