"""Trains the classifier of the first lecture: inputs - 100 - 50 - 10, ReLU and Softmax.

    python examples/train_classifier.py
    python examples/train_classifier.py --dataset fashion_mnist --optimizer sgd --learning-rate 1 --loss mse

Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Dense
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, plots, seed
from nn.runs import Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import SGD, Adam

LOSSES = {"ce": CrossEntropy, "cce": CategoricalCrossEntropy, "mse": MSE}
METRICS = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--optimizer", choices=["adam", "sgd"], default="adam", help="optimizer (default: adam)")
    arguments.add_argument(
        "--learning-rate", type=positiveNumber, help="the step size eta of the lecture (default: adam 0.1, sgd 1)"
    )
    arguments.add_argument("--loss", choices=LOSSES, default="ce", help="ce: the lecture's (default), cce: categorical")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 10, for the small digits 30)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "classifier", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Model, training and pictures."""
    if options.optimizer == "adam":
        optimizer = Adam(learningRate=options.learning_rate or 0.1)
    else:
        optimizer = SGD(learningRate=options.learning_rate or 1)
    classifier = MLP()
    classifier.addLayer(Dense(dataset.inputDim, 100, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(100, 50, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(50, dataset.labelDim, activation=Softmax(), optimizer=optimizer))
    print(classifier)

    history = classifier.train(
        dataset,
        loss=LOSSES[options.loss](),
        epochs=options.epochs or (30 if dataset.name == "digits" else 10),
        metrics=METRICS,
        callbacks={
            "test_accuracy": lambda index, value: print(
                f"epoch {index / dataset.train_size:g}: test accuracy {value:.2%}"
            )
        },
        **run.keeping(),
    )

    classifier.save(run.folder / "classifier.safetensors")
    inputs, labels = dataset.testSet()
    outputs = classifier.predict(inputs)
    names, shape = dataset.classNames, dataset.imageShape
    figures = {
        "network": plots.plotNetwork(classifier),
        "curves": plots.plotHistory(history),
        "confusion": plots.plotConfusionMatrix(labels, outputs, names),
        "misclassified": plots.plotMisclassified(inputs, labels, outputs, shape, classNames=names),
        "weights": plots.plotWeights(classifier.layers[0], shape),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Test accuracy {history['test_accuracy'][-1]:.2%} after {history.seconds:.1f} s of training")
    print(f"Metrics, pictures and the trained network are in {run.folder}")


if __name__ == "__main__":
    runScript(main)
