"""Trainings on several ranks of MPI: how fast they are, what their sums over the ranks cost, and what they compute.

    pip install -e ".[fast,mpi]" mpich
    mpiexec -n 2 python benchmarks/ranks.py speed
    mpiexec -n 2 python benchmarks/ranks.py allreduce
    mpiexec -n 2 python benchmarks/ranks.py equality

speed : rank 0 alone with one thread, beside all ranks with one thread each, in turns: a stretch of steps of each makes
    a round. What counts is the efficiency of neighbours, the time alone over the time together times the ranks; its
    median and quartiles. While rank 0 computes alone, the others sleep.
allreduce : the median time of one sum over the ranks of 10⁵ to 10⁷ numbers in float32, as an update of so many
    parameters needs it; and what 4 to 64 machines would reach whose network carries 10 Gbit/s, for a step of the
    network of `speed`. That is a calculation, and not measured.
equality : every model, trained by rank 0 alone and by all ranks: how far the first gradients are apart, relative to
    their norm, and how far the parameters after 100 steps, relative to the way that they have gone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import leibnet
from leibnet.fused.choice import kernelDescription
from leibnet.processor import threadcount
from leibnet.ranks import Ranks

import numpy as np
from mpi4py import MPI

from activations import ReLU, Softmax
from dataset import Dataset
from layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from nn import MLP, Listener
from optimizer import Adam

RANKS = MPI.COMM_WORLD
SIZES = 10**5, 3 * 10**5, 10**6, 3 * 10**6, 10**7
BANDWIDTH, LATENCY = 1.25e9, 50e-6  # bytes a second of 10 Gbit/s, and seconds until a message arrives
MACHINES = 4, 8, 16, 32, 64


def dense() -> MLP:
    """784-1600-1600-10."""
    hidden = [Dense(784, 1600, ReLU(), Adam()), Dense(1600, 1600, ReLU(), Adam())]
    return MLP([*hidden, Dense(1600, 10, Softmax(), Adam())])


def convolutional() -> MLP:
    """The classifier of examples/train_classifier.py --network cnn."""
    first = [Conv2D(1, 12, 5, ReLU(), Adam()), MaxPooling2D(2), Conv2D(12, 32, 5, ReLU(), Adam()), MaxPooling2D(2)]
    second = [Dropout(0.2), Dense(512, 128, ReLU(), Adam()), Dropout(0.4), Dense(128, 10, Softmax(), Adam())]
    return MLP([*first, Flatten(), *second])


def normalized() -> MLP:
    """The same with BatchNormalization, whose moments and slopes are sums over the ranks as well."""
    network = convolutional()
    before, after = network.layers[:1], network.layers[1:]
    return MLP([*before, BatchNormalization(12), *after])


WORKLOADS: dict[str, tuple[Callable[[], MLP], int, bool]] = {
    "784-1600-1600-10, batch 1,024": (dense, 1024, False),
    "convolutional classifier, batch 256": (convolutional, 256, True),
    "the same with BatchNormalization": (normalized, 256, True),
}


def digits(batch_size: int, steps: int, images: bool) -> Dataset:
    """As many random images as there are in so many batches: the time does not depend on what they show."""
    rng, n = np.random.default_rng(0), batch_size * steps
    x = rng.random((1, 28, 28, n) if images else (784, n), np.float32)
    return Dataset.fromArrays(x, rng.integers(10, size=n), test_size=0, batch_size=batch_size)


class Stopwatch(Listener):
    """The time from the first step of a training, which is not counted, to its last."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def stepped(self, course: object) -> None:
        now = time.perf_counter()
        self._began = now if self.seconds == 0.0 else self._began
        self.seconds = max(1e-9, now - self._began)


def timed(network: MLP, dataset: Dataset, communicator: MPI.Comm | None) -> float:
    """Seconds a step."""
    watch = Stopwatch()
    network.train(
        dataset, epochs=1, metrics=[], progress=False, watch=False, listeners=[watch], communicator=communicator
    )
    return watch.seconds / (len(dataset) - 1)


def asleep() -> None:
    """Waits until all ranks are here, and leaves the processor to the others meanwhile."""
    request = RANKS.Ibarrier()
    while not request.Test():
        time.sleep(0.01)


def speed(rounds: int, steps: int) -> dict[str, float]:
    """Prints the efficiency of every workload; seconds a step of one rank alone."""
    leibnet.threads(1)
    found = {}
    for name, (make, batch_size, images) in WORKLOADS.items():
        leibnet.seed(0)
        network, dataset = make(), digits(batch_size, steps + 1, images)
        efficiencies, alone, together = [], [], []
        for _ in range(rounds):
            if RANKS.rank == 0:
                alone.append(timed(network, dataset, None))
            asleep()
            together.append(timed(network, dataset, RANKS))
            if RANKS.rank == 0:
                efficiencies.append(alone[-1] / together[-1] / RANKS.size)
        if RANKS.rank == 0:
            low, middle, high = statistics.quantiles(efficiencies, n=4)
            found[name] = statistics.median(alone)
            print(
                f"{name}: {1e3 * found[name]:.1f} ms a step alone, {1e3 * statistics.median(together):.1f} ms on "
                f"{RANKS.size} ranks; efficiency {middle:.1%} ({low:.1%} to {high:.1%}, {rounds} rounds)",
                flush=True,
            )
    return found


def allreduce(rounds: int, step: float) -> None:
    """Prints the cost of a sum, and the calculation for machines beside a `step` of so many seconds."""
    ranks = Ranks(RANKS)
    say("parameters   bytes   a sum over the ranks")
    for size in SIZES:
        vector, times = np.ones(size, np.float32), []
        for _ in range(rounds):
            began = time.perf_counter()
            ranks.sum(vector, 0.5)
            times.append(time.perf_counter() - began)
        say(f"{size:>10,}  {4 * size / 1e6:>5.1f} M  {1e3 * statistics.median(times):8.2f} ms")
    parameters, batch_size = dense().numParameters(), 1024
    say(
        f"\nA calculation, not a measurement: 784-1600-1600-10, {parameters:,} parameters, {1e3 * step:.0f} ms a step "
        f"of {batch_size:,} samples,\non p machines with 10 Gbit/s and {1e6 * LATENCY:.0f} us a message. A sum takes "
        "2 (p - 1)/p bytes/bandwidth + 2 (p - 1) latencies\n(ring); nothing is hidden behind the backward pass.\n"
        "machines   a sum   1,024 samples in all   1,024 samples each"
    )
    for p in MACHINES:
        cost = 2 * (p - 1) / p * 4 * parameters / BANDWIDTH + 2 * (p - 1) * LATENCY
        shared, own = (seconds / (seconds + cost) for seconds in (step / p, step))
        say(f"{p:>8}  {1e3 * cost:4.0f} ms  {p * shared:>8.1f} x ({shared:.0%})  {p * own:>13.1f} x ({own:.0%})")


def equality() -> None:
    """Prints how far what the ranks compute is from what one computes."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
    from rankmodels import MODELS, apart, moved, trained, weights

    cases = [(steps, dtype) for steps in (1, 100) for dtype in (np.float64, np.float32)]
    rows = []
    say(f"{'':48}first gradients        after 100 steps\n{'':48}float64    float32    float64    float32")
    for name in MODELS:
        figures = []
        for steps, dtype in cases:
            model = trained(name, dtype, RANKS, steps=steps)
            assert len(set(RANKS.allgather(weights(model).tobytes()))) == 1, "the ranks have different parameters"
            if RANKS.rank == 0:
                one = trained(name, dtype, steps=steps)
                figures.append(apart(model, one) if steps == 1 else moved(model, one, name))
            asleep()
        say(f"{name:48}" + "    ".join(f"{figure:.1e}" for figure in figures))
        rows.append(figures)
    say(f"{'the largest':48}" + "    ".join(f"{max(column):.1e}" for column in zip(*rows, strict=True)))


def say(text: str) -> None:
    """Prints it, on rank 0."""
    if RANKS.rank == 0:
        print(text, flush=True)


def main() -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "allreduce", "equality"])
    parser.add_argument("--rounds", type=int, default=20, help="rounds, default 20")
    parser.add_argument("--steps", type=int, default=10, help="steps of a stretch, default 10")
    parser.add_argument("--step", type=float, default=0.5, help="allreduce: seconds of a step alone, as speed says")
    given = parser.parse_args()
    version = " ".join(MPI.Get_library_version().splitlines()[0].split())
    say(f"{RANKS.size} ranks, {version}, {threadcount.description()}, {kernelDescription()}")
    if given.what == "speed":
        speed(given.rounds, given.steps)
    elif given.what == "allreduce":
        allreduce(given.rounds, given.step)
    else:
        equality()


if __name__ == "__main__":
    main()
