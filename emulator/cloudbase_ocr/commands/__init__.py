"""Commands of ``cloudbase-ocr`` that fill a module each."""
