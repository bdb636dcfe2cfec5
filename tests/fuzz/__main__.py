"""``python -m tests.fuzz --count 100000 --write``: three quarters go to the emulator, the rest to the recorder.

The control side has an emulator of its own, because what it turns (faults, scenarios, the clock) would change the
answers of the others. With ``--write`` the figures go into docs/robustness.md.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from random import Random

from tests.fuzz import targets
from tests.fuzz.run import RESET, Tally, exchange, run
from tests.fuzz.seeds import Seeds, application
from tests.fuzz.targets import Usage
from tests.soak import page

SECONDS = 3 * 3600.0
_GROWN = Usage(threads=3, descriptors=5)
"""What may be there more at the end than after the first tenth: a warm function has threads and descriptors."""


def main(arguments: list[str] | None = None) -> int:
    """Send the requests; return 1 when one of them did harm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/robustness.md")
    options = parser.parse_args(arguments)
    tallies = fuzz(options.count, options.seed)
    text = report(tallies, options.seed)
    print(text)
    for tally in tallies:
        for failure in tally.failures:
            print(f"{tally.name}: {failure}", file=sys.stderr)
    if options.write:
        page.write("fuzz", text)
    return 1 if any(tally.harm for tally in tallies) else 0


def fuzz(count: int, seed: int) -> list[Tally]:
    """Send `count` requests in three parts; return what happened in each."""
    seeds = Seeds(application(), Random(seed))
    main_routes, control = seeds.main(), seeds.control()
    wechat = [route for route in main_routes if route[0].startswith(("/cv/", "/cgi-bin/", "/tcb/"))]
    tallies = []
    with targets.emulator(SECONDS) as target:
        reset = partial(exchange, target.port, RESET)
        tallies.append(
            run("WeChat, CloudBase", target, seeds, main_routes, count // 2, Random(seed), reset=reset)
        )
    with targets.emulator(SECONDS) as target:
        reset = partial(exchange, target.port, RESET)
        tallies.append(
            run("control, console", target, seeds, control, count // 4, Random(seed + 1), reset=reset)
        )
    with targets.emulator(SECONDS) as upstream, targets.recorder(upstream.port, SECONDS) as target:
        rest = count - count // 2 - count // 4
        reset = partial(exchange, upstream.port, RESET)
        tallies.append(
            run("recorder", target, seeds, wechat, rest, Random(seed + 2), reset=reset, passes_on=True)
        )
    for tally in tallies:
        _look_at_usage(tally)
    return tallies


def _look_at_usage(tally: Tally) -> None:
    first, *_, last = tally.usage.values()
    for name in ("threads", "descriptors"):
        grown = getattr(last, name) - getattr(first, name)
        if grown > getattr(_GROWN, name):
            tally.harm[f"{grown} {name} more than at first"] += 1


def report(tallies: list[Tally], seed: int) -> str:
    """Return the tables for the page."""
    count = sum(tally.sent for tally in tallies)
    rows = [
        "| " + " | ".join(
            (
                tally.name,
                str(tally.routes),
                f"{tally.sent:,}",
                f"{tally.sent / tally.seconds:.0f}/s",
                f"{tally.slowest:.2f} s",
                ", ".join(f"{status}: {number:,}" for status, number in sorted(tally.statuses.items())),
                ", ".join(f"{number} x {kind}" for kind, number in tally.harm.items()) or "none",
            )
        ) + " |"
        for tally in tallies
    ]  # fmt: skip
    used = [
        f"| {tally.name} | {sent:,} | {usage.memory:.0f} MB | {usage.threads} | {usage.descriptors} |"
        for tally in tallies
        for sent, usage in tally.usage.items()
    ]
    return "\n".join(
        [
            f"`python -m tests.fuzz --count {count} --seed {seed} --write`:",
            "",
            "| To | Routes | Requests | Rate | Slowest | Statuses | Harm |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "| To | After | Memory | Threads | Descriptors |",
            "| --- | --- | --- | --- | --- |",
            *used,
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
