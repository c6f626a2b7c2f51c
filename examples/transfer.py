"""A network that was trained on the digits 0 to 4 learns 5 to 9, with its convolutions frozen: transfer learning.

    python examples/transfer.py
    python examples/transfer.py --dataset fashion_mnist --epochs 3

The network is that of Keras's mnist_transfer_cnn.py: two convolutions, pooling, two dense layers. The dense layers are
trained anew on the last five classes, with 10, 100 and 1,000 labels in all, as many of each class, and with all there
are. Beside it stand convolutions that are frozen as they were drawn, and a network that learns all layers from scratch.
What frozen layers give is computed once, which is the same. Writes a picture and the two trained networks.
"""

from __future__ import annotations

import math
from argparse import Namespace

import leibnet  # noqa: F401 - chooses the kernels before NumPy is loaded

import numpy as np

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Conv2D, Dense, Dropout, Flatten, Layer, MaxPooling2D
from loss import CategoricalCrossEntropy
from nn import MLP, plots, seed
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

BODY = 3  # layers that are kept: two convolutions and pooling
LABELS = (10, 100, 1000)  # in all
FROZEN, DRAWN, SCRATCH = "convolutions of the first classes", "convolutions as drawn", "all layers from scratch"


def main() -> None:
    arguments = parser(__doc__, batchSize=128, resumes=False)
    arguments.add_argument("--epochs", type=positiveInteger, help="with all labels (default: 5, for small digits 30)")
    arguments.add_argument("--updates", type=positiveInteger, default=200, help="with few labels (default: 200)")
    arguments.add_argument("--draws", type=positiveInteger, default=3, help="of few labels (default: 3)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, images=True)
    with runOf(options, "transfer", dataset, together=False) as run:
        transfer(options, dataset, run)


def transfer(options: Namespace, dataset: Dataset, run: Run) -> None:
    epochs = options.epochs or (30 if dataset.name == "digits" else 5)
    first, last = dataset.ofClasses(range(5)), dataset.ofClasses(range(5, 10))
    network = trained(MLP([*body(), *head(dataset)]), first, epochs)
    network.save(run.folder / "first.safetensors")
    print(network)
    print(f"Test accuracy on the classes it learnt, {', '.join(first.classNames)}: {accuracy(network, first):.2%}")

    kept, drawn = network.copy(until=BODY), MLP(body())
    kept.freeze()
    few = [number for number in LABELS if number // 5 <= np.bincount(last.labels("train")).min()]
    table, heading = {}, "".join(f"{number:>10,}" for number in [*few, last.train_size])
    print(f"Test accuracy on {', '.join(last.classNames)} by labels:\n{'':<34}{heading}")
    for name, frozen in {FROZEN: kept, DRAWN: drawn, SCRATCH: None}.items():
        data = last if frozen is None else last.mapped(frozen.predict)
        models = {number: [] for number in few}
        for number in few:
            for draw in range(options.draws):
                some = data.fewPerClass(number // 5, rng=options.seed + draw)
                model = MLP([*(body() if frozen is None else []), *head(dataset)])
                models[number].append(accuracy(trained(model, some, math.ceil(options.updates / len(some))), some))
        model = trained(MLP([*(body() if frozen is None else []), *head(dataset)]), data, epochs)
        table[name] = [*models.values(), [accuracy(model, data)] * options.draws]
        print(f"{name:<34}" + "".join(f"{np.mean(shares):>10.2%}" for shares in table[name]), flush=True)
        if frozen is kept:
            whole = MLP([*kept.layers, *model.layers])
            whole.save(run.folder / "last.safetensors")

    print(f"The frozen convolutions and the dense layers as one network: {accuracy(whole, last):.2%}")
    curves = {name: ([*few, last.train_size], 100 * np.transpose(shares)) for name, shares in table.items()}
    title = f"{dataset.name}: what five other classes are worth"
    figure = plots.plotCurves(curves, "labels in all", "test accuracy in %", title, logarithmicX=True)
    plots.save(figure, run.folder / "labels.png", dpi=150)
    print(f"The picture and the trained networks are in {run.folder}")


def body() -> list[Layer]:
    adam = Adam(lr=0.001)
    return [Conv2D(1, 32, 3, ReLU(), adam), Conv2D(32, 32, 3, ReLU(), adam), MaxPooling2D(2)]


def head(dataset: Dataset) -> list[Layer]:
    adam, features = Adam(lr=0.001), math.prod(MLP(body()).chain.outputShape(dataset.sampleShape))
    dense = [Dense(features, 128, ReLU(), adam), Dropout(0.5), Dense(128, 5, Softmax(), adam)]
    return [Dropout(0.25), Flatten(), *dense]


def trained(model: MLP, dataset: Dataset, epochs: int) -> MLP:
    model.train(dataset, CategoricalCrossEntropy(), epochs, metrics=[], schedule=Cosine(), progress=False)
    return model


def accuracy(model: MLP, dataset: Dataset) -> float:
    return model.evaluate(dataset, ["accuracy"])["accuracy"]


if __name__ == "__main__":
    runScript(main)
