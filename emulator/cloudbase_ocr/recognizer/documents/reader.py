"""What the module of one document says of it: how it is read, how it is told from others, what it proves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cloudbase_ocr.recognizer.fields.checks import Found, Texts
    from cloudbase_ocr.recognizer.fields.reading import Reading
    from cloudbase_ocr.recognizer.image.geometry import Line, Picture, Quad
    from cloudbase_ocr.recognizer.page.page import Page


@dataclass(frozen=True, kw_only=True)
class DocumentReader:
    """One document. Each module of a document ends in its own, `READER`.

    `key` is that of WeChat's method. `read` raises `DocumentNotFound`. `checks` gives what the texts of a reply prove
    about themselves, by field; None for a document that proves nothing.

    `signature` are the labels and titles by which classification knows it, each with the chance that it alone is right.
    `score` gives further signs, as chances, from the lines and the upright picture. `title` stands alone in its line;
    running text may begin with it. Labels that contain `distinct` are seen only where it is: those of two documents may
    differ in nothing else. `strangers` are words of documents that no module reads, but which share labels with it.

    `long_side` is that of the picture that the detector sees. `skip_lines` tells which lines need not be read at first.
    `every_script`: it may be written in another script than Simplified Chinese.
    """

    key: str
    read: Callable[[Page], Reading]
    checks: Callable[[Texts], Found] | None
    signature: Mapping[str, float] = field(default_factory=dict)
    score: Callable[[Sequence[Line], Picture], Iterable[float]] | None = None
    title: str = ""
    distinct: str = ""
    strangers: Sequence[str] = ()
    long_side: int = 960
    skip_lines: Callable[[list[Quad]], list[bool]] | None = None
    every_script: bool = False
