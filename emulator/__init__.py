"""Runs Python cloud functions and WeChat's OCR API on a developer's own machine."""

from importlib.metadata import version

__version__ = version("cloudbase-ocr")
