"""A recurrent layer forward and back, beside PyTorch's: an LSTM, and on request a GRU or a simple one.

    pip install -e ".[fast]" torch==2.13.0
    python benchmarks/recurrent.py
    python benchmarks/recurrent.py --simd avx2                as on a processor without AVX-512
    python benchmarks/recurrent.py --layers GRU RNN --rounds 40

In float32 on one thread, both in one process and in turns: the gradients of the parameters for a given gradient of the
output; that of the input, which is data, is not asked for. Ours also in NumPy alone. A round is a stretch of steps of
each; what counts is the ratio of neighbours: its median and quartiles. OpenBLAS's kernels are those that Leibnet
chooses.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import leibnet

import numpy as np
from peers.configuration import Configuration

import layers

SIZES = {"T = 50, N = 32, 8 -> 64": (50, 32, 8, 64), "T = 100, N = 64, 64 -> 128": (100, 64, 64, 128)}
COLUMNS = 50_000  # steps times samples in a stretch
INSIDE = "LEIBNET_BENCHMARK_INSIDE"


def ours(kind: str, sizes: tuple[int, ...], kernels: str) -> Callable[[], None]:
    """Forward and back of our layer."""
    steps, samples, inputs, units = sizes
    rng, layer = np.random.default_rng(0), getattr(layers, kind)(inputs, units, rng=0)
    layer.astype(np.float32)
    x, dy = (rng.standard_normal((steps, n, samples), dtype=np.float32) for n in (inputs, units))

    def step() -> None:
        leibnet.kernels(kernels)
        layer.forward(x)
        layer.backward(dy, layers.Wanted(input=False))

    return step


def theirs(kind: str, sizes: tuple[int, ...]) -> Callable[[], None]:
    """Forward and back of PyTorch's layer."""
    import torch

    torch.set_num_threads(1)
    steps, samples, inputs, units = sizes
    layer, x, dy = getattr(torch.nn, kind)(inputs, units), *(torch.randn(steps, samples, n) for n in (inputs, units))

    def step() -> None:
        for parameter in layer.parameters():
            parameter.grad = None
        layer(x)[0].backward(dy)

    return step


def compare(kind: str, name: str, rounds: int) -> None:
    sizes = SIZES[name]
    peers = {
        "PyTorch, eager": theirs(kind, sizes),
        "ours, NumPy": ours(kind, sizes, "numpy"),
        "ours, compiled": ours(kind, sizes, "numba"),
    }
    times: dict[str, list[float]] = {peer: [] for peer in peers}
    stretch = max(1, COLUMNS // (sizes[0] * sizes[1]))
    for turn in range(-2, rounds):
        for peer in list(peers)[:: 1 if turn % 2 else -1]:
            began = time.perf_counter()
            for _ in range(stretch):
                peers[peer]()
            if turn >= 0:
                times[peer].append((time.perf_counter() - began) / stretch)
    print(f"{kind}, {name}")
    for peer, seconds in times.items():
        ratios = [one / other for one, other in zip(seconds, times["PyTorch, eager"], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(
            f"  {peer:<16}{1e6 * statistics.median(seconds):8.0f} us, "
            f"{middle:.2f} of PyTorch's (quartiles {low:.2f} to {high:.2f})",
            flush=True,
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--layers", nargs="+", default=["LSTM"], choices=["RNN", "LSTM", "GRU"])
    arguments.add_argument("--simd", choices=["avx2"], help="switch AVX-512 off")
    options = arguments.parse_args()
    if INSIDE not in os.environ:  # what is set there is read when NumPy is loaded
        environment = Configuration("leibnet", "ours", 1, withoutAVX512=options.simd == "avx2").environment()
        raise SystemExit(subprocess.call([sys.executable, *sys.argv], env=environment | {INSIDE: "1"}))
    print(leibnet.description())
    for kind in options.layers:
        for name in SIZES:
            compare(kind, name, options.rounds)


if __name__ == "__main__":
    main()
