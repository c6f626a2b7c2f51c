"""What initial weights do to a deep network: zero, huge, Glorot's and He's (third lecture).

    python examples/compare_initializers.py
    python examples/compare_initializers.py --activation tanh --depth 20

The same network begins with each of them. Writes the loss in training, and how large the outputs of every hidden layer
and their gradients are before the first step, as one picture; the metrics of each training go to a folder of their own.
"""

from __future__ import annotations

import warnings
from argparse import Namespace
from itertools import pairwise
from pathlib import Path
from typing import Any

from leibnet import seed
from leibnet.arrays import rootMeanSquare

import numpy as np

from activations import ReLU, Softmax, Tanh
from dataset import Dataset
from layers import Dense
from loss import CategoricalCrossEntropy
from nn import MLP, DivergenceError, TrainingWarning, plots
from nn.plots import canvas
from nn.runs import chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import SGD

WIDTH = 100
ACTIVATIONS = {"relu": ReLU(), "tanh": Tanh()}
INITIALIZERS: dict[str, Any] = {
    "zero": "zeros",
    "huge, N(0, 1)": lambda shape, fanIn, fanOut, rng: rng.normal(0, 1, shape),
    "Glorot, N(0, 2/(in + out))": "glorot_normal",
    "He, N(0, 2/in)": "he_normal",
}


def main() -> None:
    arguments = parser(__doc__, resumes=False)
    arguments.add_argument("--activation", choices=ACTIVATIONS, default="relu", help="of hidden layers (default: relu)")
    arguments.add_argument("--depth", type=positiveInteger, default=10, help="hidden layers (default: 10)")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 2, for the small digits 30)")
    options = arguments.parse_args()

    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "initializers", dataset, together=False) as run:
        compare(options, dataset, run.folder)


def compare(options: Namespace, dataset: Dataset, folder: Path) -> None:
    epochs = options.epochs or (30 if dataset.name == "digits" else 2)
    losses, outputs, gradients = {}, {}, {}
    print(
        f"{'hidden layers':<27} {'outputs: first':>14} {'last':>8} {'gradients: first':>17} {'last':>8}  test accuracy"
    )
    for name, initializer in INITIALIZERS.items():
        seed(options.seed)
        network = deep(dataset, options, initializer)
        outputs[name], gradients[name] = signals(network, dataset)
        learnt, said = trained(network, dataset, epochs, folder / name.split(",")[0].lower())
        losses[name] = (network.history.epochs, network.history["train_loss"]) if learnt else ([], [])
        accuracy = f"{network.evaluate(dataset, ['accuracy'])['accuracy']:.1%}" if learnt else "diverged"
        ends = [f"{sizes[name][place]:.1e}" for sizes in (outputs, gradients) for place in (0, -1)]
        print(f"{name:<27} {ends[0]:>14} {ends[1]:>8} {ends[2]:>17} {ends[3]:>8}  {accuracy:>13}", flush=True)
        for line in said:
            print(f"  {line}")
    plots.save(picture(losses, outputs, gradients), folder / "initializers.png", dpi=150)
    print(f"Metrics are in {folder}, the picture is {folder / 'initializers.png'}")


def deep(dataset: Dataset, options: Namespace, initializer: Any) -> MLP:
    activation, sgd = ACTIVATIONS[options.activation], SGD(lr=0.01, momentum=0.9)
    sizes = [dataset.inputDim] + [WIDTH] * options.depth
    layers = [Dense(a, b, activation, sgd, initializer) for a, b in pairwise(sizes)]
    return MLP([*layers, Dense(WIDTH, dataset.labelDim, Softmax(), sgd, initializer)])


def signals(network: MLP, dataset: Dataset) -> tuple[list[float], list[float]]:
    """Root mean squares of every hidden layer's output, and of the loss's gradient with respect to it."""
    inputs, labels = next(iter(dataset.batches()))[0]
    network.loss = CategoricalCrossEntropy()
    network.computeGradients(inputs, labels)
    outputs = [rootMeanSquare(layer.output) for layer in network.layers[:-1]]
    return outputs, [rootMeanSquare(layer.gradient) for layer in network.layers[1:]]


def trained(network: MLP, dataset: Dataset, epochs: int, folder: Path) -> tuple[bool, list[str]]:
    """Whether it came to its end, and what the training's watch said."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TrainingWarning)
        try:
            network.train(dataset, CategoricalCrossEntropy(), epochs, ["train_loss"], entriesPerEpoch=2, folder=folder)
        except DivergenceError as error:
            return False, [str(error).split("\n")[0]]
    return True, [str(one.message) for one in caught]


def picture(losses: dict[str, Any], outputs: dict[str, Any], gradients: dict[str, Any]) -> Any:
    """The three side by side, on logarithmic scales; what is exactly 0 cannot be drawn there."""
    figure, (left, middle, right) = canvas.panels(3, 3, 4.9, 4.2)
    canvas.quiet(left, "Loss in training", "epochs", "nats")
    canvas.quiet(middle, "Outputs before the first step", "hidden layer", "root mean square")
    canvas.quiet(right, "Gradients before the first step", "hidden layer", "root mean square")
    colours = canvas.colours(len(losses))
    for name, colour in zip(losses, colours, strict=True):
        left.plot(*losses[name], color=colour, lw=2)
        for axes, sizes in ((middle, outputs[name]), (right, gradients[name])):
            shown = np.where(np.array(sizes) > 0, sizes, np.nan)
            axes.plot(np.arange(1, len(sizes) + 1), shown, color=colour, lw=2, marker="o", ms=5)
    for axes in (left, middle, right):
        canvas.logarithmic(axes)
    names = []
    for name in losses:
        end = "" if len(losses[name][0]) else ": diverged"
        names.append(name + (end if any(outputs[name]) else ": nothing gets through"))
    canvas.legend(figure, [canvas.key(colour, name, lw=2) for name, colour in zip(names, colours, strict=True)])
    return figure


if __name__ == "__main__":
    runScript(main)
