"""From pieces of text to a field's value: as read with enough confidence, else after test-time augmentation.

Then each row is read again in several augmented pictures (other margins, softer). A value is answered when there is
confidence in its characters, when most readings agree on it, or when a check digit proves it. A check digit chooses
among what the pixels support; it never makes a character up. Open text, of which nothing but the pixels can tell that
it is wrong, needs more: more confidence, or every reading the same.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Resolved
from cloudbase_ocr.recognizer.fields.spec import RESOLVE
from cloudbase_ocr.recognizer.layout.ink import has_print, ink_of
from cloudbase_ocr.recognizer.layout.pieces import joined, min_confidence, pieces, quad_of, scores_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudbase_ocr.recognizer.fields.spec import FieldSpec, ResolveParams
    from cloudbase_ocr.recognizer.image.deskew import Rectification
    from cloudbase_ocr.recognizer.image.geometry import Line
    from cloudbase_ocr.recognizer.layout.form import Form
    from cloudbase_ocr.recognizer.layout.ink import Ink
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page


def resolve(page: Page, found: Sequence[Piece], spec: FieldSpec, params: ResolveParams = RESOLVE) -> Resolved:
    """The value of a field from its pieces in reading order; empty when it cannot be told."""
    found = _fitting(found, spec)
    value, confidence = spec.parse(joined(found)), min_confidence(found, spec.counting)
    if value and spec.checksum_ok is not None and spec.checksum_ok(value):
        return Resolved(value, page.evidence(found, 1.0))
    if value and confidence >= (params.beyond_doubt if spec.checksum_ok else spec.needed(value, params)):
        return Resolved(value, page.evidence(found, confidence))
    again = match_lexicon(page, found, spec.words, params)
    if not again[0]:
        if _is_settled(found, value, params):
            return UNRESOLVED
        again = (
            _augmented_open_text(page, found, spec, value, params)
            if spec.open
            else _augmented_value(page, found, spec, params)
        )
    if again[0]:
        value, confidence = again
    if not value or confidence < spec.needed(value, params):
        return UNRESOLVED
    return Resolved(value, page.evidence(found, confidence))


def match_lexicon(
    page: Page, found: Sequence[Piece], words: Sequence[str], params: ResolveParams = RESOLVE
) -> tuple[str, float]:
    """The one of these words that a line of text must be, and the confidence in it; nothing when it may be another."""
    if len(found) != 1 or not words:
        return "", 0.0
    likely = page.likelihoods(quad_of(found[0]), words)
    best = max(likely)
    share = 1 / sum(math.exp(each - best) for each in likely)
    word = words[likely.index(best)]
    alike = math.exp(best / len(word)) >= params.word_likeness
    return (word, share) if share >= params.word_share and alike else ("", 0.0)


def resolve_form(
    page: Page,
    form: Form,
    rectification: Rectification,
    name: str,
    spec: FieldSpec,
    params: ResolveParams = RESOLVE,
) -> Resolved:
    """The value of a form's field. Where the detector found nothing beside a label, print in the place is read."""
    found = form.values.get(name, [])
    place = form.place(name)
    if found or place is None:
        return resolve(page, found, spec, params)
    quad = rectification.box(*place)
    if not has_print(page.picture, quad, form_ink(page, form)):
        return UNRESOLVED
    line = page.recognize_again(quad, spec.only or None)
    if not line.text:
        return UNRESOLVED
    piece = pieces([line], rectification)[0]
    value = spec.parse(joined([piece]))
    if not value or min_confidence([piece], spec.counting) < spec.needed(value, params):
        return UNRESOLVED
    return Resolved(value, page.evidence([piece]))


def form_ink(page: Page, form: Form) -> Ink:
    """The ink of a form's labels."""
    return ink_of(page.picture, [piece for piece in form.pieces if piece.label and piece.label[0] != "~"])


def legible(found: Sequence[Piece], params: ResolveParams = RESOLVE) -> bool:
    """Whether lines say anything: what is read from a mosaic or a bar has no confidence at all."""
    scores = [score for piece in found for score in scores_of(piece)]
    return bool(scores) and sum(scores) >= params.legible * len(scores)


def _is_settled(found: Sequence[Piece], value: str, params: ResolveParams) -> bool:
    """Whether reading again would change nothing: lines say nothing at all, or beyond doubt what is no value."""
    return not legible(found, params) or (not value and min_confidence(found) >= params.beyond_doubt)


def _fitting(found: Sequence[Piece], spec: FieldSpec) -> Sequence[Piece]:
    """The pieces, or the one of them that alone can be the value when all together cannot."""
    if len(found) > 1 and not spec.parse(joined(found)):
        return next(([piece] for piece in found if spec.parse(joined([piece]))), found)
    return found


def _augmented_value(
    page: Page, found: Sequence[Piece], spec: FieldSpec, params: ResolveParams
) -> tuple[str, float]:
    """The value that most readings give with confidence, or that a check digit chooses among them."""
    if not found or len(found) > params.max_rows:
        return "", 0.0
    if spec.checksum_ok is not None and len(found) == 1:
        value = _text_with_checksum(page, found[0], spec, params.support)
        if value:
            return value, 1.0
    if min_confidence(found, spec.counting) >= spec.min_confidence and spec.parse(joined(found)):
        return "", 0.0
    rows = [
        _best(page.augmented(quad_of(piece), spec.only or None), spec.counting, params) for piece in found
    ]
    value = spec.parse("".join(text for text, _ in rows).replace(" ", ""))
    confidence = min(confidence for _, confidence in rows)
    return (value, confidence) if value and confidence >= spec.min_confidence else ("", 0.0)


def _augmented_open_text(
    page: Page, found: Sequence[Piece], spec: FieldSpec, first: str, params: ResolveParams
) -> tuple[str, float]:
    """The open text that each reading gives as it was first read, or that most give and one of them with confidence."""
    if not found or len(found) > params.max_rows:
        return "", 0.0
    rows = [list(page.augmented(quad_of(piece), spec.only or None)) for piece in found]
    given: dict[str, list[tuple[float, str]]] = {}
    for lines in zip(*rows, strict=True):
        text = spec.parse("".join(line.text for line in lines).replace(" ", ""))
        given.setdefault(_narrow(text), []).append(
            (min(_line_confidence(line, spec.counting) for line in lines), text)
        )
    for narrow, each in given.items():
        confidence, text = max(each)
        confirmed = narrow == _narrow(first) and len(given) == 1 and confidence >= params.confirmed
        if text and len(each) >= params.agreeing and (confidence >= params.open_confidence or confirmed):
            return text, max(params.open_confidence, confidence)
    return "", 0.0


def _narrow(text: str) -> str:
    """The text with marks of one width, which readings of one line often differ in."""
    return unicodedata.normalize("NFKC", text)


def _text_with_checksum(page: Page, piece: Piece, spec: FieldSpec, support: float) -> str:
    """The likeliest text of a piece that proves itself, if the pixels support it well enough."""
    if spec.checksum_ok is None:
        return ""
    texts = page.hypotheses(quad_of(piece), spec.only)
    for text, probability in texts:
        value = spec.parse(text)
        if value and spec.checksum_ok(value) and probability >= support * texts[0][1]:
            return value
    return ""


def _best(lines: Iterable[Line], counting: str, params: ResolveParams) -> tuple[str, float]:
    """The text that the readings agree on most, and the confidence in it."""
    sums: dict[str, list[float]] = {}
    for line in lines:
        sums.setdefault(line.text.replace(" ", ""), []).append(_line_confidence(line, counting))
    text = max(sums, key=lambda text: sum(sums[text]))
    confidence = max(sums[text])
    if len(sums[text]) >= params.agreeing and min(sums[text]) >= params.likely:
        confidence = max(confidence, params.min_confidence)
    return text, confidence


def _line_confidence(line: Line, counting: str) -> float:
    """The confidence in the worst character of a line, or of those in `counting`, blanks apart; 0 without any."""
    scores = zip(line.text, line.scores, strict=True)
    return min(
        (score for each, score in scores if (each in counting if counting else each != " ")), default=0.0
    )
