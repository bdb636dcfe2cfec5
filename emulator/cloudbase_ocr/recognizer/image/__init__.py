"""Pixels: decoding, quads, cutting out, setting straight, test-time augmentation."""
