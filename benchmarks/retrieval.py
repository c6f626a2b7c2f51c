"""One query in an index of binary codes, beside comparing it with all of them.

    python benchmarks/retrieval.py
    python benchmarks/retrieval.py --counts 69000 1000000 --bits 64 --nearest 10
    python benchmarks/retrieval.py --index codes.safetensors       codes that an encoder gave, by HammingIndex.save

Three answer every query in turns, on one thread, and must answer the same:

    index       HammingIndex.nearest
    scan        HammingIndex.scan: XOR, bit counts, the least radius with enough codes by bisection
    partition   XOR, bit counts, np.argpartition, as it is usually written; where codes are equally near, others come

Codes are drawn: "uniform", every bit by itself, the hardest case, as nothing is near; "clustered", about a centre for
every thousand codes, a tenth of the bits flipped, as encoders give them. Queries are codes with 3 % of the bits
flipped. What counts is the median of the times and of the ratios of neighbours, with their quartiles.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import leibnet

import numpy as np

from nn import HammingIndex
from nn.measures.retrieval.hamming import asWords, distancesTo
from nn.runs import positiveInteger


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--counts", type=positiveInteger, nargs="+", default=[69_000, 1_000_000], help="of codes")
    arguments.add_argument("--bits", type=positiveInteger, default=32, help="default: 32")
    arguments.add_argument("--nearest", type=positiveInteger, default=100, help="how many are asked for (default: 100)")
    arguments.add_argument("--queries", type=positiveInteger, default=200, help="default: 200")
    arguments.add_argument("--index", type=Path, help="a file of codes in the place of drawn ones")
    options = arguments.parse_args()
    leibnet.threads(1)
    print(f"the {options.nearest} nearest, {options.queries} queries in turns; NumPy {np.__version__}")
    if options.index is not None:
        compare(options.index.name, HammingIndex.load(options.index).codes(), options)
        return
    rng = np.random.default_rng(0)
    for count in options.counts:
        for kind, draw in (("uniform", uniform), ("clustered", clustered)):
            compare(f"{count:,} {kind} codes of {options.bits} bits", draw(rng, options.bits, count), options)


def uniform(rng: np.random.Generator, bits: int, count: int) -> Any:
    return rng.random((bits, count)) < 0.5


def clustered(rng: np.random.Generator, bits: int, count: int) -> Any:
    centres = uniform(rng, bits, max(10, count // 1000))
    return centres[:, rng.integers(0, centres.shape[1], count)] ^ (rng.random((bits, count)) < 0.1)


def compare(name: str, codes: Any, options: argparse.Namespace) -> None:
    rng = np.random.default_rng(1)
    bits, count = codes.shape
    start = time.perf_counter()
    index = HammingIndex(codes)
    built = time.perf_counter() - start
    words = asWords(np.packbits(codes, axis=0))

    def partition(query: Any) -> Any:
        distances = distancesTo(words, asWords(np.packbits(query[:, np.newaxis], axis=0))[:, 0])
        nearest = np.argpartition(distances, options.nearest - 1)[: options.nearest]
        return np.sort(distances[nearest])

    ways: dict[str, Callable[[Any], Any]] = {
        "index": lambda query: index.nearest(query, options.nearest),
        "scan": lambda query: index.scan(query, options.nearest),
        "partition": partition,
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    queries = codes[:, rng.integers(0, count, options.queries)] ^ (rng.random((bits, options.queries)) < 0.03)
    for place, query in enumerate(queries.T):
        found = {}
        for way in list(ways)[:: 1 if place % 2 else -1]:
            start = time.perf_counter()
            found[way] = ways[way](query)
            times[way].append(1000 * (time.perf_counter() - start))
        assert np.array_equal(found["index"].places, found["scan"].places)
        assert np.array_equal(found["index"].distances, found["partition"])
    print(f"\n{name}; built in {built:.2f} s")
    for way, one in times.items():
        ratios = [ours / theirs for ours, theirs in zip(times["index"], one, strict=True)]
        print(f"  {way:<10} {spread(one, 3)} ms" + ("" if way == "index" else f"; index / {way} {spread(ratios, 2)}"))


def spread(values: list[float], digits: int) -> str:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()
