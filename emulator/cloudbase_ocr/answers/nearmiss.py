"""Why no fixture matched a picture or a URL, and which one came closest."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cloudbase_ocr.answers.conditions import CONDITIONS, misses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.answers.fixtures import Fixture
    from cloudbase_ocr.answers.question import OcrRequest
    from wxcloud.contract import Method

_SHOWN = 12


def image_misses(fixtures: Iterable[Fixture], method: Method, sha256: str, filename: str) -> list[str]:
    """Return one sentence on the picture's hash and, if the upload had a filename, one on that."""
    known = list(fixtures)
    sentences = []
    same = _others(known, method, "sha256", sha256)
    if same is not None:
        head = f"sha256 {sha256[:_SHOWN]}... is in no fixture of {method.key}"
        sentences.append(f"{head}; {_closest_image(known, method, same)}")
    names = _others(known, method, "name", filename) if filename else None
    if names is not None:
        closest = f"; closest: same name, other method: {names[-1].name}" if names else ""
        sentences.append(f"no fixture of {method.key} has the upload's name{closest}")
    return sentences


def url_misses(fixtures: Iterable[Fixture], method: Method, url: str) -> list[str]:
    """Return one sentence on why no fixture matched `img_url`; none when no fixture of the method has a URL."""
    known = [fixture for fixture in fixtures if "url" in fixture.match]
    same = _others(known, method, "url", url)
    if same is None:
        return []
    own = [fixture for fixture in known if fixture.method == method]
    if same:
        return [f"img_url is in no fixture of {method.key}; closest: same URL, other method: {same[-1].name}"]
    for what, part in (("other query", _without_query), ("other path", _host)):
        close = [fixture for fixture in own if part(fixture.match["url"]) == part(url)]
        if close:
            return [f"img_url is in no fixture; closest: same method, {what}: {close[-1].name}"]
    return [f"img_url is in no fixture; closest: same method, other URL: {own[-1].name}"] if own else []


def condition_misses(fixtures: Iterable[Fixture], request: OcrRequest, size: int) -> list[str]:
    """Return one sentence on the fixture of the method whose conditions come closest; none where none has any."""
    told = [
        (misses(fixture.match, request, size), fixture)
        for fixture in fixtures
        if fixture.method == request.method and not fixture.match.keys().isdisjoint(CONDITIONS)
    ]
    if not told:
        return []
    wrong, fixture = min(reversed(told), key=lambda each: len(each[0]))
    what = "; ".join(wrong) or "another picture or address"
    return [f"closest by what was sent beside the picture: {fixture.name} ({what})"]


# What the method has itself is no miss: a condition of its fixture does not hold, which condition_misses tells.
def _others(known: list[Fixture], method: Method, kind: str, value: str) -> list[Fixture] | None:
    same = [fixture for fixture in known if fixture.match.get(kind) == value]
    return None if method in [fixture.method for fixture in same] else same


def _closest_image(known: list[Fixture], method: Method, same: list[Fixture]) -> str:
    if same:
        return f"closest: same image, other method: {same[-1].name}"
    own = [fixture for fixture in known if fixture.method == method and "sha256" in fixture.match]
    if own:
        fixture = own[-1]
        return f"closest: same method, other image: {fixture.name} (sha256 {fixture.match['sha256'][:_SHOWN]}...)"
    return f"no fixture of {method.key} matches by image"


def _without_query(url: str) -> str:
    return url.partition("?")[0]


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url
