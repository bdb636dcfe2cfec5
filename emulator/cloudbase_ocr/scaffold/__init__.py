"""Begins projects and functions: writes files that pass their own test, `check` and `build` as they are."""

from cloudbase_ocr.scaffold.new_files import ScaffoldError
from cloudbase_ocr.scaffold.origin import Origin, installed_origin, named_origin
from cloudbase_ocr.scaffold.project import add_function, api_of, begin_project

__all__ = [
    "Origin",
    "ScaffoldError",
    "add_function",
    "api_of",
    "begin_project",
    "installed_origin",
    "named_origin",
]
