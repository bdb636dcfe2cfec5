"""Train the network for blurred print, and write its changes of weights into the emulator."""

from __future__ import annotations

import itertools
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cv2
import numpy as np
import torch
from torch.nn import functional

from cloudbase_ocr.recognizer.ocr import lora
from cloudbase_ocr.recognizer.ocr.quantized import save
from cloudbase_ocr.recognizer.ocr.recognition import GREY, HEIGHT
from tests.bench.ocr.training import fonts
from tests.bench.ocr.training.lines import sample
from tests.bench.ocr.training.network import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = Path(lora.__file__).with_name(lora.FILE)
BATCH, WIDTH = 16, 320
STEP = 8  # pixels of a step of the network
THIN_RATE, RATE = 4e-4, 1.2e-4
WARM_STEPS = 50
# The written weights are a mean over about so many of the last steps.
MEAN_OVER = 100
# Changes of weights need fewer steps than weights do.
ADAPTER_TOP = 21
# Lines that cannot be read teach nothing: their loss counts at most this much a character.
MOST_LOSS = 8.0


@click.command()
@click.option("--minutes", default=36.0, show_default=True, help="How long to train.")
@click.option("--write", default=FILE, show_default="the emulator's own", type=click.Path(path_type=Path))
def main(minutes: float, write: Path) -> None:
    """Train for some minutes on drawn lines that are never repeated."""
    fonts.check_installed()
    network = Network()
    classes = {name: index for index, name in enumerate(network.alphabet) if index}
    thin = [*network.up.values(), *network.down.values()]
    own = [each for each in network.weights.values() if each.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": thin, "lr": THIN_RATE}, {"params": own, "lr": RATE}], betas=(0.9, 0.98), weight_decay=0.0
    )
    rates = [group["lr"] for group in optimizer.param_groups]
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    start, step, seed, shown = time.monotonic(), 0, 1000, 0.0
    while (done := (time.monotonic() - start) / 60 / minutes) < 1:
        share = min(1.0, (step + 1) / WARM_STEPS) * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        pictures, texts, seed = _batch(seed, classes)
        loss = _loss(network(pictures), texts)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]  # torch is installed for training only
        torch.nn.utils.clip_grad_norm_([*thin, *own], 5.0)
        optimizer.step()
        step += 1
        _follow(mean, network, min(1 - 1 / MEAN_OVER, step / (step + 10)))
        shown = float(loss.detach()) if step == 1 else 0.97 * shown + 0.03 * float(loss.detach())
        if step % 50 == 0:
            click.echo(f"{100 * done:.0f} %: {step} steps, loss {shown:.3f}")
    network.load_state_dict(mean)
    save(write, network.changes(), ADAPTER_TOP)
    click.echo(f"{step} steps of {BATCH} lines; wrote {write.name}, {write.stat().st_size / 1e6:.1f} MB")


def _batch(seed: int, classes: dict[str, int]) -> tuple[torch.Tensor, list[list[int]], int]:
    """Lines that fit into the width, as a network takes them, their classes, and the next seed."""
    pixels = np.full((BATCH, HEIGHT, WIDTH, 3), GREY, np.uint8)
    texts: list[list[int]] = []
    while len(texts) < BATCH:
        crop, text = sample(seed)
        seed += 1
        width = math.ceil(HEIGHT * crop.shape[1] / crop.shape[0])
        repeated = sum(first == second for first, second in itertools.pairwise(text))
        if width <= WIDTH and len(text) + repeated <= width // STEP and classes.keys() >= set(text):
            method = cv2.INTER_AREA if crop.shape[0] > HEIGHT else cv2.INTER_LINEAR
            pixels[len(texts), :, :width] = cv2.resize(crop, (width, HEIGHT), interpolation=method)
            texts.append([classes[each] for each in text])
    return _normal(pixels), texts, seed


def _normal(pixels: NDArray[np.uint8]) -> torch.Tensor:
    scaled = (pixels.astype(np.float32) - 127.5) / 127.5
    return torch.from_numpy(np.ascontiguousarray(scaled.transpose(0, 3, 1, 2)))


def _loss(logits: torch.Tensor, texts: list[list[int]]) -> torch.Tensor:
    """CTC's loss for each character, the mean over the lines."""
    lengths = torch.tensor([len(text) for text in texts])
    losses = functional.ctc_loss(
        logits.log_softmax(-1).permute(1, 0, 2),
        torch.tensor([each for text in texts for each in text]),
        torch.full((len(texts),), logits.shape[1]),
        lengths,
        reduction="none",
        zero_infinity=True,
    )
    return (losses / lengths).clamp(max=MOST_LOSS).mean()


def _follow(mean: dict[str, torch.Tensor], network: Network, keep: float) -> None:
    with torch.no_grad():
        for name, value in network.state_dict().items():
            mean[name].mul_(keep).add_(value, alpha=1 - keep)


if __name__ == "__main__":
    main()
