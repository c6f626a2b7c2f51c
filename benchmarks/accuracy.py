"""How far the lecture's classifier goes on MNIST: 784-100-50-10 in 20 epochs, with settings of our choice.

    python benchmarks/accuracy.py

SGD with Nesterov's momentum, an `lr` that warms up for an epoch and falls along a cosine, a little weight decay and the
categorical cross-entropy take the place of the lecture's Adam. Prints the accuracy of five seeds and their mean.
"""

from __future__ import annotations

import argparse

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Dense
from loss import CategoricalCrossEntropy
from nn import MLP, seed
from optimizer import SGD, Cosine, WarmUp


def accuracy(epochs: int) -> float:
    dataset = Dataset("mnist", batch_size=64)
    optimizer = SGD(lr=0.1, momentum=0.9, nesterov=True, weightDecay=0.002)
    classifier = MLP()
    classifier.addLayer(Dense(784, 100, ReLU(), optimizer))
    classifier.addLayer(Dense(100, 50, ReLU(), optimizer))
    classifier.addLayer(Dense(50, 10, Softmax(), optimizer))
    classifier.train(dataset, CategoricalCrossEntropy(), epochs, metrics=[], schedule=WarmUp(1, Cosine()))
    return classifier.evaluate(dataset, ["accuracy"])["accuracy"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    arguments.add_argument("--epochs", type=int, default=20)
    options = arguments.parse_args()
    accuracies = []
    for number in options.seeds:
        seed(number)
        accuracies.append(accuracy(options.epochs))
        print(f"seed {number}: {accuracies[-1]:.2%}", flush=True)
    print(f"mean of {len(accuracies)} seeds after {options.epochs} epochs: {sum(accuracies) / len(accuracies):.2%}")


if __name__ == "__main__":
    main()
