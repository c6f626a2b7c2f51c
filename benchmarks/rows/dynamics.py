"""Dynamic systems, simulated: inputs alone go in, and no outputs that were measured behind the wash-out.

Sizes, lags, rates and epochs were chosen on the 1,000 steps behind those that are learnt, of the cascaded tanks on the
last 324 samples of the estimation record. The tests are of the 1,000 steps after those, and the validation record.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from figures.row import Another, Figure, Setting, cascadedTanks, row

from activations import Tanh
from dataset import Dataset, deepsiExample, duffing, narma10, wienerHammerstein, windows
from layers import GRU, LSTM, Dense, TimeDistributed
from nn import MLP, DynamicSystem, Listener, pretrain
from optimizer import Adam, Cosine

RELATIVE = "RMSE of 1,000 simulated steps / std(y)"
ECHO, PLAN = "echo-state net {}", "prototypes of this project"
LEARNT, KEPT = 8000, 1000  # steps of a system, and those by which the model is chosen, and with which it is tested

System = Callable[..., tuple[np.ndarray, np.ndarray]]


def figure(model: str, anchor: str) -> list[Figure]:
    return [Figure("error", model, RELATIVE, "", 3, "lower", anchor=ECHO.format(anchor), source=PLAN)]


def recurrent(inputs: int, units: int, optimizer: Adam) -> MLP:
    return MLP([LSTM(inputs, units, optimizer), TimeDistributed(Dense(units, 1, optimizer=optimizer))])


def series(system: System, seed: int, count: int = LEARNT) -> tuple[np.ndarray, np.ndarray]:
    """Steps to learn from, to choose by and to test with, one behind the other: (steps, 1, 1) each."""
    u, y = system(count + 2 * KEPT, rng=seed)
    return u[:, :, np.newaxis], y[:, :, np.newaxis]


def learnt(u: np.ndarray, y: np.ndarray, steps: int, stride: int) -> Dataset:
    """Windows of the steps to learn from."""
    cut = (windows(one[: -2 * KEPT, :, 0], steps, stride) for one in (u, y))
    return Dataset.fromSequences(*cut, test_size=0, standardize=True, batch_size=32)


def error(system: DynamicSystem, u: np.ndarray, y: np.ndarray) -> float:
    """RMSE / std(y) of a simulation of the last KEPT steps, whose wash-out comes before them."""
    start = len(u) - KEPT - system.washOut
    known = y[start : start + system.washOut] if system.feedback else None
    simulated, measured = system.simulate(u[start:], known)[-KEPT:], y[-KEPT:]
    return float(np.sqrt(np.mean((simulated - measured) ** 2)) / measured.std())


@row(figure("LSTM-32 of NARMA-10's inputs, 12 lags, 150 epochs", ".112"), seconds=70, needs=())
def narmaSimulated(now: Setting) -> dict[str, float]:
    u, y = series(narma10, now.seed)
    adam = Adam(lr=0.005, clipNorm=1.0)
    system = DynamicSystem(1, 1, recurrent(12, 32, adam), lags=12, feedback=False, washOut=30)
    system.train(learnt(u, y, 60, 10), epochs=now.epochs(150), metrics=[], schedule=Cosine())
    return {"error": error(system, u, y)}


@row(figure("LSTM TDL of deepSI's example, 5 lags, 300 epochs", ".370"), seconds=60, needs=())
def deepsiSimulated(now: Setting) -> dict[str, float]:
    u, y = series(deepsiExample, now.seed)
    adam = Adam(lr=0.005, clipNorm=1.0)
    system = DynamicSystem(1, 1, recurrent(10, 32, adam), lags=5, washOut=20)
    system.train(learnt(u, y, 60, 10), epochs=now.epochs(300), metrics=[], schedule=Cosine())
    return {"error": error(system, u, y)}


@row(figure("LSTM-48 of a Wiener-Hammerstein system's inputs, 10 lags, 120 epochs", ".030"), seconds=250, needs=())
def wienerHammersteinSimulated(now: Setting) -> dict[str, float]:
    u, y = series(wienerHammerstein, now.seed, count=20_000)
    adam = Adam(lr=0.005, clipNorm=1.0)
    system = DynamicSystem(1, 1, recurrent(10, 48, adam), lags=10, feedback=False, washOut=40)
    system.train(learnt(u, y, 200, 20), epochs=now.epochs(120), metrics=[], schedule=Cosine())
    return {"error": error(system, u, y)}


# The lecture's comparison --------------------------------------------------------------------------------------------

STEPS, LAGS, KNOWN, UNITS, CODES = 3000, 10, 20, 24, 8
SPRING = "{}: a hardening spring from 3,000 steps, 100 epochs, half of them free"


def variant(name: str) -> list[Figure]:
    """One step ahead, and simulated; held against the plain LSTM."""
    beside = "" if name == "LSTM" else Another("springLSTM", "error", "LSTM")
    model = SPRING.format(name)
    return [
        Figure("error", model, RELATIVE, "", 3, "lower", beside),
        Figure("ahead", model, "RMSE one step ahead / std(y)", "", 4, "lower"),
    ]


def compared(now: Setting, lags: int, codes: int, hidden: int) -> dict[str, float]:
    """With a code there are the lecture's stages; without one, the same epochs of all parameters."""
    u, y = duffing(STEPS + KEPT, rng=now.seed)
    cut = (windows(one[:STEPS], 60, 15) for one in (u, y))
    dataset = Dataset.fromSequences(*cut, test_size=0, standardize=True, batch_size=50)
    adam, width = Adam(lr=0.01, clipNorm=1.0), 2 * lags
    encoder, decoder = coders([width, hidden, codes] if hidden else [width, codes], adam) if codes else (None, None)
    core, weight = recurrent(codes or width, UNITS, adam), 0.1 if codes else 0
    system = DynamicSystem(1, 1, core, encoder, decoder, lags, weight=weight, washOut=KNOWN)
    if hidden:
        greedy = pretrain(encoder, system.delayLines(dataset), epochs=now.epochs(2), progress=False)
        system.decoder.setWeights(greedy.unrolled().decoder.weights())

    def train(epochs: int) -> None:
        system.train(dataset, epochs=now.epochs(epochs), metrics=[], schedule=Cosine())

    train(50)
    system.weight, system.teacherForcing = 0, False
    if codes:
        system.network.freeze()
        train(25)
        system.encoder.freeze()
        system.network.unfreeze()
        train(25)
    else:
        train(50)
    u, y = u[STEPS:, :, np.newaxis], y[STEPS:, :, np.newaxis]
    found = {"error": system.simulate(u, y[:KNOWN]), "ahead": system.predict(u, y)}
    deviation = y[KNOWN:].std()
    return {name: float(np.sqrt(np.mean((one - y)[KNOWN:] ** 2)) / deviation) for name, one in found.items()}


def coders(sizes: list[int], adam: Adam) -> tuple[MLP, MLP]:
    """An encoder with layers of these sizes, and the mirrored decoder, which ends linear."""
    down = [Dense(before, after, Tanh(), adam) for before, after in pairwise(sizes)]
    up = [Dense(before, after, Tanh(), adam) for before, after in pairwise(sizes[:0:-1])]
    return MLP(down), MLP([*up, Dense(sizes[1], sizes[0], optimizer=adam)])


@row(variant("LSTM"), seeds=range(5), seconds=60, needs=())
def springLSTM(now: Setting) -> dict[str, float]:
    return compared(now, lags=1, codes=0, hidden=0)


@row(variant("LSTM TDL"), seeds=range(5), seconds=60, needs=())
def springTDL(now: Setting) -> dict[str, float]:
    return compared(now, lags=LAGS, codes=0, hidden=0)


@row(variant("LSTM TDL/AE"), seeds=range(5), seconds=60, needs=())
def springAE(now: Setting) -> dict[str, float]:
    return compared(now, lags=LAGS, codes=CODES, hidden=0)


@row(variant("LSTM TDL/deep AE"), seeds=range(5), seconds=60, needs=())
def springDeepAE(now: Setting) -> dict[str, float]:
    return compared(now, lags=LAGS, codes=CODES, hidden=16)


# Cascaded tanks ------------------------------------------------------------------------------------------------------

FITTED, STARTS, BEGINNING = 700, 5, 5  # samples that are learnt, networks, samples that the toolbox does not score


class Best(Listener):
    """Keeps the weights with the least error of a simulation of all samples, at those behind the ones learnt."""

    def __init__(self, u: np.ndarray, y: np.ndarray) -> None:
        self.u, self.y, self.error, self.weights = u, y, float("inf"), {}

    def entered(self, course) -> None:
        simulated = course.model.simulate(self.u)
        found = float(np.sqrt(np.mean((simulated - self.y)[FITTED:] ** 2)))
        if found < self.error:
            self.error, self.weights = found, course.model.weights()


@row(
    [
        Figure(
            "error", "GRU-8 of cascaded tanks' inputs, best of five", "RMSE of the validation record, simulated",
            "V", 3, "lower", anchor="LSTM .490, GRU .396", source="Champneys et al. 2024, as the project's plan has it",
        ),
        Figure(
            "chosen by", "GRU-8 of cascaded tanks' inputs, best of five",
            "RMSE of the last 324 estimation samples, by which it was chosen", "V", 3, "lower",
        ),
    ],
    seeds=range(10),
    seconds=40,
    needs=("cascaded_tanks",),
)  # fmt: skip
def tanks(now: Setting) -> dict[str, float]:
    """Epoch and network are chosen by the last samples of the estimation record, which are not learnt.

    A simulation begins without knowing the outputs, and is scored from the sixth sample on, as the benchmark's toolbox
    does it.
    """
    record = np.genfromtxt(cascadedTanks(), delimiter=",", skip_header=1, usecols=range(4))[:1024, :, np.newaxis]
    u, test_u, y, test_y = (record[:, [column]] for column in range(4))
    cut = (windows(one[:FITTED, :, 0], 350, 5) for one in (u, y))
    dataset = Dataset.fromSequences(*cut, test_size=0, standardize=True, batch_size=18)
    best, adam = Best(u, y), Adam(lr=0.01, clipNorm=1.0, weightDecay=0.3)
    for _ in range(STARTS):
        network = MLP([GRU(1, 8, adam), TimeDistributed(Dense(8, 1, optimizer=adam))])
        system = DynamicSystem(1, 1, network, feedback=False, washOut=10)
        metrics = ["train_loss"]
        system.train(dataset, epochs=now.epochs(200), metrics=metrics, schedule=Cosine(), listeners=[best])
    system.setWeights(best.weights)
    error = np.sqrt(np.mean((system.simulate(test_u) - test_y)[BEGINNING:] ** 2))
    return {"error": float(error), "chosen by": best.error}
