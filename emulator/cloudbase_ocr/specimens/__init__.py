"""Invented documents as photos (`*.jpg`).

``make specimens`` of a checkout draws all of them again; what is printed on them, and where, stands beside what draws
them (``tests/bench/ocr/specimens``).
"""
