"""How many sprites are made in a second, and how many different ones there are.

    python benchmarks/sprites.py
    python benchmarks/sprites.py --sides 32 64 128 --rounds 50

On one core, as float32: sprites drawn from factors of your own, and delivered in batches in the order of an epoch.
Medians of the rounds and their quartiles.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import islice

import leibnet

import numpy as np

from dataset import Dataset

BATCH = 100
BATCHES = 20  # in a round


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--sides", type=int, nargs="+", default=[32, 64], help="of the images, in pixels")
    parser.add_argument("--rounds", type=int, default=30, help="of 2,000 sprites each")
    options = parser.parse_args()
    print(leibnet.description())
    for side in options.sides:
        measure(side, options.rounds)


def measure(side: int, rounds: int) -> None:
    """Prints the figures of sprites of this side."""
    start = time.perf_counter()
    dataset = Dataset("sprites", side=side, batch_size=BATCH, rng=0)
    seconds = time.perf_counter() - start
    combinations, different = int(np.prod(dataset.factorSizes)), dataset.train_size + dataset.test_size
    print(f"{side} x {side}: {different:,} of {combinations:,} are different, found in {seconds:.2f} s")
    factors = [batch.labels for batch, _, _ in islice(dataset.batches(), BATCHES)]

    def draw() -> None:
        for some in factors:
            dataset.rendered(some)

    def deliver() -> None:
        for batch, _, _ in islice(dataset.batches(), BATCHES):
            _ = batch.inputs  # made when it is read

    for name, work in {"drawn from factors": draw, "delivered in batches": deliver}.items():
        low, median, high = np.quantile([perSecond(work) for _ in range(rounds)], (0.25, 0.5, 0.75))
        print(f"  {name:<22}{median:>10,.0f} a second ({low:,.0f} to {high:,.0f})")


def perSecond(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return BATCH * BATCHES / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
