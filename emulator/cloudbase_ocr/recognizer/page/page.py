"""One picture being read: the stages that all documents share, each done once and only when asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.evidence import Evidence
from cloudbase_ocr.recognizer.image.augment import AUGMENT, augmented, magnified
from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.image.deskew import Rectification, rectification_of
from cloudbase_ocr.recognizer.image.geometry import transformed, turned_back
from cloudbase_ocr.recognizer.layout.pieces import min_confidence, quad_of
from cloudbase_ocr.recognizer.layout.sublabels import nothing
from cloudbase_ocr.recognizer.ocr.scripts import Script
from cloudbase_ocr.recognizer.page.orientation import (
    Upright,
    recognize_lines,
    rotated,
    stand_on_end,
    upright,
)
from cloudbase_ocr.recognizer.page.redetection import changes
from cloudbase_ocr.recognizer.page.script import in_their_scripts, is_plainly_traditional, script_of
from cloudbase_ocr.recognizer.page.timing import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloudbase_ocr.recognizer.image.decode import Decoded
    from cloudbase_ocr.recognizer.image.geometry import Line, Picture, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.ocr.ctc import Hypothesis, Probabilities
    from cloudbase_ocr.recognizer.ocr.engine import Engine

Corners = dict[str, dict[str, int]]
# Pictures smaller than this cannot hold a character.
SMALLEST = 8


class Page:
    """A decoded picture, the engine, and the text once it was looked for. `width` and `height` are those as sent.

    `report` takes the times of the stages; `script` is what the page is written in, once its text was looked for.
    """

    def __init__(
        self,
        decoded: Decoded,
        engine: Engine,
        long_side: int,
        report: Report | None = None,
        leave_out: Callable[[list[Quad]], list[bool]] = nothing,
        text: Upright | None = None,
        again: dict[tuple[object, ...], tuple[Line, ...]] | None = None,
        *,
        every_script: bool = False,
    ) -> None:
        """Keep the picture. `leave_out` tells which lines need not be read at first; `text` is what is read already.

        `again` are readings of single quads: another pass asks for the same ones. With `every_script`, text is read in
        any script that the network knows, else in Simplified Chinese.
        """
        self.width, self.height = decoded.width, decoded.height
        self.report = report or Report()
        self._decoded = decoded
        self._engine = engine.in_script(Script.SIMPLIFIED) if every_script else engine
        self._every_script = every_script
        self.script = Script.SIMPLIFIED
        self._long_side = long_side
        self._leave_out = leave_out
        self._text = text
        self._again = {} if again is None else again
        self._rectification: Rectification | None = None

    def derived(self, text: Upright) -> Page:
        """The same picture with its text read in another way."""
        return Page(
            self._decoded, self._engine, self._long_side, self.report, self._leave_out, text, self._again
        )

    @property
    def text(self) -> Upright:
        """The upright picture and its lines, which are looked for when they are first asked for."""
        if self._text is None:
            picture = self._decoded.picture
            with self.report.stage("text"):
                if min(picture.shape[:2]) < SMALLEST:
                    self._text = Upright(picture, [], 0, [])
                else:
                    self._text = (self._upright_in_its_script if self._every_script else self._upright)(
                        picture
                    )
        return self._text

    def _upright(
        self, picture: Picture, engine_after: Callable[[list[Line]], Engine] | None = None
    ) -> Upright:
        check = self.report.check
        return upright(
            self._engine, picture, self._long_side, check, self._leave_out, engine_after=engine_after
        )

    def _upright_in_its_script(self, picture: Picture) -> Upright:
        """The text in the script that its lines tell, which the rest of the page is then read in."""
        text = self._upright(
            picture,
            lambda first: (
                self._engine.in_script(Script.TRADITIONAL) if is_plainly_traditional(first) else self._engine
            ),
        )
        self.script = script_of(text.lines)
        lines = in_their_scripts(self._engine, text.picture, text.lines, self.script, self.report.check)
        self._engine = self._engine.in_script(self.script)
        return replace(text, lines=lines)

    def lines(self) -> list[Line]:
        """Every line of text, in the pixels of the upright picture."""
        return self.text.lines

    def recognize_left_out(self, areas: Sequence[Quad | None] | None = None) -> bool:
        """Recognize the lines that were left out at first, if any are in these areas; False when there are none.

        Without areas, or with None among them, they may be anywhere.
        """
        text = self.text
        if areas is not None and not changes([], [], text.unread, areas, self.rectification)[1]:
            return False
        if not text.unread:
            return False
        with self.report.stage("text"):
            more = recognize_lines(self._engine, text.picture, text.unread, self.report.check)
        self._text, self._rectification = replace(text, lines=text.lines + more, unread=[]), None
        return True

    def closer(self, areas: Sequence[Quad | None] | None = None) -> Page | None:
        """The same picture, its text found again enlarged and with contrast; places are still those of this picture.

        Only what is found in these areas is read, and with None among them what is new anywhere; without areas,
        everything. None when there is nothing to read.
        """
        text = self.text
        if not text.lines:
            return None
        with self.report.stage("second look"):
            corners = np.concatenate([line.quad for line in text.lines])
            part, matrix = magnified(text.picture, corners)
            quads = [transformed(quad, matrix) for quad in self._engine.detect(part, AUGMENT.long_side)]
            kept: list[Line] = []
            if areas is not None:
                kept, quads = changes(text.lines, text.unread, quads, areas, self.rectification)
            if not quads:
                return None
            lines = kept + recognize_lines(self._engine, text.picture, quads, self.report.check)
        return self.derived(replace(text, lines=lines, unread=text.unread if kept else []))

    def as_sent(self) -> Page:
        """This page; if its text was not looked for yet, it is taken to stand upright, unless its lines stand on end.

        A few large characters on a photo do not tell which way they stand: voting on it turns upright photos.
        """
        picture = self._decoded.picture
        if self._text is None and min(picture.shape[:2]) >= SMALLEST:
            with self.report.stage("text"):
                quads = self._engine.detect(picture, self._long_side)
                if not stand_on_end(quads):
                    lines = recognize_lines(self._engine, picture, quads, self.report.check)
                    self._text = Upright(picture, lines, 0, [])
        return self

    def turned_by(self, turns: int) -> Page:
        """The picture as sent after so many clockwise quarter turns, without its text."""
        return self.derived(Upright(rotated(self._decoded.picture, turns), [], turns, []))

    def take(self, line: Line) -> None:
        """Let this be the only line of the upright picture, for it was found without looking for text."""
        self._text = Upright(self._decoded.picture, [line], 0, [])

    def plate(self, quad: Quad, rows: int) -> list[Probabilities]:
        """What the number plate inside a quad says, in one or two rows: see `Engine.plate`."""
        with self.report.stage("plates"):
            return self._engine.plate(straighten(self.picture, quad), rows)

    @property
    def turned(self) -> int | None:
        """By how many degrees clockwise the picture was turned; None when no text was looked for yet."""
        return None if self._text is None else self._text.turns * 90

    @property
    def picture(self) -> Picture:
        """The upright picture."""
        return self.text.picture

    @property
    def rectification(self) -> Rectification:
        """The rectification of the print, for all lines together."""
        if self._rectification is None:
            self._rectification = rectification_of(self.lines())
        return self._rectification

    def detect(self, picture: Picture, long_side: int) -> list[Quad]:
        """Quads of lines in another picture than the page's own, such as an enlarged part of it."""
        with self.report.stage("second look"):
            return self._engine.detect(picture, long_side)

    def recognize(self, picture: Picture, quad: Quad, only: Iterable[str] | None = None) -> Line:
        """Recognize one quad of another picture than the page's own."""
        with self.report.stage("second look"):
            return self._engine.recognize(picture, quad, only)

    def recognize_again(self, quad: Quad, only: Iterable[str] | None = None) -> Line:
        """Recognize one quad again, limited to these characters."""
        key = ("plain", self.text.turns, quad.tobytes(), only and "".join(only))
        if key not in self._again:
            self._again[key] = (self.recognize(self.picture, quad, only),)
        return self._again[key][0]

    def augmented(self, quad: Quad, only: Iterable[str] | None = None) -> Iterable[Line]:
        """Recognize one quad in several augmented pictures: with other margins, softer."""
        key = ("augmented", self.text.turns, quad.tobytes(), only and "".join(only))
        if key not in self._again:
            shown = augmented(self.picture, quad)
            self._again[key] = tuple(self.recognize(picture, place, only) for picture, place in shown)
        return self._again[key]

    def hypotheses(self, quad: Quad, only: Iterable[str]) -> list[Hypothesis]:
        """What the quad may say in these characters, over all its augmented pictures, likeliest first."""
        shares: dict[str, list[float]] = {}
        with self.report.stage("second look"):
            seen = list(augmented(self.picture, quad))
            for picture, place in seen:
                for text, probability in self._engine.hypotheses(picture, place, only):
                    shares.setdefault(text, []).append(probability)
        return sorted(((t, sum(p) / len(seen)) for t, p in shares.items()), key=lambda h: -h[1])

    def digits(self, pictures: Iterable[Picture], *, blurred: bool = False) -> list[Probabilities]:
        """How likely the blank and each digit are at each step of pictures that each are a line."""
        with self.report.stage("second look"):
            return self._engine.steps(pictures, "0123456789", blurred=blurred)

    def likelihoods(self, quad: Quad, words: Sequence[str]) -> list[float]:
        """How probable it is that the quad says each of these words: logarithms, means over augmented pictures."""
        with self.report.stage("second look"):
            found = [
                self._engine.likelihoods(picture, place, words)
                for picture, place in islice(augmented(self.picture, quad), AUGMENT.lexicon_pictures)
            ]
        return [sum(each) / AUGMENT.lexicon_pictures for each in zip(*found, strict=True)]

    def evidence(self, found: Sequence[Piece], confidence: float | None = None) -> Evidence:
        """What a value read from these pieces rests on; its confidence is by default that in its worst character."""
        quads = [self.quad(quad_of(piece)) for piece in found]
        return Evidence(round(min_confidence(found) if confidence is None else confidence, 4), quads)

    def quad(self, quad: Quad) -> Corners:
        """A quad of the upright picture in WeChat's form, in pixels of the picture as sent."""
        height, width = self._decoded.picture.shape[:2]
        original = turned_back(quad, self.text.turns, width, height) * self._decoded.scale
        places = np.clip(np.round(original), 0, [self.width, self.height]).astype(int).tolist()
        names = ("left_top", "right_top", "right_bottom", "left_bottom")
        return {name: {"x": x, "y": y} for name, (x, y) in zip(names, places, strict=True)}
