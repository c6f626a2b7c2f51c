"""Trains three VAEs of the same networks: one compares pixels, two compare features of a trained classifier.

    python examples/train_feature_vae.py
    python examples/train_feature_vae.py --strength 200 --epochs 20

The deep feature consistent VAE (Hou et al. 2016, arXiv:1610.00291) and the lecture's three rows: pixels, the features
of the layers 1, 2 and 3, and those of 3, 4 and 5, of a small convolutional classifier with five. Reconstructions,
samples, walks from image to image and the change of an attribute stand below one another; another classifier says how
far the samples are from the test set. Writes metrics, pictures and the trained networks to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Conv2D, Dense, Flatten, Reshape, Sampler
from loss import MSE, CrossEntropy, Loss
from nn import MLP, VAE, FeatureLoss, SampleJudge, attributeVector, imageAttributes, interpolate, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine

METRICS = [f"{split}_{quantity}" for quantity in ("loss", "reconstruction", "kl") for split in ("train", "test")]
PANELS = {"Loss": "loss", "Reconstruction": "reconstruction", "KL divergence in nats": "kl"}
ROWS = {"features 123": (1, 2, 3), "features 345": (3, 4, 5)}  # places of the convolutions behind the Reshape
WALKS = [(7, 2), (0, 4), (3, 1)]  # classes: from an image of one to an image of another
CHANGES = ["slant", "thickness"]
SHOWN, STEPS = 12, 11


def main() -> None:
    arguments = parser(__doc__, batchSize=128)
    arguments.add_argument(
        "--strength",
        type=positiveNumber,
        help="of the features beside the KL divergence (default: 25, for the small digits 50)",
    )
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 4, for the small digits 100)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    with runOf(options, "feature-vae", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """The classifier, the three models, their figures and pictures."""
    small = dataset.name == "digits"
    epochs, strength = options.epochs or (100 if small else 4), options.strength or (50.0 if small else 25.0)
    classifier, judge = convolutional(dataset), dense(dataset)
    for name, network in (("that is looked through", classifier), ("that judges", judge)):
        network.train(dataset, epochs=min(epochs, 30 if small else 3), metrics=[], schedule=Cosine())
        print(f"Classifier {name}: test accuracy {network.evaluate(dataset)['accuracy']:.2%}", flush=True)
    losses: dict[str, Loss] = {"pixels": MSE(variance=0.05) if small else CrossEntropy()}
    losses |= {name: features(classifier, dataset, places, strength) for name, places in ROWS.items()}

    models, histories = {}, {}
    for name in ("features 123", "pixels", "features 345"):  # what is kept and gone on with comes first
        seed(options.seed)
        beta = 4.0 if isinstance(losses[name], CrossEntropy) else 1.0  # so that all codes say about as much
        models[name] = model(dataset, losses[name], beta)
        keeping = run.keeping() if name == "features 123" else {"folder": run.folder / name.replace(" ", "_")}
        histories[name] = models[name].train(dataset, epochs=epochs, metrics=METRICS, schedule=Cosine(), **keeping)
        models[name].save(run.folder / f"{name.replace(' ', '_')}.safetensors")
    models = {name: models[name] for name in losses}

    figures = {
        "curves": plots.plotHistory(histories["features 123"], panels=PANELS),
        "reconstructions": reconstructions(models, dataset),
        "samples": samples(models, SampleJudge(judge, dataset), dataset),
        "interpolation": interpolation(models, dataset),
        "attributes": attributes(models, dataset),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained networks are in {run.folder}")


def convolutional(dataset: Dataset) -> MLP:
    """Five convolutions, which twice halve the image, and a Softmax."""
    height, width = dataset.imageShape
    layers, adam = [Reshape((1, height, width))], Adam(lr=0.002)
    for before, after, stride in ((1, 8, 1), (8, 8, 2), (8, 16, 1), (16, 16, 2), (16, 32, 1)):
        layers.append(Conv2D(before, after, 3, ReLU(), adam, strides=stride, padding="same"))
    flat = 32 * -(-height // 4) * -(-width // 4)
    return MLP([*layers, Flatten(), Dense(flat, dataset.labelDim, Softmax(), adam)])


def dense(dataset: Dataset) -> MLP:
    adam = Adam(lr=0.001)
    hidden = [Dense(dataset.inputDim, 256, ReLU(), adam), Dense(256, 64, ReLU(), adam)]
    return MLP([*hidden, Dense(64, dataset.labelDim, Softmax(), adam)])


def features(classifier: MLP, dataset: Dataset, places: tuple[int, ...], strength: float) -> FeatureLoss:
    """Each of the layers counts alike: by the variance of all its features together over a thousand images."""
    seen = FeatureLoss(classifier, places).features(dataset.trainSet()[0][:, :1000])
    return FeatureLoss(classifier, places, [strength / float(seen[place].var(axis=-1).sum()) for place in places])


def model(dataset: Dataset, loss: Loss, beta: float) -> VAE:
    hidden, codes = (100, 10) if dataset.name == "digits" else (400, 20)
    inputs, adam = dataset.inputDim, Adam(lr=0.003)
    decoder = MLP([Dense(codes, hidden, ReLU(), adam), Dense(hidden, inputs, Sigmoid(), adam)])
    return VAE(MLP([Dense(inputs, hidden, ReLU(), adam)]), Sampler(hidden, codes, adam), decoder, loss, beta)


def reconstructions(models: dict[str, VAE], dataset: Dataset) -> Any:
    images, rows = dataset.testSet()[0], {"input": dataset.testSet()[0][:, :SHOWN]}
    print("Test set, reconstructed from the means of the codes:")
    for name, vae in models.items():
        error = vae.reconstructionErrors(images).mean()
        print(f"{name:<14} squared error {error:6.2f}, KL divergence {vae.evaluate(images, ['kl'])['kl']:.1f} nats")
        rows[f"{name}\n{error:.1f}"] = vae.reconstruct(rows["input"])
    return plots.plotRows(rows, dataset.imageShape, "What comes back, and its squared error on the test set")


def samples(models: dict[str, VAE], judge: SampleJudge, dataset: Dataset) -> Any:
    """The lecture's rows of samples, with the Fréchet distance by the eyes of a classifier of pixels."""
    groups = {}
    print("2,000 samples, by the eyes of another classifier:")
    for name, vae in models.items():
        found = vae.sample(2000, rng=0)
        quality = judge.judge(found)
        print(f"{name:<14} {quality}", flush=True)
        title = f"{name}: Fréchet distance {quality.frechet:.1f}, certainty {quality.certainty:.0%}"
        groups[title] = {" " * row: found[:, row * SHOWN : (row + 1) * SHOWN] for row in range(3)}
    return plots.plotRows(groups, dataset.imageShape, "Samples", limits=(0, 1))


def interpolation(models: dict[str, VAE], dataset: Dataset) -> Any:
    """From image to image by the means of their codes."""
    images, labels, names = dataset.testSet()[0], dataset.labels("test"), dataset.classNames
    groups: dict[str, Any] = {}
    for pair in WALKS:
        ends = images[:, [np.argmax(labels == number) for number in pair]]
        rows = groups[f"From {names[pair[0]]} to {names[pair[1]]}"] = {}
        for name, vae in models.items():
            rows[name] = vae.decode(interpolate(*vae.encode(ends)[0].T, STEPS))
    titles = [f"α = {alpha:.2g}" for alpha in np.linspace(0, 1, STEPS)]
    return plots.plotRows(groups, dataset.imageShape, "Walks by the means of the codes", limits=(0, 1), titles=titles)


def attributes(models: dict[str, VAE], dataset: Dataset) -> Any:
    """An attribute is taken away and added: the mean code of the fifth that has most of it minus that of the least."""
    images, shape = dataset.testSet()[0], dataset.imageShape
    measured, groups = imageAttributes(images, shape), {}
    print("A whole vector of an attribute, added to the codes of the test set, changes it in the mean:")
    for name in CHANGES:
        low, high = np.quantile(measured[name], (0.2, 0.8))
        middle = int(np.argsort(measured[name])[len(measured[name]) // 2])
        rows = groups[f"Less and more {name}"] = {}
        for kind, vae in models.items():
            codes = vae.encode(images)[0]
            vector = attributeVector(codes, measured[name] >= high, measured[name] <= low)
            before, after = (imageAttributes(vae.decode(z), shape)[name].mean() for z in (codes, codes + vector))
            print(f"{kind:<14} {name:<10} {before:6.2f} -> {after:6.2f}")
            code = codes[:, [middle]]
            rows[kind] = vae.decode(interpolate(code - vector, code + vector, STEPS))
    titles = [f"α = {alpha:.2g}" for alpha in np.linspace(-1, 1, STEPS)]
    return plots.plotRows(groups, shape, "z + α (mean with - mean without)", limits=(0, 1), titles=titles)


if __name__ == "__main__":
    runScript(main)
