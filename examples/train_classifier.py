"""Trains the classifier of the first lecture, inputs - 100 - 50 - 10 with ReLU and Softmax, or a convolutional one.

    python examples/train_classifier.py
    python examples/train_classifier.py --dataset fashion_mnist --optimizer sgd --learning-rate 1 --loss mse
    python examples/train_classifier.py --network cnn --shifts 2

The convolutional network sees images instead of columns: two convolutions with ReLU and max-pooling, a dense layer of
128, and dropout; its step warms up and falls along a cosine. With --shifts, every training image is moved at random by
up to so many pixels in each epoch: then more epochs pay, 30 rather than 20.

Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace

from activations import ReLU, Softmax
from dataset import Dataset, Shifts
from layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, plots, seed
from nn.runs import Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import SGD, Adam, Cosine, Optimizer, WarmUp

LOSSES = {"ce": CrossEntropy, "cce": CategoricalCrossEntropy, "mse": MSE}
METRICS = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--network", choices=["dense", "cnn"], default="dense", help="default: dense, the lecture's")
    arguments.add_argument("--shifts", type=positiveInteger, help="move training images by up to so many pixels")
    arguments.add_argument("--optimizer", choices=["adam", "sgd"], default="adam", help="optimizer (default: adam)")
    arguments.add_argument(
        "--learning-rate", type=positiveNumber, help="the step size eta of the lecture (default: adam 0.1, sgd 1)"
    )
    arguments.add_argument("--loss", choices=LOSSES, default="ce", help="ce: the lecture's (default), cce: categorical")
    arguments.add_argument(
        "--epochs", type=positiveInteger, help="epochs (default: 10, for the small digits 30; cnn: 20, 30)"
    )
    options = arguments.parse_args()

    seed(options.seed)
    augment = Shifts(options.shifts) if options.shifts else None
    cnn = options.network == "cnn"
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, images=cnn, augment=augment)
    with runOf(options, "classifier", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Model, training and pictures."""
    if options.optimizer == "adam":
        optimizer = Adam(learningRate=options.learning_rate or 0.1)
    else:
        optimizer = SGD(learningRate=options.learning_rate or 1)
    cnn = options.network == "cnn"
    classifier = convolutional(dataset, optimizer) if cnn else dense(dataset, optimizer)
    print(classifier)

    epochs = options.epochs or (30 if dataset.name == "digits" else 20 if cnn else 10)
    history = classifier.train(
        dataset,
        loss=LOSSES[options.loss](),
        epochs=epochs,
        schedule=WarmUp(min(100 / len(dataset), epochs / 2), Cosine()) if cnn else None,
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
        "network": plots.plotNetwork(classifier, dataset.sampleShape),
        "curves": plots.plotHistory(history),
        "confusion": plots.plotConfusionMatrix(labels, outputs, names),
        "misclassified": plots.plotMisclassified(inputs, labels, outputs, shape, classNames=names),
    }
    first = classifier.layers[0]
    figures["weights"] = plots.plotKernels(first) if cnn else plots.plotWeights(first, shape)
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Test accuracy {history['test_accuracy'][-1]:.2%} after {history.seconds:.1f} s of training")
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def dense(dataset: Dataset, optimizer: Optimizer) -> MLP:
    classifier = MLP()
    classifier.addLayer(Dense(dataset.inputDim, 100, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(100, 50, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(50, dataset.labelDim, activation=Softmax(), optimizer=optimizer))
    return classifier


def convolutional(dataset: Dataset, optimizer: Optimizer) -> MLP:
    # The small digits, 8 x 8, leave no room for kernels of 5 x 5 that stay inside.
    kernel, padding = (3, "same") if dataset.name == "digits" else (5, "valid")
    classifier = MLP()
    classifier.addLayer(Conv2D(1, 12, kernel, ReLU(), optimizer, padding=padding))
    classifier.addLayer(MaxPooling2D(2))
    classifier.addLayer(Conv2D(12, 32, kernel, ReLU(), optimizer, padding=padding))
    classifier.addLayer(MaxPooling2D(2))
    classifier.addLayer(Flatten())
    (features,) = classifier.chain.outputShape(dataset.sampleShape)
    classifier.addLayer(Dropout(0.2))
    classifier.addLayer(Dense(features, 128, ReLU(), optimizer))
    classifier.addLayer(Dropout(0.4))
    classifier.addLayer(Dense(128, dataset.labelDim, Softmax(), optimizer))
    return classifier


if __name__ == "__main__":
    runScript(main)
