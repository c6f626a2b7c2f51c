"""A search over parameters with this library's classifier, beside the same search with scikit-learn's own.

    pip install ".[sklearn,fast]"
    python benchmarks/search.py                           both batch sizes, about five minutes on two cores
    python benchmarks/search.py --rounds 9 --batch-sizes 200
    python benchmarks/search.py --jobs 1 --profile        where the time of ours goes, with cProfile

Three widths, three learning rates and five folds of breast cancer: 45 trainings of 200 epochs with Adam, in a pipeline
behind a StandardScaler, in as many processes as there are cores, with one BLAS thread each. Hidden layers, batches,
epochs and steps are the same for both; neither stops before the last epoch.

The two run in turns, in every round in another order; the ratio is taken in each round, and what counts is the median
of the rounds with its quartiles. The processes are warm then: joblib keeps them from one search to the next. What a
first search costs, which starts them and imports everything, is measured once for each, in a fresh process. On a
machine that is busy with something else, `--jobs 1` tells more: it counts seconds of the processor.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import time
import warnings
from typing import Any

import leibnet

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nn.estimators import NetworkClassifier

KINDS = {"leibnet": NetworkClassifier, "scikit-learn": MLPClassifier}
WIDTHS, STEPS = [(25,), (50,), (100,)], [0.001, 0.003, 0.01]


def main() -> None:
    options = arguments()
    if options.once:
        print(searched(options.once, options.batch_sizes[0], options)[0])
        return
    if options.profile:
        profile(options)
        return
    print(f"{options.jobs} processes; {leibnet.description()}; 45 trainings of {options.epochs} epochs")
    for batch_size in options.batch_sizes:
        measure(batch_size, options)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="searches of each; default 5")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[32, 200], help="default 32 200")
    parser.add_argument("--epochs", type=int, default=200, help="of every training; default 200")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes; default all cores")
    parser.add_argument("--profile", action="store_true", help="profile one search of ours, in this process")
    parser.add_argument("--once", choices=list(KINDS), help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(batch_size: int, options: argparse.Namespace) -> None:
    """Both in turns, and what is found."""
    first = {kind: firstSearch(kind, batch_size, options) for kind in KINDS}
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    scores = {}
    for turn in range(options.rounds + 1):
        for kind in sorted(KINDS, reverse=bool(turn % 2)):
            took, scores[kind] = searched(kind, batch_size, options)
            if turn:  # the one before all starts the processes
                seconds[kind].append(took)
    ratios = [ours / theirs for ours, theirs in zip(*seconds.values(), strict=True)]
    print(f"\nbatches of {batch_size}")
    for kind, times in seconds.items():
        print(f"  {kind:<13} {spread(times)} s, the first search {first[kind]:.2f} s; best score {scores[kind]:.4f}")
    print(f"  {'ratio':<13} {spread(ratios)}, of the first {first['leibnet'] / first['scikit-learn']:.2f}", flush=True)


def searched(kind: str, batch_size: int, options: argparse.Namespace) -> tuple[float, float]:
    """Seconds of a search, and its best score; in this process alone, seconds of the processor."""
    X, y = load_breast_cancer(return_X_y=True)
    model = KINDS[kind](
        batch_size=batch_size, max_iter=options.epochs, tol=0.0, n_iter_no_change=options.epochs, random_state=0
    )
    name = type(model).__name__.lower()
    grid: dict[str, list[Any]] = {f"{name}__hidden_layer_sizes": WIDTHS, f"{name}__learning_rate_init": STEPS}
    search = GridSearchCV(make_pipeline(StandardScaler(), model), grid, cv=5, n_jobs=options.jobs)
    clock = time.process_time if options.jobs == 1 else time.perf_counter
    start = clock()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search.fit(X, y)
    return clock() - start, float(search.best_score_)


def firstSearch(kind: str, batch_size: int, options: argparse.Namespace) -> float:
    """Seconds of a search in a fresh process, which starts its own."""
    settings = ["--batch-sizes", str(batch_size), "--epochs", str(options.epochs), "--jobs", str(options.jobs)]
    command = [sys.executable, "-W", "ignore", __file__, "--once", kind, *settings]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def spread(values: list[float]) -> str:
    """Median and quartiles."""
    low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else [np.nan] * 3
    return f"{statistics.median(values):.2f} ({low:.2f} to {high:.2f})"


def profile(options: argparse.Namespace) -> None:
    options.jobs = 1
    searched("leibnet", options.batch_sizes[0], options)
    profiler = cProfile.Profile()
    profiler.runcall(searched, "leibnet", options.batch_sizes[0], options)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning")  # of convergence, in the processes
    main()
