"""Trains deep networks of sigmoids layer by layer first, each layer on the codes of those below, then as a whole.

    python examples/pretrain.py
    python examples/pretrain.py --by denoising rbm --depths 1 3 5

Fine-tunes a classifier of every depth by plain SGD, with pre-training and without, and draws the test error against the
depth, as Erhan et al. do ("Why does unsupervised pre-training help deep learning?", 2010). Then the deepest network is
unrolled to an autoencoder and fine-tuned, too (Hinton & Salakhutdinov 2006). Writes the pictures and the metrics of
each training; the checkpoints of the pre-training are in a folder for each way.
"""

from __future__ import annotations

from argparse import Namespace
from itertools import pairwise
from pathlib import Path
from typing import Any

from leibnet import seed

from activations import Sigmoid, Softmax
from dataset import Dataset
from layers import Contractive, Dense
from loss import CategoricalCrossEntropy
from nn import MLP, Autoencoder, Pretraining, plots, pretrain
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import SGD, Adam

WAYS = ["autoencoder", "denoising", "contractive", "rbm"]
NAMES = {"nothing": "no pre-training", "rbm": "RBM"}  # in pictures
PLAIN = SGD(lr=0.5)  # for the fine-tuning of classifiers
PIXELS = SGD(lr=0.02)  # for that of autoencoders, whose loss is a sum over the pixels


def main() -> None:
    arguments = parser(__doc__, batchSize=20, resumes=False)
    arguments.add_argument("--by", choices=WAYS, nargs="+", default=WAYS, help="ways of pre-training (default: all)")
    arguments.add_argument(
        "--depths", type=positiveInteger, nargs="+", default=[1, 2, 3, 4, 5], help="hidden layers (default: 1 to 5)"
    )
    arguments.add_argument(
        "--epochs", type=positiveInteger, help="epochs of each layer, then of the whole (default: 3, small digits 20)"
    )
    options = arguments.parse_args()

    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "pretraining", dataset) as run:
        compare(options, dataset, run)


def compare(options: Namespace, dataset: Dataset, run: Run) -> None:
    depths, epochs = sorted(set(options.depths)), options.epochs or (20 if dataset.name == "digits" else 3)
    errors: dict[str, list[float]] = {}
    rebuilt: dict[str, Any] = {"original": dataset.testSet()[0][:, :10]}
    print(f"{'test error with hidden layers':<30}" + "".join(f"{depth:>8}" for depth in depths) + "  squared error")
    for way in ["nothing", *dict.fromkeys(options.by)]:
        seed(options.seed)
        deepest = MLP(hidden(dataset, max(depths)))
        own = run.folder / way
        pretraining = None if way == "nothing" else pretrained(deepest, dataset, way, epochs, own, run)
        errors[way] = []
        for depth in depths:
            classifier = deepest.copy(until=depth)
            classifier.addLayer(Dense(width(dataset), dataset.labelDim, Softmax(), PLAIN))
            train(classifier, dataset, epochs, own / f"classifier-{depth}", run, CategoricalCrossEntropy())
            errors[way].append(100 * (1 - classifier.evaluate(dataset, ["accuracy"])["accuracy"]))
        autoencoder = pretraining.unrolled() if pretraining else mirrored(deepest)
        for layer in autoencoder.chain.learning():
            layer.optimizer = PIXELS.clone()
        train(autoencoder, dataset, epochs, own / "autoencoder", run)
        squared = autoencoder.evaluate(dataset, ["squared_error"])["squared_error"]
        rebuilt[f"{NAMES.get(way, way)}\nsquared error {squared:.1f}"] = autoencoder.reconstruct(rebuilt["original"])
        print(f"{way:<30}" + "".join(f"{error:>7.2f}%" for error in errors[way]) + f"{squared:>15.2f}", flush=True)

    heading = f"An autoencoder of {2 * max(depths)} layers, unrolled, fine-tuned for {counted(epochs)}"
    plots.save(plots.plotRows(rebuilt, dataset.imageShape, heading), run.folder / "reconstructions.png", dpi=150)
    plots.save(picture(depths, errors, dataset.name, epochs), run.folder / "depth.png", dpi=150)
    print(f"Metrics are in {run.folder}, the picture is {run.folder / 'depth.png'}")


def counted(epochs: int) -> str:
    return f"{epochs} epoch{'s' * (epochs > 1)}"


def width(dataset: Dataset) -> int:
    return 100 if dataset.name == "digits" else 300


def hidden(dataset: Dataset, depth: int) -> list[Dense]:
    sizes = [dataset.inputDim] + [width(dataset)] * depth
    return [Dense(before, after, Sigmoid(), PLAIN) for before, after in pairwise(sizes)]


def pretrained(network: MLP, dataset: Dataset, way: str, epochs: int, folder: Path, run: Run) -> Pretraining:
    """Each layer as long as the whole later; a Boltzmann machine, which learns from few bits, twice as long."""
    rbm, penalty = way == "rbm", Contractive(0.01) if way == "contractive" else None
    adam = Adam(lr=0.01 if rbm else 0.002)
    return pretrain(
        network,
        dataset,
        way,
        2 * epochs if rbm else epochs,
        penalty=penalty,
        optimizer=adam,
        folder=folder,
        watch=False,
        communicator=run.communicator,
    )


def mirrored(network: MLP) -> Autoencoder:
    """The network and its mirror image, which know nothing yet."""
    sizes = [layer.outputDim for layer in reversed(network.layers)] + [network.layers[0].inputDim]
    return Autoencoder(network, MLP(Dense(before, after, Sigmoid(), PLAIN) for before, after in pairwise(sizes)))


def train(model: Any, dataset: Dataset, epochs: int, folder: Path, run: Run, *loss: Any) -> None:
    """Without a watch: that a deep network learns nothing is what is to be shown."""
    metrics, ranks = ["train_loss", "test_loss"], run.communicator
    model.train(dataset, *loss, epochs=epochs, metrics=metrics, folder=folder, watch=False, communicator=ranks)


def picture(depths: list[int], errors: dict[str, list[float]], name: str, epochs: int) -> Any:
    """Test error against depth; the scale is logarithmic, for a network that learnt nothing errs nine times in ten."""
    curves = {NAMES.get(way, way): (depths, error) for way, error in errors.items()}
    title = f"Test error on {name} after {counted(epochs)} of plain SGD, in %"
    return plots.plotCurves(curves, "hidden layers", "%", title, logarithmic=True)


if __name__ == "__main__":
    runScript(main)
