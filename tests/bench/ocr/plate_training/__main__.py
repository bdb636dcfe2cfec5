"""Train the network for number plates on drawn ones, and write its weights into the emulator."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from torch.nn import functional

from cloudbase_ocr.recognizer.ocr import plates
from cloudbase_ocr.recognizer.ocr.quantized import save
from tests.bench.ocr.plate_training.backbone import Backbone
from tests.bench.ocr.plate_training.camera import sample
from tests.bench.ocr.plate_training.network import PlateHead

FILE = Path(plates.__file__).with_name(plates.HEAD_FILE)
FRESH, AGAIN = 16, 48
# So many plates are kept to be learnt again: drawing and seeing one costs five times as much as learning it.
KEPT = 6000
RATE = 1e-3
WARM_STEPS = 30
FIRST = 1000
# The written weights are a mean over about so many of the last steps.
MEAN_OVER = 100
# A file a fifth smaller reads all plates as before; with 31 it no longer does.
HEAD_TOP = 42
# Clean plates first: the hardest ones come after this share of the time.
ALL_HARD = 0.35
# Crops that cannot be read teach nothing: their loss counts at most this much a character.
MOST_LOSS = 8.0


@click.command()
@click.option("--minutes", default=25.0, show_default=True, help="Processor time to train for.")
@click.option("--threads", default=1, show_default=True, help="Processor threads.")
@click.option("--write", default=FILE, show_default="the emulator's own", type=click.Path(path_type=Path))
def main(minutes: float, threads: int, write: Path) -> None:
    """Train for some minutes on drawn plates that are never repeated."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network = PlateHead()
    mean = PlateHead()
    mean.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    seen, rng = Backbone(), random.Random(1)
    kept: deque[tuple[Any, str]] = deque(maxlen=KEPT)
    start, step, seed, shown, written = time.process_time(), 0, FIRST, 0.0, time.monotonic()
    while (done := (time.process_time() - start) / 60 / minutes) < 1:
        share = min(1.0, (step + 1) / WARM_STEPS) * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = RATE * share
        hardest = min(1.0, 0.3 + 0.7 * done / ALL_HARD)
        for _ in range(FRESH):
            crop, text = sample(seed, hardest)
            kept.append((seen(crop), text))
            seed += 1
        batch = [*islice(reversed(kept), FRESH), *rng.choices(kept, k=AGAIN)]
        features = torch.from_numpy(np.stack([each for each, _ in batch]).astype(np.float32))
        loss = _loss(network(features), [text for _, text in batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]  # torch is installed for training only
        torch.nn.utils.clip_grad_norm_(network.parameters(), 3.0)
        optimizer.step()
        step += 1
        _follow(mean, network, min(1 - 1 / MEAN_OVER, step / (step + 10)))
        shown = float(loss.detach()) if step == 1 else 0.97 * shown + 0.03 * float(loss.detach())
        if step % 20 == 0:
            click.echo(f"{100 * done:.0f} %: {step} steps, loss {shown:.3f}")
        if time.monotonic() - written > 150:
            _write(write, mean.weights() | seen.fingerprint)
            written = time.monotonic()
    _write(write, mean.weights() | seen.fingerprint)
    click.echo(
        f"{seed - FIRST} plates, {step} steps; wrote {write.name}, {write.stat().st_size / 1e6:.1f} MB"
    )


def _write(path: Path, arrays: dict[str, Any]) -> None:
    save(path, arrays, HEAD_TOP)


def _loss(logits: torch.Tensor, texts: list[str]) -> torch.Tensor:
    """CTC's loss for each character, the mean over the plates."""
    classes = {name: index for index, name in enumerate(plates.ALPHABET)}
    lengths = torch.tensor([len(text) for text in texts])
    losses = functional.ctc_loss(
        logits.log_softmax(-1).permute(1, 0, 2),
        torch.tensor([classes[each] for text in texts for each in text]),
        torch.full((len(texts),), logits.shape[1]),
        lengths,
        reduction="none",
        zero_infinity=True,
    )
    return (losses / lengths.clamp(min=1)).clamp(max=MOST_LOSS).mean()


def _follow(mean: PlateHead, network: PlateHead, keep: float) -> None:
    with torch.no_grad():
        for kept, value in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.mul_(keep).add_(value, alpha=1 - keep)


if __name__ == "__main__":
    main()
