"""Runs Python cloud functions and WeChat's OCR API on a developer's own machine."""
