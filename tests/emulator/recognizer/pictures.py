"""Make and alter pictures for tests: only with Pillow's own font, so that no font has to be installed."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Quad = list[list[int]]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def saved(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:  # noqa: A002 - as in Pillow
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def erased(image: Image.Image, quad: Quad, margin: int = 6) -> Image.Image:
    """Paint over what is printed inside a quad with the paper around it."""
    pixels = np.asarray(image).copy()
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.array(quad, np.int32)], (255,))
    mask = cv2.dilate(mask, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    paper = np.median(pixels[mask > 0], axis=0)
    soft = cv2.GaussianBlur(mask, (0, 0), 2)[..., None] / 255.0
    return Image.fromarray((pixels * (1 - soft) + paper * soft).astype(np.uint8))


def printed_over(image: Image.Image, quad: Quad, text: str, ink: int = 30) -> Image.Image:
    """Print other ASCII text into a quad, in Pillow's own font, at the same height and in this grey."""
    clean = erased(image, quad)
    top_left, top_right, _, bottom_left = (np.array(corner, float) for corner in quad)
    height = round(float(np.linalg.norm(bottom_left - top_left)))
    font = ImageFont.load_default(120)
    left, top, right, bottom = font.getbbox(text)
    patch = Image.new("L", (round(right - left), round(bottom - top)), 0)
    ImageDraw.Draw(patch).text((-left, -top), text, fill=255, font=font)
    along = (top_right - top_left) / np.linalg.norm(top_right - top_left)
    width = height * patch.width / patch.height
    target = np.array(
        [top_left, top_left + along * width, bottom_left + along * width, bottom_left], np.float32
    )
    source = np.array([[0, 0], [patch.width, 0], [patch.width, patch.height], [0, patch.height]], np.float32)
    strokes = cv2.warpPerspective(np.asarray(patch), cv2.getPerspectiveTransform(source, target), clean.size)[
        ..., None
    ]
    share = strokes / 255.0
    return Image.fromarray((np.asarray(clean) * (1 - share) + ink * share).astype(np.uint8))


def reordered(image: Image.Image, quad: Quad, order: list[int]) -> Image.Image:
    """Cut a quad into equal parts and put them back in another order: the same glyphs, other text."""
    corners = np.array(quad, np.float32)
    width, height = 90 * len(order), 90
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    strip = cv2.warpPerspective(np.asarray(image), matrix, (width, height), flags=cv2.INTER_CUBIC)
    parts = np.split(strip, len(order), axis=1)
    moved = np.concatenate([parts[index] for index in order], axis=1)
    back = cv2.warpPerspective(moved, np.linalg.inv(matrix), image.size, flags=cv2.INTER_CUBIC)
    inside = cv2.warpPerspective(np.ones((height, width), np.uint8), np.linalg.inv(matrix), image.size)
    return Image.fromarray(np.where(inside[..., None] > 0, back, np.asarray(image)))


def png_header_bomb(width: int, height: int) -> bytes:
    """A small PNG of one bit a pixel, all black: megapixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
