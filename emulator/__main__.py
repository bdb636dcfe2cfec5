"""``python -m emulator`` is the command ``cloudbase-ocr``."""

from emulator.cli import main

main(prog_name="cloudbase-ocr")
