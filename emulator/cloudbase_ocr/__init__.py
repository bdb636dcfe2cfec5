"""Runs Python cloud functions and WeChat's OCR API on a developer's own machine."""

__version__ = "0.1.0"
