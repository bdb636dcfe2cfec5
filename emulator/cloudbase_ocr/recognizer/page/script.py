"""What a page is written in, and its lines read again where that makes a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.ocr.scripts import Script, is_kana, is_simplified, is_traditional
from cloudbase_ocr.recognizer.page.orientation import recognize_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture
    from cloudbase_ocr.recognizer.ocr.engine import Engine


@dataclass(frozen=True)
class PageScriptParams:
    """When a page or a line is in another script than Simplified Chinese.

    `telling`: a character counts that is read with this confidence. `plain`: so many traditional characters, and so
    many times as many as simplified ones, in the first lines leave no doubt. `fewest_kana`: a line with so many kana is
    Japanese; single ones stand between Chinese characters for decoration, or are strokes. `doubtful`: on a traditional
    page a line is read again that has a character with less confidence.
    """

    telling: float = 0.5
    plain: int = 3
    fewest_kana: int = 2
    doubtful: float = 0.9


PAGE_SCRIPT = PageScriptParams()


def script_of(lines: Iterable[Line], params: PageScriptParams = PAGE_SCRIPT) -> Script:
    """Whether Chinese lines have more characters that are traditional only than such that are simplified only."""
    telling = [character for line in lines for character in _told(line, params)]
    traditional = sum(map(is_traditional, telling))
    return Script.TRADITIONAL if traditional > sum(map(is_simplified, telling)) else Script.SIMPLIFIED


def is_plainly_traditional(lines: Iterable[Line], params: PageScriptParams = PAGE_SCRIPT) -> bool:
    """Whether the first lines leave no doubt, so that the others need not be read as Simplified Chinese at first."""
    telling = [character for line in lines for character in _told(line, params)]
    traditional, simplified = sum(map(is_traditional, telling)), sum(map(is_simplified, telling))
    return traditional >= params.plain * max(1, simplified)


def in_their_scripts(
    engine: Engine,
    picture: Picture,
    lines: Sequence[Line],
    script: Script,
    check: Callable[[], None],
    params: PageScriptParams = PAGE_SCRIPT,
) -> list[Line]:
    """The lines of a page in this script, which were read as on one in Simplified Chinese.

    Those that may say something else in their own script are read again; `check` may stop it by raising.
    """
    again: dict[Script, list[Line]] = {Script.JAPANESE: [], Script.TRADITIONAL: []}
    for line in lines:
        if sum(map(is_kana, _told(line, params))) >= params.fewest_kana:
            again[Script.JAPANESE].append(line)
        elif script is Script.TRADITIONAL and _may_be_traditional(line, params):
            again[Script.TRADITIONAL].append(line)
    replaced: dict[int, Line] = {}
    for each, found in again.items():
        if found:
            quads = [line.quad for line in found]
            now = recognize_lines(engine.in_script(each), picture, quads, check)
            replaced |= zip(map(id, found), now, strict=True)
    return [replaced.get(id(line), line) for line in lines]


def _told(line: Line, params: PageScriptParams) -> list[str]:
    return [each for each, score in zip(line.text, line.scores, strict=True) if score >= params.telling]


def _may_be_traditional(line: Line, params: PageScriptParams) -> bool:
    return any(
        is_simplified(character) or (character.isalpha() and score < params.doubtful)
        for character, score in zip(line.text, line.scores, strict=True)
    )
