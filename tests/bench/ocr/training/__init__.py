"""How `emulator/cloudbase_ocr/recognizer/ocr/lora.npz` was made: ``python -m tests.bench.ocr.training --help``.

Needs what nothing else needs: ``pip install torch onnx jieba``, and Debian's fonts named in `fonts.py`.
"""
