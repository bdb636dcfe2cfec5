"""Runs Python cloud functions and WeChat's OCR API on a developer's own machine."""

from cloudbase_ocr.core.version import __version__

__all__ = ["__version__"]
