"""Trains a recurrent network to read images: one row of pixels after the other, and at the end it says the digit.

    python examples/train_rnn.py
    python examples/train_rnn.py --network rnn --dataset digits
    python examples/train_rnn.py --network bidirectional

An image is a sequence of its rows here. The network sees each row once and keeps what it needs in its state; a Softmax
reads the class from the state after the last row. With `--network bidirectional` a second LSTM reads the states of one
that has gone through the image from both ends.

What does the state know before the end? Behind every row, a linear probe tells the class from the state there, and
another one from the pixels read so far; the third curve is what the network itself would answer, if it were asked so
early. Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from leibnet import seed
from leibnet.types import Array

import numpy as np

from activations import Softmax
from dataset import Dataset
from layers import GRU, LSTM, RNN, Bidirectional, Dense, Dropout, LastStep, Layer, Reshape
from loss import CategoricalCrossEntropy
from nn import MLP, LinearProbe, plots
from nn.runs import Run, chooseDataset, nonNegativeNumber, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine, Optimizer, WarmUp

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NETWORKS = {"lstm": LSTM, "gru": GRU, "rnn": RNN, "bidirectional": None}
METRICS = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]
PROBED = 5000  # training images that the probes learn from
SHOWN = 6  # images of which the reading is drawn


def main() -> None:
    arguments = parser(__doc__, batchSize=100)
    arguments.add_argument("--network", choices=NETWORKS, default="lstm", help="recurrent layers (default: lstm)")
    arguments.add_argument("--units", type=positiveInteger, default=128, help="of a recurrent layer (default: 128)")
    arguments.add_argument("--dropout", type=nonNegativeNumber, default=0.3, help="of the last state (default: 0.3)")
    arguments.add_argument("--learning-rate", type=positiveNumber, default=0.002, help="Adam's step (default: 0.002)")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 12, for the small digits 60)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "rnn", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Model, training and pictures."""
    optimizer = Adam(lr=options.learning_rate, clipNorm=1.0)  # a step through many rows may have a large gradient
    rows, pixels = dataset.imageShape
    classifier = MLP([Reshape((rows, pixels)), *recurrent(options.network, pixels, options.units, optimizer)])
    classifier.addLayer(LastStep())
    if options.dropout:
        classifier.addLayer(Dropout(options.dropout))
    classifier.addLayer(Dense(options.units, dataset.labelDim, Softmax(), optimizer))
    print(classifier)

    epochs = options.epochs or (60 if dataset.name == "digits" else 12)
    history = classifier.train(
        dataset,
        CategoricalCrossEntropy(),
        epochs,
        metrics=METRICS,
        schedule=WarmUp(min(0.2, epochs / 2), Cosine()),
        **run.keeping(),
    )

    classifier.save(run.folder / "classifier.safetensors")
    inputs, labels = dataset.testSet()
    knowledge, answers = whatItKnows(classifier, dataset)
    figures = {
        "curves": plots.plotHistory(history),
        "confusion": plots.plotConfusionMatrix(labels, classifier.predict(inputs), dataset.classNames),
        "knowledge": plots.plotCurves(
            {name: (range(1, rows + 1), accuracies) for name, accuracies in knowledge.items()},
            "rows read",
            "test accuracy in %",
            "What the state knows after every row",
        ),
        "reading": reading(inputs[:, :SHOWN], dataset, answers[:, :SHOWN]),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(table(knowledge))
    print(f"Test accuracy {history['test_accuracy'][-1]:.2%} after {history.seconds:.1f} s of training")
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def recurrent(name: str, pixels: int, units: int, optimizer: Optimizer) -> list[Layer]:
    """The recurrent layers; the state that is read comes from the last."""
    kind = NETWORKS[name]
    if kind is None:
        return [Bidirectional(LSTM(pixels, units, optimizer)), LSTM(2 * units, units, optimizer)]
    return [kind(pixels, units, optimizer=optimizer)]


def whatItKnows(classifier: MLP, dataset: Dataset) -> tuple[dict[str, list[float]], Array]:
    """Accuracies on the test set after every row, in percent; and what the probe says of each image, (rows, N)."""
    end = next(i for i, layer in enumerate(classifier.layers) if isinstance(layer, LastStep))
    x, truth = dataset.trainSet()[0][:, :PROBED], dataset.labels("train")[:PROBED]
    test, right = dataset.testSet()[0], dataset.labels("test")
    states, seen = (classifier.predict(images, until=end) for images in (x, test))  # (rows, units, N)
    head, pixels = MLP(classifier.layers[end + 1 :]), dataset.imageShape[1]
    accuracies: dict[str, list[float]] = {name: [] for name in ("state, probe", "network's answer", "pixels, probe")}
    answers = []
    for row, (state, there) in enumerate(zip(states, seen, strict=True)):
        read = (row + 1) * pixels
        of_state, of_pixels = (
            LinearProbe(penalties=[0.01]).fit(known, truth).predict(asked)
            for known, asked in ((state, there), (x[:read], test[:read]))
        )
        answers.append(of_state)
        guesses = of_state, head.predict(there).argmax(axis=0), of_pixels
        for accuracy, guess in zip(accuracies.values(), guesses, strict=True):
            accuracy.append(100 * float(np.mean(guess == right)))
    return accuracies, np.array(answers)


def reading(inputs: Array, dataset: Dataset, answers: Array) -> Figure:
    """Images as far as they are read, the rest grey, with what the probe says of the state there."""
    (rows, pixels), names = dataset.imageShape, dataset.classNames
    stages = range(0, rows, 1 if rows <= 10 else 3)
    images, says = [], []
    for image, said in zip(inputs.T, answers.T, strict=True):
        for row in stages:
            read = (row + 1) * pixels
            images.append(np.concatenate([image[:read], np.full(len(image) - read, 0.4)]))
            says.append(names[said[row]])
    title = "What a probe says of the state, row by row"
    return plots.plotImages(np.stack(images, axis=1), dataset.imageShape, len(stages), says, title)


def table(knowledge: dict[str, list[float]]) -> str:
    """The accuracies, a line for every row of the image."""
    lines = ["rows read  " + "  ".join(knowledge)]
    for row, values in enumerate(zip(*knowledge.values(), strict=True), 1):
        figures = (f"{value:>{len(name)}.1f}" for name, value in zip(knowledge, values, strict=True))
        lines.append(f"{row:>9}  " + "  ".join(figures))
    return "\n".join(lines)


if __name__ == "__main__":
    runScript(main)
