"""What a project says of its functions: cloudbaserc.json, cloudbase-ocr.toml, .env files, config.json."""

from cloudbase_ocr.project.errors import ConfigError
from cloudbase_ocr.project.function_config import FunctionConfig, Layer, Trigger
from cloudbase_ocr.project.http_routes import Route
from cloudbase_ocr.project.project import Project, ProjectConfig, find_project

__all__ = [
    "ConfigError",
    "FunctionConfig",
    "Layer",
    "Project",
    "ProjectConfig",
    "Route",
    "Trigger",
    "find_project",
]
