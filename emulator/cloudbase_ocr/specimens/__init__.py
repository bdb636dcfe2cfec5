"""Invented documents as photos (`*.jpg`), what is printed on them (`*.json`), and where (`boxes.json`).

``<name>.json`` holds the business fields that WeChat's reply to ``<name>.jpg`` would have. Redraw all of
them with ``python -m cloudbase_ocr.specimens.draw``.
"""
