"""How `emulator/cloudbase_ocr/recognizer/ocr/plates.npz` was made: ``python -m tests.bench.ocr.plate_training --help``.

Needs what nothing else needs: ``pip install torch onnx``, and Debian's fonts-noto-cjk, fonts-wqy-microhei and
fonts-liberation. No photograph and no picture or face of the benchmark's half `test` takes part.
"""
