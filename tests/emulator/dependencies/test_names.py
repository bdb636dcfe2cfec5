"""Modules and the packages that bring them."""

from __future__ import annotations

from cloudbase_ocr.dependencies.names import package_of


def test_names_that_differ_and_names_that_do_not() -> None:
    assert package_of("PIL") == "Pillow"
    assert package_of("cv2") == "opencv-python-headless", "the cloud has no display"
    assert package_of("jieba") == "jieba"
