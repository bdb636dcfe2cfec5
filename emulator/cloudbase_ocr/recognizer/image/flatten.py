"""Layered pictures laid on a ground: white paper, as on most pages, unless their print could not be seen on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class FlattenParams:
    """When print is too pale for white paper.

    `see_through`: at least this share of the picture is not covered. `pale`: the mean luminance of what is seen is
    above this. `dark`: luminance below this stands out on white; so does a picture of which `dark_share` is that dark.
    `rows` are looked at in a band, and of a large picture one row in so many that about `sampled` are.
    """

    see_through: float = 0.3
    pale: float = 170.0
    dark: float = 128.0
    dark_share: float = 0.02
    rows: int = 256
    sampled: int = 1024


FLATTEN = FlattenParams()


def is_layered(image: Image.Image) -> bool:
    """Tell whether parts of a picture can be see-through."""
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def ground_of(image: Image.Image, params: FlattenParams = FLATTEN) -> str:
    """Give the colour on which a layered picture is seen: black for pale print on a see-through ground, else white."""
    covered = luminance = dark = total = 0.0
    width, height = image.size
    step = max(1, height // params.sampled)
    for top in range(0, height, params.rows):
        band = image.crop((0, top, width, min(height, top + params.rows))).convert("RGBA")
        pixels = np.asarray(band)[::step].astype(np.float32)
        alpha = pixels[..., 3] / 255
        grey = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
        total += alpha.size
        covered += float(alpha.sum())
        luminance += float((alpha * grey).sum())
        dark += float(alpha[grey < params.dark].sum())
    if not covered or covered > (1 - params.see_through) * total:
        return "white"
    return "black" if luminance > params.pale * covered and dark < params.dark_share * covered else "white"


def on_ground(image: Image.Image, ground: str) -> Image.Image:
    """Give a layered picture in RGB, on a ground of this colour."""
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, ground), layered).convert("RGB")
