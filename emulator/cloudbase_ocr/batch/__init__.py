"""Reads many pictures without a server: what ``cloudbase-ocr recognize`` is made of."""
