"""The findings of a check as text, JSON and annotations of GitHub; paths are from the working directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudbase_ocr import language
from cloudbase_ocr.dependencies.requirements import shown
from cloudbase_ocr.language import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.build.checks import Finding, Report

TEXT, JSON, GITHUB = FORMATS = ("text", "json", "github")


def printed(report: Report, style: str) -> str:
    """Return a report in one of `FORMATS`."""
    if style == JSON:
        return _json(report)
    if style == GITHUB:
        return "\n".join((*_annotations(report), *report.measured, counted(report)))
    return "\n".join(map(language.shown, (*lines_for_people(report), *report.measured, counted(report))))


def lines_for_people(report: Report) -> Iterator[str]:
    """Give a line for each finding."""
    for finding in report.findings:
        place = report.place(finding)
        where = shown(place.path) + (f":{place.line}" if place.line else "")
        yield finding.text(where + (f": {place.key}" if place.key else ""))


def counted(report: Report) -> str:
    """Return how many functions were checked, and what was found."""
    return _("{functions}, {errors}, {warnings}").format(
        functions=ngettext("{n} function", "{n} functions", n := len(report.functions)).format(n=n),
        errors=ngettext("{n} error", "{n} errors", n := report.errors).format(n=n),
        warnings=ngettext("{n} warning", "{n} warnings", n := report.warnings).format(n=n),
    )


def _json(report: Report) -> str:
    content = {
        "functions": list(report.functions),
        "errors": report.errors,
        "warnings": report.warnings,
        "findings": [_as_json(report, finding) for finding in report.findings],
        "measured": report.measured,
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _as_json(report: Report, finding: Finding) -> dict[str, object]:
    place = report.place(finding)
    return {
        "path": shown(place.path),
        "line": place.line,
        "key": place.key or None,
        "level": finding.level,
        "kind": finding.kind,
        "what": finding.what,
        "why": finding.why,
        "action": finding.action,
    }


def _annotations(report: Report) -> Iterator[str]:
    """Give workflow commands of GitHub (documented: workflow-commands-for-github-actions)."""
    for finding in report.findings:
        place = report.place(finding)
        properties = {"file": shown(place.path), "line": str(place.line or 1), "title": finding.kind}
        given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        about = f"{place.key}: " if place.key else ""
        yield f"::{finding.level} {given}::{_data(about + finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
