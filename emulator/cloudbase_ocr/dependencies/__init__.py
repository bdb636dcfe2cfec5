"""What functions need beside their code: a Python of this machine, and the packages of their requirements.txt."""

from __future__ import annotations
