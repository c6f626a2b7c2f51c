"""One training step of the lecture's classifier beside PyTorch, the time of `import nn`, and the memory of a training.

    pip install ".[benchmark]"
    pip install torch==2.13.0        # optional: without it, only Leibnet's own times are shown
    python benchmarks/step.py

The network is 784-100-50-10 with ReLU and Softmax, the batch size 50, the optimizer Adam, everything in memory and in
single precision. Leibnet and PyTorch (eager, fused Adam) start from the same weights, see the same batches, and must
compute the same losses over ten steps before anything is timed. They run in turns, a round of each after the other, at
one and at two threads; what counts is the median of all steps, each library at its best number of threads.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from activations import ReLU, Softmax
from layers import Dense
from loss import CategoricalCrossEntropy, CrossEntropy, Loss
from nn import MLP
from nn.model import StepContext
from optimizer import Adam

BATCH, BATCHES, LR = 50, 200, 0.002
SIZES = (784, 100, 50, 10)


def batches() -> list[tuple[Any, Any]]:
    """Random images and labels of MNIST's size, most pixels black; images as `Dataset` delivers them."""
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(BATCHES, BATCH, SIZES[0])) * (rng.uniform(size=(BATCHES, BATCH, SIZES[0])) < 0.2)
    labels = np.eye(SIZES[-1], dtype=np.float32)[rng.integers(0, SIZES[-1], (BATCHES, BATCH))]
    return [(x.astype(np.float32).T, np.ascontiguousarray(y.T)) for x, y in zip(images, labels, strict=True)]


def network() -> MLP:
    """The lecture's classifier in single precision."""
    rng = np.random.default_rng(1)
    mlp = MLP()
    for i in range(len(SIZES) - 1):
        activation = Softmax() if i == len(SIZES) - 2 else ReLU()
        mlp.addLayer(Dense(SIZES[i], SIZES[i + 1], activation, Adam(lr=LR), rng=rng))
    mlp.astype(np.float32)
    return mlp


def leibnet(loss: Loss, quantities: frozenset[str] = frozenset()) -> Callable[[int], dict[str, float]]:
    """A function that makes the step of batch i, as `train` makes it."""
    mlp, data = network(), batches()
    mlp.loss = loss
    return lambda i: mlp._step(*data[i % BATCHES], StepContext(quantities, batchSize=BATCH))


def pytorch(loss: str) -> Callable[[int], Any]:
    """The same step in PyTorch: eager, with its fused Adam."""
    import torch

    linear = [torch.nn.Linear(SIZES[i], SIZES[i + 1]) for i in range(3)]
    model = torch.nn.Sequential(linear[0], torch.nn.ReLU(), linear[1], torch.nn.ReLU(), linear[2])
    for theirs, ours in zip(linear, network().layers, strict=True):
        theirs.weight.data = torch.tensor(ours.weight.copy())
        theirs.bias.data = torch.tensor(ours.bias[:, 0].copy())
    optimizer = torch.optim.Adam(model.parameters(), lr=LR, fused=True)
    data = [(torch.tensor(np.ascontiguousarray(x.T)), torch.tensor(np.ascontiguousarray(y.T))) for x, y in batches()]
    categorical = torch.nn.CrossEntropyLoss()

    def step(i: int) -> Any:
        x, y = data[i % BATCHES]
        optimizer.zero_grad()
        z = model(x)
        if loss == "CategoricalCrossEntropy":
            value = categorical(z, y.argmax(dim=1))
        else:
            value = torch.nn.functional.binary_cross_entropy(torch.softmax(z, dim=1), y, reduction="sum") / len(x)
        value.backward()
        optimizer.step()
        return value

    return step


def times(step: Callable[[int], Any], steps: int) -> list[float]:
    """Seconds of so many steps."""
    seconds = []
    for i in range(steps):
        start = time.perf_counter()
        step(i)
        seconds.append(time.perf_counter() - start)
    return seconds


def check(torch: Any) -> None:
    """The two libraries compute the same losses over ten steps."""
    for loss in (CategoricalCrossEntropy(), CrossEntropy()):
        ours, theirs = leibnet(loss, frozenset({"loss"})), pytorch(loss.name)
        for i in range(10):
            a, b = ours(i)["loss"], float(theirs(i).detach())
            if abs(a - b) > 1e-4 * abs(b):
                raise SystemExit(
                    f"{loss.name}, step {i}: Leibnet's loss is {a}, PyTorch's {b}: not the same computation"
                )
    print("Losses over ten steps: equal to 1e-4")


def compare(rounds: int, steps: int) -> None:
    try:
        import torch
    except ImportError:
        torch = None
        print("PyTorch is not installed: pip install torch==2.13.0 to compare")
    if torch is not None:
        check(torch)
    print(f"\nmicroseconds a step, median of {rounds} rounds of {steps} steps\n")
    print(f"| {'loss':<24} | {'threads':>7} | {'Leibnet':>7} | {'with metrics':>12} | {'PyTorch':>7} |")
    print(f"| {'-' * 24} | {'-' * 7} | {'-' * 7} | {'-' * 12} | {'-' * 7} |")
    for loss in (CategoricalCrossEntropy(), CrossEntropy()):
        best: dict[str, float] = {}
        for threads in (1, 2):
            makers: dict[str, Callable[[int], Any]] = {
                "Leibnet": leibnet(loss),
                "with metrics": leibnet(loss, frozenset({"loss", "accuracy"})),
            }
            if torch is not None:
                makers["PyTorch"] = pytorch(loss.name)
                torch.set_num_threads(threads)
            seconds: dict[str, list[float]] = {name: [] for name in makers}
            with threadpool_limits(threads, user_api="blas"):
                for _ in range(rounds):
                    for name, step in makers.items():
                        step(0)
                        seconds[name] += times(step, steps)
            medians = {name: 1e6 * statistics.median(values) for name, values in seconds.items()}
            best = {name: min(value, best.get(name, value)) for name, value in medians.items()}
            print(
                f"| {loss.name:<24} | {threads:>7} | {medians['Leibnet']:>7.0f} | {medians['with metrics']:>12.0f} "
                f"| {medians.get('PyTorch', float('nan')):>7.0f} |",
                flush=True,
            )
        if torch is not None:
            print(f"| ratio to PyTorch, best    |         | {best['Leibnet'] / best['PyTorch']:>7.2f} | ", end="")
            print(f"{best['with metrics'] / best['PyTorch']:>12.2f} | {1:>7.2f} |")


def import_time() -> float:
    """Seconds of `import nn` in a fresh interpreter, its modules compiled as installed ones are; median of seven."""
    code = "import time; start = time.perf_counter(); import nn; print(time.perf_counter() - start)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code]
    subprocess.check_output(command, env=environment)
    return statistics.median(float(subprocess.check_output(command, env=environment)) for _ in range(7))


def memory() -> float | None:
    """Peak resident MiB of a process that trains the classifier on MNIST for an epoch; None without MNIST."""
    from dataset import available

    if not available("mnist"):
        return None
    return float(subprocess.check_output([sys.executable, __file__, "--train-once"]).split()[-1])


def train_once() -> None:
    from dataset import Dataset

    metrics = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]
    network().train(Dataset("mnist", batch_size=BATCH), CrossEntropy(), epochs=1, metrics=metrics)
    print(peak_memory())


def peak_memory() -> float:
    """Peak resident MiB of this process. Linux's getrusage would count the parent's, from before the exec."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024  # type: ignore[index]
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--steps", type=int, default=100, help="steps in a round")
    arguments.add_argument("--train-once", action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.train_once:
        train_once()
        return
    blas = [f"{pool['internal_api']} {pool['version']} ({pool.get('architecture')})" for pool in threadpool_info()]
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {', '.join(blas)}, {os.cpu_count()} processors")
    compare(options.rounds, options.steps)
    print(f"\nimport nn: {import_time():.2f} s")
    peak = memory()
    print("memory of a training on MNIST: " + ("MNIST is not at hand" if peak is None else f"{peak:.0f} MiB at most"))


if __name__ == "__main__":
    main()
