"""Trains the second lecture's four models of a dynamic system: LSTM, LSTM TDL, LSTM TDL/AE and LSTM TDL/deep AE.

    python examples/train_dynamic_system.py
    python examples/train_dynamic_system.py --system quadrotor --variant tdl deep --epochs 100

All see as many epochs, half of them with teacher forcing and half without, in the stages of the lecture. Compares how
well they predict one step ahead, and how well they simulate: then their own outputs are fed back, and nothing is
measured after the first steps. Writes the metrics of every stage, the trained models, and a picture of the first 300
steps of the simulations over the measurement.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from time import perf_counter
from typing import Any

from leibnet import seed

import numpy as np

from activations import Tanh
from dataset import Dataset, deepsiExample, duffing, narma10, quadrotorClimb, vanDerPol, wienerHammerstein, windows
from layers import LSTM, Dense, TimeDistributed
from nn import MLP, DynamicSystem, plots, pretrain
from nn.runs import parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

SYSTEMS = {
    "duffing": duffing,
    "vanderpol": vanDerPol,
    "quadrotor": quadrotorClimb,
    "narma10": narma10,
    "wiener-hammerstein": wienerHammerstein,
    "deepsi": deepsiExample,
}
VARIANTS = {"lstm": "LSTM", "tdl": "LSTM TDL", "ae": "LSTM TDL/AE", "deep": "LSTM TDL/deep AE"}
STEPS, KNOWN = 60, 20  # of a training window, and those at its beginning whose outputs are measured
UNITS, CODES, HIDDEN = 24, 8, 16


def main() -> None:
    arguments = parser(__doc__, datasets=(), batchSize=50, resumes=False)
    arguments.add_argument("--system", choices=SYSTEMS, default="duffing", help="what is simulated (default: duffing)")
    arguments.add_argument("--variant", choices=VARIANTS, nargs="+", default=list(VARIANTS), help="default: all four")
    arguments.add_argument("--lags", type=positiveInteger, default=10, help="steps in the delay line (default: 10)")
    arguments.add_argument("--steps", type=positiveInteger, default=3000, help="to learn from (default: 3000)")
    arguments.add_argument("--epochs", type=positiveInteger, default=80, help="in all (default: 80)")
    options = arguments.parse_args()

    if options.steps < 2 * STEPS:
        arguments.error(f"argument --steps: give at least {2 * STEPS}, for windows of {STEPS}")
    u, y = SYSTEMS[options.system](options.steps + 1000, rng=options.seed)
    train, test = slice(0, options.steps), slice(options.steps, None)
    dataset = Dataset.fromSequences(
        windows(u[train], STEPS, STEPS // 4),
        windows(y[train], STEPS, STEPS // 4),
        testSequences=windows(u[test], STEPS, STEPS),
        testLabels=windows(y[test], STEPS, STEPS),
        standardize=True,
        batch_size=options.batch_size,
        name=options.system,
        rng=options.seed,
    )
    print(dataset)
    with runOf(options, "dynamics", dataset, together=False) as run:
        compare(options, dataset, (u[test], y[test]), run.folder)


def compare(options: Namespace, dataset: Dataset, test: tuple[Any, Any], folder: Path) -> None:
    """All variants on the same system, one table and one picture."""
    u, y = test[0][:, :, np.newaxis], test[1][:, :, np.newaxis]
    deviation, shown = y[KNOWN:].std(), slice(KNOWN, KNOWN + 300)
    simulations = {}
    columns = f"{'one step ahead':>14} {'simulated':>10} {'parameters':>11} {'seconds':>8}"
    print(f"{'RMSE / std(y) of 1,000 steps':<30} {columns}")
    for name in dict.fromkeys(options.variant):
        seed(options.seed)
        began = perf_counter()
        system = MAKERS[name](options, dataset, folder / name)
        seconds = perf_counter() - began
        system.save(folder / f"{name}.safetensors")
        ahead, free = system.predict(u, y), system.simulate(u, y[:KNOWN])
        errors = [np.sqrt(np.mean((one - y)[KNOWN:] ** 2)) / deviation for one in (ahead, free)]
        here = np.sqrt(np.mean((free - y)[shown] ** 2)) / deviation
        title = f"{VARIANTS[name]}, RMSE / std(y): {here:.3f} here, {errors[1]:.3f} over {len(y) - KNOWN:,} steps"
        simulations[title] = free[shown, 0, 0]
        count = system.encoder.numParameters() if system.encoder else 0
        count += system.network.numParameters()
        print(f"{VARIANTS[name]:<30} {errors[0]:>14.4f} {errors[1]:>10.4f} {count:>11,} {seconds:>8.1f}", flush=True)

    figure = plots.plotSimulations(y[shown, 0, 0], simulations, start=KNOWN)
    plots.save(figure, folder / "simulation.png", dpi=150)
    print(f"Metrics, trained models and the picture simulation.png are in {folder}")


# The four variants ---------------------------------------------------------------------------------------------------


def lstm(options: Namespace, dataset: Dataset, folder: Path) -> DynamicSystem:
    """What goes in now and came out last; teacher forcing first, then free."""
    return recurrent(options, dataset, folder, lags=1)


def delayed(options: Namespace, dataset: Dataset, folder: Path) -> DynamicSystem:
    """The same with a tapped delay line."""
    return recurrent(options, dataset, folder, options.lags)


def recurrent(options: Namespace, dataset: Dataset, folder: Path, lags: int) -> DynamicSystem:
    system = DynamicSystem(1, 1, network(2 * lags), lags=lags, washOut=KNOWN)
    train(system, dataset, options.epochs / 2, folder / "1-teacher-forcing")
    system.teacherForcing = False
    train(system, dataset, options.epochs / 2, folder / "2-free")
    return system


def coded(options: Namespace, dataset: Dataset, folder: Path) -> DynamicSystem:
    """With the code of an autoencoder of the delay line, in the lecture's two stages."""
    width = 2 * options.lags
    encoder, decoder = MLP([dense(width, CODES, Tanh())]), MLP([dense(CODES, width)])
    system = DynamicSystem(1, 1, network(CODES), encoder, decoder, options.lags, weight=0.1, washOut=KNOWN)
    return staged(system, options, dataset, folder)


def deep(options: Namespace, dataset: Dataset, folder: Path) -> DynamicSystem:
    """With a deep autoencoder, whose layers are trained one after the other before that: the greedy form."""
    width = 2 * options.lags
    encoder = MLP([dense(width, HIDDEN, Tanh()), dense(HIDDEN, CODES, Tanh())])
    decoder = MLP([dense(CODES, HIDDEN, Tanh()), dense(HIDDEN, width)])
    system = DynamicSystem(1, 1, network(CODES), encoder, decoder, options.lags, weight=0.1, washOut=KNOWN)

    greedy = pretrain(encoder, system.delayLines(dataset), epochs=2, progress=False)
    system.decoder.setWeights(greedy.unrolled().decoder.weights())
    return staged(system, options, dataset, folder)


def staged(system: DynamicSystem, options: Namespace, dataset: Dataset, folder: Path) -> DynamicSystem:
    # Stage 1: encoder, decoder and LSTM together, with reconstruction and teacher forcing
    train(system, dataset, options.epochs / 2, folder / "1-together")

    # Fine-tuning: the encoder alone, without reconstruction and teacher forcing
    system.weight, system.teacherForcing = 0, False
    system.network.freeze()
    train(system, dataset, options.epochs / 4, folder / "2-encoder")

    # Stage 2: the LSTM, on codes that stay
    system.encoder.freeze()
    system.network.unfreeze()
    train(system, dataset, options.epochs / 4, folder / "3-lstm")
    return system


MAKERS = {"lstm": lstm, "tdl": delayed, "ae": coded, "deep": deep}


def network(inputs: int) -> MLP:
    optimizer = Adam(lr=0.01, clipNorm=1.0)
    return MLP([LSTM(inputs, UNITS, optimizer), TimeDistributed(Dense(UNITS, 1, optimizer=optimizer))])


def dense(inputs: int, outputs: int, activation: Any = None) -> Dense:
    return Dense(inputs, outputs, activation, Adam(lr=0.01, clipNorm=1.0))


def train(system: DynamicSystem, dataset: Dataset, epochs: float, folder: Path) -> None:
    metrics = ["train_loss", "test_loss", "test_rmse"]
    system.train(dataset, epochs=max(1, round(epochs)), metrics=metrics, schedule=Cosine(), folder=folder)


if __name__ == "__main__":
    runScript(main)
