"""Invented documents as photos (`*.jpg`), what is printed on them (`*.json`), and where (`boxes.json`).

``<name>.json`` holds the business fields that WeChat's reply to ``<name>.jpg`` would have. ``make specimens`` of a
checkout draws all of them again (``tests/bench/ocr/specimens``).
"""
