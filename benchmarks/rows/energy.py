"""Boltzmann machines: likelihoods, from below and from above, and of deep belief networks a lower bound.

Rates and sizes were chosen by the likelihood of the 10,000 validation images of the fixed binarisation, or of the last
10,000 training images of MNIST.
"""

from __future__ import annotations

import numpy as np
from figures.row import Another, Figure, Setting, binarizedMnist, row

from dataset import Dataset
from nn import (
    DBN,
    RBM,
    LikelihoodBracket,
    annealedLogPartition,
    exactLogPartition,
    likelihoodBracket,
    reverseLogPartition,
)
from optimizer import SGD

SMALL = "RBM 784-16, 100 persistent chains, ten epochs"
PLAIN, KEPT = "RBM 784-500, CD-1, 15 epochs", "RBM 784-500, 100 persistent chains, 180 epochs"
DEEP = "DBN 784-500-500, by CD-1 and 100 persistent chains, 15 epochs each"
SOURCE = "Salakhutdinov & Murray 2008, as quoted in the project's plan"
BELOW, ABOVE = "ln p(test) from below, reverse AIS", "ln p(test) from above, AIS"
TEMPERATURES, CHAINS = 10_000, 100


def falling(epoch: float, epochs: int) -> float:
    """A learning rate that falls in a straight line to 0."""
    return 1 - epoch / epochs


@row(
    [
        Figure(
            "AIS", SMALL, "ln Z by AIS, less the exact value", "nats", 3, "",
            anchor="within 0.5", source="the project's plan",
        ),
        Figure(
            "reverse AIS", SMALL, "ln Z by reverse AIS, less the exact value", "nats", 3, "",
            anchor="within 0.5", source="the project's plan",
        ),
    ],
    seconds=60,
)  # fmt: skip
def rbmSmall(now: Setting) -> dict[str, float]:
    dataset = Dataset(now.images, batch_size=100)
    rbm = RBM(dataset.inputDim, 16, optimizer=SGD(lr=0.05), persistent=100)
    rbm.train(dataset, epochs=now.epochs(10), metrics=[], schedule=falling)
    exact = exactLogPartition(rbm)
    begins = dataset.testSet()[0][:, :CHAINS].round()
    return {
        "AIS": annealedLogPartition(rbm, CHAINS, 5000, rng=0).value - exact,
        "reverse AIS": reverseLogPartition(rbm, begins, 5000, rng=0).value - exact,
    }


def estimates(model: str, name: str, anchor: str) -> list[Figure]:
    """The figures of a bracket, of the row of this name."""
    return [
        Figure("below", model, BELOW, "nats", 1, "higher", anchor=anchor, source=SOURCE),
        Figure("above", model, ABOVE, "nats", 1, "", Another(name, "below", "from below")),
        Figure("error below", model, f"{BELOW}: standard error", "nats", 2, "lower"),
        Figure("error above", model, f"{ABOVE}: standard error", "nats", 2, "lower"),
        Figure("chains below", model, f"{BELOW}: effective chains of {CHAINS}", "", 0, "higher"),
        Figure("chains above", model, f"{ABOVE}: effective chains of {CHAINS}", "", 0, "higher"),
    ]


def binary(split: str) -> np.ndarray:
    """The images (784, N) of the fixed binarisation, "train", "valid" or "test", in single precision."""
    with np.load(binarizedMnist()) as packed:
        return np.unpackbits(packed[split], axis=1).T.astype(np.float32)


def given(found: LikelihoodBracket) -> dict[str, float]:
    """By the names of the figures."""
    return {
        "below": found.lower,
        "above": found.upper,
        "error below": found.reverse.standardError,
        "error above": found.forward.standardError,
        "chains below": found.reverse.effectiveSamples,
        "chains above": found.forward.effectiveSamples,
    }


@row(estimates(PLAIN, "rbmPlain", "-125.5 (CD-1)"), seconds=300, needs=("binarized_mnist",))
def rbmPlain(now: Setting) -> dict[str, float]:
    rbm = RBM(784, 500, optimizer=SGD(lr=0.1))
    rbm.train(
        Dataset.fromArrays(binary("train"), batch_size=100, test_size=0),
        epochs=now.epochs(15),
        metrics=[],
        schedule=falling,
    )
    return given(likelihoodBracket(rbm, binary("test"), CHAINS, TEMPERATURES, rng=0))


@row(estimates(KEPT, "rbmPersistent", "-86.3 (CD-25)"), seconds=700, needs=("binarized_mnist",))
def rbmPersistent(now: Setting) -> dict[str, float]:
    rbm = RBM(784, 500, optimizer=SGD(lr=0.1), persistent=100)
    rbm.train(
        Dataset.fromArrays(binary("train"), batch_size=100, test_size=0),
        epochs=now.epochs(180),
        metrics=[],
        schedule=falling,
    )
    return given(likelihoodBracket(rbm, binary("test"), CHAINS, TEMPERATURES, rng=0))


@row(
    [
        Figure(
            "bound", DEEP, "lower bound of ln p(test), by AIS", "nats", 1, "higher",
            Another("dbn", "first", "its first RBM, by AIS"),
        ),
        Figure("first", DEEP, "ln p(test) of its first RBM, by AIS", "nats", 1, "higher"),
        Figure(
            "gain", DEEP, "the bound above the first RBM", "nats", 1, "higher",
            anchor="at least 1", source="Hinton et al. 2006: the bound does not fall; the figure is the project's plan",
        ),
    ],
    seconds=600,
    needs=("binarized_mnist",),
)  # fmt: skip
def dbn(now: Setting) -> dict[str, float]:
    model = DBN([RBM(784, 500, optimizer=SGD(lr=0.1)), RBM(500, 500, optimizer=SGD(lr=0.05), persistent=100)])
    model.train(
        Dataset.fromArrays(binary("train"), batch_size=100, test_size=0),
        epochs=now.epochs(30),
        metrics=[],
        schedule=twice,
    )
    low, top = model.rbms
    test = binary("test")
    first = -float(low.freeEnergy(test).mean()) - annealedLogPartition(low, CHAINS, TEMPERATURES, rng=0).value
    bound = float(model.bound(test, annealedLogPartition(top, CHAINS, TEMPERATURES, rng=0).value, 10, rng=0).mean())
    return {"bound": bound, "first": first, "gain": bound - first}


def twice(epoch: float, epochs: int) -> float:
    """`falling`, once for each of two machines."""
    return 1 - (2 * epoch / epochs) % 1
