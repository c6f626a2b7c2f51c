"""Trains a generative stochastic network: a denoising autoencoder by walk-back, inputs - 1000 - inputs.

    python examples/train_gsn.py
    python examples/train_gsn.py --walk-back 1 --noise 0.4
    python examples/train_gsn.py --dataset fashion_mnist --epochs 20

It learns to undo weak and strong noise. Its chain has four weak steps, which make a digit clear, for a strong one,
which leads to another digit; with one share of noise for all (`--noise`), it stays in a digit or is blurred.

Follows one chain of 5,000 steps, as a film and as a sheet, and says what a judge sees in every fifth: how many classes,
and how far they are from the data, beside two controls. Writes metrics, pictures and the trained network to a run
folder.
"""

from __future__ import annotations

import itertools
from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset, SaltAndPepper
from layers import Dense
from nn import GSN, MLP, SampleJudge, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine

METRICS = ["train_loss", "test_loss", "train_squared_error", "test_squared_error"]
CHAIN, EVERY = 1000, 5  # samples of the chain, and its steps for each
SHOWN = 100  # steps of the film, samples of the sheet
LEARNT = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)  # shares of spoilt pixels in training: every sample draws one
WALKED = (0.2, 0.2, 0.2, 0.2, 0.6)  # and in the chain


def main() -> None:
    arguments = parser(__doc__, batchSize=100)
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 3, for the small digits 400)")
    arguments.add_argument("--walk-back", type=positiveInteger, help="steps from a sample (default: 3, digits 2)")
    arguments.add_argument(
        "--noise", type=positiveNumber, help="one share of spoilt pixels (default: several, digits 0.1)"
    )
    options = arguments.parse_args()
    if options.noise and options.noise > 1:
        arguments.error(f"argument --noise: expected a share, up to 1, got {options.noise:g}")

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "gsn", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Network, training and pictures."""
    small, adam = dataset.name == "digits", Adam(lr=0.002)
    hidden, epochs, noise, walk_back = (200, 400, 0.1, 2) if small else (1000, 3, LEARNT, 3)
    epochs = options.epochs or epochs
    gsn = GSN(
        MLP([Dense(dataset.inputDim, hidden, ReLU(), adam)]),
        MLP([Dense(hidden, dataset.inputDim, Sigmoid(), adam)]),
        SaltAndPepper(options.noise or noise),
        options.walk_back or walk_back,
    )
    print(gsn)

    history = gsn.train(dataset, epochs=epochs, schedule=Cosine(), metrics=METRICS, **run.keeping())

    if not (small or options.noise):
        gsn.corruption = SaltAndPepper(WALKED)
    gsn.save(run.folder / "gsn.safetensors")
    start = dataset.testSet()[0][:, :1]
    walk = itertools.islice(gsn.walk(start, rng=0), CHAIN * EVERY)
    chain = np.concatenate([mean for mean, _ in walk], axis=1)
    samples = chain[:, EVERY - 1 :: EVERY]
    judge = trainedJudge(dataset)
    print(f"{CHAIN:,} samples of one chain from a test image, as a classifier sees them:")
    for name, quality in ({"chain": judge.judge(samples)} | judge.controls()).items():
        print(f"{name:<13} {quality.covered:>2} classes, Frechet distance {quality.frechet:.1f}")
    figures = {
        "curves": plots.plotHistory(history, panels={"Loss in nats": "loss"}),
        "chain": plots.plotImages(
            samples[:, :SHOWN], dataset.imageShape, 20, heading=f"Every {EVERY}th step of one chain"
        ),
        "steps": plots.plotRows(steps(gsn, start), dataset.imageShape, "The first steps of the chain", (0, 1)),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    plots.saveAnimation(
        [chain[:, [step]] for step in range(SHOWN)],
        dataset.imageShape,
        run.folder / "chain.gif",
        titles=[f"step {step + 1}" for step in range(SHOWN)],
        limits=(0, 1),
    )
    print(f"Metrics, pictures, the film and the trained network are in {run.folder}")


def steps(gsn: GSN, start: Any) -> dict[str, Any]:
    """What is corrupted, what the network thinks of it, and what is drawn, for ten steps."""
    rng, x = np.random.default_rng(0), start
    spoilt, means, draws = [], [], []
    for _ in range(10):
        spoilt.append(gsn.corruption.apply(x, rng))
        means.append(gsn.reconstruct(spoilt[-1]))
        x = (rng.random(x.shape) < means[-1]).astype(x.dtype)
        draws.append(x)
    rows = {"corrupted": spoilt, "network": means, "drawn": draws}
    return {name: np.concatenate(columns, axis=1) for name, columns in rows.items()}


def trainedJudge(dataset: Dataset) -> SampleJudge:
    """A classifier that judges samples."""
    adam = Adam(lr=0.003)
    classifier = MLP(
        [
            Dense(dataset.inputDim, 256, ReLU(), adam),
            Dense(256, 64, ReLU(), adam),
            Dense(64, dataset.labelDim, Softmax(), adam),
        ]
    )
    classifier.train(dataset, epochs=30 if dataset.name == "digits" else 3, schedule=Cosine(), metrics=[])
    return SampleJudge(classifier, dataset)


if __name__ == "__main__":
    runScript(main)
