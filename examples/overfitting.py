"""A network that learns 500 images by heart, and what decay, dropout, noise and stopping do about it (third lecture).

    python examples/overfitting.py
    python examples/overfitting.py --samples 200 --epochs 200

Trains the same network on the same images with each remedy, and once with labels that were shuffled: it learns these as
well, though there is nothing to be understood. Writes losses and errors as one picture, and a table.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Corrupt, Dense, Dropout
from loss import CategoricalCrossEntropy
from nn import MLP, EarlyStopping, plots
from nn.plots import canvas
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam

METRICS = ["train_loss", "validation_loss", "test_loss", "test_accuracy"]
STYLES = {"early stopping": (0, (2, 2))}  # it runs along "nothing" until it stops
REMEDIES = ["nothing", "weight decay", "dropout", "noise on the inputs", "early stopping", "shuffled labels"]


def main() -> None:
    arguments = parser(__doc__, resumes=False)
    arguments.add_argument(
        "--samples", type=positiveInteger, help="images to learn (default: 500, of the small digits 100)"
    )
    arguments.add_argument("--epochs", type=positiveInteger, default=100, help="epochs (default: 100)")
    options = arguments.parse_args()

    seed(options.seed)
    whole = chooseDataset(options.dataset, batch_size=options.batch_size)
    samples = options.samples or (100 if whole.name == "digits" else 500)
    if samples + 100 > whole.train_size:
        arguments.error(f"argument --samples: expected at most {whole.train_size - 100:,}; others are for validation")
    with runOf(options, "overfitting", whole) as run:
        sizes = {"train_size": samples, "validation_size": min(5000, whole.train_size - samples)}
        compare(options, Dataset(whole.name, batch_size=options.batch_size, **sizes), run)


def compare(options: Namespace, dataset: Dataset, run: Run) -> None:
    curves = {}
    print(f"{'remedy':<22} training error  test error  lowest test loss  last")
    for remedy in REMEDIES:
        seed(options.seed)
        data = shuffled(dataset) if remedy == "shuffled labels" else dataset
        network, early = model(dataset, remedy), remedy == "early stopping"
        history = network.train(
            data,
            CategoricalCrossEntropy(),
            options.epochs,
            METRICS if data is dataset else [name for name in METRICS if "validation" not in name],
            earlyStopping=EarlyStopping("validation_loss", patience=10) if early else None,
            folder=run.folder / remedy.replace(" ", "-"),
            communicator=run.communicator,
            watch=False,
        )
        errors = [1 - network.evaluate(data, ["accuracy"], split)["accuracy"] for split in ("train", "test")]
        losses, curves[remedy] = history["test_loss"], history
        line = f"{remedy:<22} {errors[0]:>14.1%}  {errors[1]:>10.1%}  {min(losses):>16.3f}  {losses[-1]:>5.3f}"
        print(line + (f"  stopped after {history.epochs[-1]:g} epochs" if early else ""), flush=True)
    plots.save(picture(curves, dataset.train_size), run.folder / "overfitting.png", dpi=150)
    print(f"Metrics are in {run.folder}, the picture is {run.folder / 'overfitting.png'}")


def shuffled(dataset: Dataset) -> Dataset:
    """The same images, each with the label of another one; the test set has its own."""
    labels = np.random.default_rng(0).permutation(dataset.labels("train"))
    tests = {"testInputs": dataset.testSet()[0], "testLabels": dataset.labels("test")}
    return Dataset.fromArrays(dataset.trainSet()[0], labels, **tests, batch_size=dataset.batch_size)


def model(dataset: Dataset, remedy: str) -> MLP:
    """Far more weights than there are images; the remedy is in its layers and its optimizer."""
    adam = Adam(lr=0.001, weightDecay=1.0 if remedy == "weight decay" else 0.0)
    layers = [Corrupt(0.3)] if remedy == "noise on the inputs" else []
    for before, after in ((dataset.inputDim, 500), (500, 500)):
        layers.append(Dense(before, after, ReLU(), adam))
        if remedy == "dropout":
            layers.append(Dropout(0.5))
    return MLP([*layers, Dense(500, dataset.labelDim, Softmax(), adam)])


def picture(curves: dict[str, Any], samples: int) -> Any:
    """Training and test loss of each remedy, and the test error."""
    figure, (left, middle, right) = canvas.panels(3, 3, 4.9, 4.2)
    canvas.quiet(left, f"Loss on the {samples} images", "epochs", "nats")
    canvas.quiet(middle, "Loss on the test set", "epochs", "nats")
    canvas.quiet(right, "Test error", "epochs", "%")
    colours = canvas.colours(len(curves))
    for (remedy, history), colour in zip(curves.items(), colours, strict=True):
        style = {"color": colour, "lw": 2, "ls": STYLES.get(remedy, "-")}
        left.plot(history.epochs, history["train_loss"], **style)
        if remedy != "shuffled labels":  # which are above all others
            middle.plot(history.epochs, history["test_loss"], **style)
            right.plot(history.epochs, [100 * (1 - one) for one in history["test_accuracy"]], **style)
    canvas.logarithmic(left)
    several = [history for remedy, history in curves.items() if remedy != "shuffled labels"]
    for axes, name in ((middle, "test_loss"), (right, "test_accuracy")):
        values = [one[name] if name == "test_loss" else [100 * (1 - share) for share in one[name]] for one in several]
        least = [min(one) for one in values]
        axes.set_ylim(0.8 * min(least), 2 * max(least))  # the first epochs lie above
    keys = []
    for remedy, colour in zip(curves, colours, strict=True):
        name = f"{remedy} (left alone)" if remedy == "shuffled labels" else remedy
        keys.append(canvas.key(colour, name, lw=2, ls=STYLES.get(remedy, "-")))
    canvas.legend(figure, keys)
    return figure


if __name__ == "__main__":
    runScript(main)
