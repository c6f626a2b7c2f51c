"""A step of contrastive divergence (CD-1) of an RBM 784-500, beside scikit-learn's BernoulliRBM.

    pip install -e ".[fast]" scikit-learn
    python benchmarks/rbm.py
    python benchmarks/rbm.py --rounds 100 --batch-sizes 10 100 --threads 1

Both see the same binary data in float32, at the same step size, and take turns on the same number of threads; ours also
in NumPy alone, and also without centring, as scikit-learn's is. A round is a stretch of steps of each; what counts is
the ratio of neighbours: its median and quartiles. scikit-learn's is persistent, with as many chains as samples in a
batch: the same products and draws. JAX is not compared: it is not installed where this was measured.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import leibnet

import numpy as np
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits

from dataset import Batch
from nn import RBM
from nn.training.step import StepContext
from optimizer import SGD

VISIBLE, HIDDEN, LR = 784, 500, 0.05
STEPS = 1_000  # samples in a stretch, whatever the batch size


def ours(batches: list[np.ndarray], kernels: str, centred: bool) -> Callable[[], None]:
    """A stretch of our steps."""
    rbm = RBM(VISIBLE, HIDDEN, optimizer=SGD(lr=LR), centred=centred, rng=0)
    rbm.astype(np.float32)
    given = [Batch.of(batch) for batch in batches]

    def stretch() -> None:
        leibnet.kernels(kernels)
        for batch in given:
            rbm.step(batch, StepContext())

    return stretch


def theirs(batches: list[np.ndarray]) -> Callable[[], None]:
    """A stretch of scikit-learn's: what its `fit` does with a batch. (`partial_fit` would compute in float64.)"""
    size = batches[0].shape[1]
    machine = BernoulliRBM(n_components=HIDDEN, learning_rate=LR, batch_size=size, n_iter=1, random_state=0)
    rows, rng = [np.ascontiguousarray(batch.T) for batch in batches], np.random.RandomState(0)
    machine.fit(rows[0])
    assert machine.components_.dtype == np.float32

    def stretch() -> None:
        for batch in rows:
            machine._fit(batch, rng)

    return stretch


def compare(size: int, rounds: int) -> None:
    rng = np.random.default_rng(0)
    batches = [(rng.random((VISIBLE, size)) < 0.13).astype(np.float32) for _ in range(STEPS // size)]
    stretches = {
        "scikit-learn": theirs(batches),
        "ours, compiled": ours(batches, "numba", centred=True),
        "ours, compiled, not centred": ours(batches, "numba", centred=False),
        "ours, NumPy": ours(batches, "numpy", centred=True),
    }
    times: dict[str, list[float]] = {name: [] for name in stretches}
    for turn in range(-2, rounds):
        for name in list(stretches)[:: 1 if turn % 2 else -1]:
            began = time.perf_counter()
            stretches[name]()
            if turn >= 0:
                times[name].append((time.perf_counter() - began) / len(batches))
    print(f"batch size {size}")
    for name, seconds in times.items():
        ratios = [one / other for one, other in zip(seconds, times["scikit-learn"], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(
            f"  {name:<29}{1e6 * statistics.median(seconds):8.0f} us a step, "
            f"{middle:.2f} of scikit-learn's (quartiles {low:.2f} to {high:.2f})"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=50)
    arguments.add_argument("--batch-sizes", type=int, nargs="+", default=[10, 100])
    arguments.add_argument("--threads", type=int, default=1)
    options = arguments.parse_args()
    with threadpool_limits(options.threads):
        for size in options.batch_sizes:
            compare(size, options.rounds)


if __name__ == "__main__":
    main()
