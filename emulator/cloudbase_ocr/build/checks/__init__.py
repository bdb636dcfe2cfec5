"""Checks a project before it is deployed: what would fail in the cloud, and what only starts to hurt there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.build.build import Options, Tools, build_one, handler_of, python_of, select_functions
from cloudbase_ocr.build.checks.findings import Finding, Report
from cloudbase_ocr.build.checks.function import check_function, read_code
from cloudbase_ocr.build.checks.package import (
    check_binaries,
    check_modules,
    check_size,
    check_start,
    start,
)
from cloudbase_ocr.build.checks.project import (
    check_bootstrap,
    check_cloudbaserc,
    check_not_runnable,
    check_runtime,
    check_secrets,
)
from cloudbase_ocr.build.errors import BuildError, DownloadError
from cloudbase_ocr.language import _
from cloudbase_ocr.runtime.function_folders import FunctionInfo, as_project, list_functions
from cloudbase_ocr.runtime.languages import PYTHON
from cloudbase_ocr.runtime.layers import Layers, layers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.project import Project

__all__ = ["Finding", "Report", "check"]


def check(functions: Project | Path, names: Sequence[str], python: str | None, tools: Tools) -> Report:
    """Check functions of a project, all if none is named.

    `python`: the version for all of them; None: that of each one's `runtime`.

    Raises:
        BuildError: there is no function of one of the names.
    """
    project = as_project(functions)
    known = {info.name: info for info in list_functions(project)}
    chosen = list(known.values()) if not names else [known[name] for name in names if name in known]
    if len(chosen) < max(1, len(names)):
        select_functions(project, names)  # raises the error that names them
    report = Report({info.name: info.path for info in chosen}, project.root, project.folder)
    report.findings += check_cloudbaserc(project, chosen)
    report.findings += check_secrets(chosen)
    told = {finding.why for finding in report.findings}
    for info in chosen:
        if info.is_http:
            report.findings += check_bootstrap(info)
            continue
        if not _is_ours(info) or info.reason in told:
            continue
        if info.runnable:
            try:
                version = python_of(info, Options(python))
            except BuildError as error:
                report.findings.append(check_runtime(info, str(error)))
                continue
            tools.tell(_("checking {name} for Python {version}").format(name=info.name, version=version))
            _check_one(info, layers_of(info, project, {}), report, version, tools)
        else:
            report.findings.append(check_not_runnable(info))
    report.findings.sort(key=lambda finding: (not finding.breaks, finding))
    return report


def _is_ours(info: FunctionInfo) -> bool:
    """Functions in another language are other tools' business."""
    return info.language is PYTHON and not info.reason.endswith("functions run here")


def _check_one(info: FunctionInfo, layers: Layers, report: Report, python: str, tools: Tools) -> None:
    code = read_code(info, python)
    report.findings += code.broken
    report.findings += check_function(info, code)
    with tempfile.TemporaryDirectory() as folder:
        try:
            package = build_one(info, Path(folder), Options(python), python, tools)
        except DownloadError as error:
            what, why = (
                _("it was not built, so size, modules and start are not checked"),
                str(error).rstrip("."),
            )
            action = _("Check again with a network")
            report.findings.append(Finding(info.name, "build", what, why, action, breaks=False))
            return
        except BuildError as error:
            what, why = _("it cannot be built"), str(error).rstrip(".")
            report.findings.append(Finding(info.name, "build", what, why, _("Correct this and check again")))
            return
        report.findings += check_size(package)
        foreign = list(check_binaries(package, python))
        missing = list(check_modules(package, code.trees, layers))
        report.findings += [*foreign, *missing]
        started = start(package, handler_of(info), tools.compiler(python).interpreter, layers)
        if not (started.error and (foreign or missing or code.broken or _has_no_handler(report, info))):
            report.findings += check_start(package, started, info.timeout)
        if not started.error:
            report.measured.append(
                _(
                    "{name}: {size:.2f} MiB, handler loaded in {seconds:.0f} ms (Python {python}, this "
                    "machine)"
                ).format(
                    name=info.name,
                    size=package.size / 1024 / 1024,
                    seconds=started.seconds * 1000,
                    python=started.python,
                )
            )


def _has_no_handler(report: Report, info: FunctionInfo) -> bool:
    """Tell whether a failed start only repeats what was found by reading."""
    return any(
        finding.kind == "handler" and finding.where.startswith(f"{info.name}/") for finding in report.findings
    )
