"""``python -m cloudbase_ocr`` is the command ``cloudbase-ocr``."""

from cloudbase_ocr.cli import main

main(prog_name="cloudbase-ocr")
