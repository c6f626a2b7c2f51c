"""Trains a restricted Boltzmann machine: inputs - 500 hidden units, by persistent contrastive divergence.

    python examples/train_rbm.py
    python examples/train_rbm.py --persistent 0 --steps 1
    python examples/train_rbm.py --dataset fashion_mnist --epochs 20

Shows what its hidden units look for, what it makes of images, and a film of its Gibbs chains, which begin in noise;
says how likely the test images are, from below and from above, beside pixels that know nothing of each other. Writes
metrics, pictures and the trained machine to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from dataset import Dataset
from nn import RBM, exactLogPartition, likelihoodBracket, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import SGD

METRICS = [f"{split}_{name}" for name in (*RBM.quantities,) for split in ("train", "test")]
PANELS = {
    "Free energy in nats": "free_energy",
    "Its gap between data and chains": "free_energy_gap",
    "Pseudo-likelihood in nats": "pseudo_likelihood",
    "Squared error of reconstructions": "reconstruction_error",
}
FILM = (0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 700, 1000)  # Gibbs steps


def main() -> None:
    arguments = parser(__doc__, batchSize=100)
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 15, for the small digits 100)")
    arguments.add_argument("--hidden-dim", type=positiveInteger, help="hidden units (default: 500, small digits 100)")
    arguments.add_argument("--steps", type=positiveInteger, default=1, help="Gibbs steps for an update (default: 1)")
    arguments.add_argument("--persistent", type=int, default=100, help="kept chains; 0: none (default: 100)")
    options = arguments.parse_args()
    if options.persistent < 0:
        arguments.error(f"argument --persistent: expected a number of chains from 0 on, got {options.persistent}")

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "rbm", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Machine, training and pictures."""
    small = dataset.name == "digits"
    hidden, epochs = (100, 100) if small else (500, 15)
    hidden, epochs = options.hidden_dim or hidden, options.epochs or epochs
    sgd = SGD(lr=0.3 if small else 0.1)
    rbm = RBM(dataset.inputDim, hidden, optimizer=sgd, steps=options.steps, persistent=options.persistent)
    print(rbm)

    history = rbm.train(dataset, epochs=epochs, metrics=METRICS, schedule=falling, **run.keeping())

    rbm.save(run.folder / "rbm.safetensors")
    likelihood(rbm, dataset)
    images = dataset.testSet()[0][:, :10]
    film = chains(rbm, dataset)
    error = history["test_reconstruction_error"][-1]
    rows = {"original": images, f"reconstruction\nsquared error {error:.1f}": rbm.reconstruct(images)}
    figures = {
        "curves": plots.plotHistory(history, panels=PANELS),
        "features": plots.plotWeights(rbm.layer, dataset.imageShape, count=64),
        "reconstructions": plots.plotRows(rows, dataset.imageShape, f"What {hidden} hidden units keep of an image"),
        "samples": plots.plotImages(
            film[-1][1], dataset.imageShape, heading=f"Chains that began in noise, after {film[-1][0]:,} Gibbs steps"
        ),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    plots.saveAnimation(
        [sheet for _, sheet in film],
        dataset.imageShape,
        run.folder / "chains.gif",
        titles=[f"Gibbs step {step:,}" for step, _ in film],
        limits=(0, 1),
    )
    print(f"Metrics, pictures, the film and the trained machine are in {run.folder}")


def falling(epoch: float, epochs: int) -> float:
    """The learning rate goes down in a straight line: the chains must follow the machine to the end."""
    return 1 - epoch / epochs


def chains(rbm: RBM, dataset: Dataset) -> list[tuple[int, Any]]:
    """What fifty Gibbs chains have become after so many steps, from noise with the data's means."""
    rng = np.random.default_rng(0)
    mean = dataset.trainSet()[0].mean(axis=1, keepdims=True)
    noise = (rng.random((dataset.inputDim, 50)) < mean).astype(float)
    sheets = {0: noise}
    for step, (means, _) in enumerate(rbm.gibbs(noise, rng), 1):
        if step in FILM:
            sheets[step] = means
        if step == FILM[-1]:
            return list(sheets.items())
    raise AssertionError("a Gibbs chain has no end")


def likelihood(rbm: RBM, dataset: Dataset) -> None:
    """Prints ln p(x) of test images whose greys were drawn as black or white."""
    rng = np.random.default_rng(0)
    grey, test = dataset.trainSet()[0], dataset.testSet()[0]
    x = (rng.random(test.shape) < test).astype(float)
    p = np.clip(grey.mean(axis=1, keepdims=True, dtype=float), 1e-3, 1 - 1e-3)
    alone = float((x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=0).mean())
    print("Test images, their pixels drawn as black or white, in nats; the nearer to 0, the better")
    print(f"pixels that stand alone  ln p(x) = {alone:.2f}")
    print(f"the machine              {likelihoodBracket(rbm, x, 100, 1000, rng=0)}")
    print("The two ends tell how far the estimate is to be trusted: more temperatures bring them together")
    if rbm.hiddenDim <= 16:
        print(f"counted out              ln p(x) = {-rbm.freeEnergy(x).mean() - exactLogPartition(rbm):.2f}")


if __name__ == "__main__":
    runScript(main)
