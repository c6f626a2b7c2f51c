"""Trains the variational autoencoder of the lectures: inputs - 400 - 20 codes - 400 - inputs, ReLU and Sigmoid.

    python examples/train_vae.py
    python examples/train_vae.py --beta 4 --warm-up 5
    python examples/train_vae.py --dataset fashion_mnist --likelihood gaussian --variance 0.02

Reconstructs and generates images, walks between them and from class to class through the codes, and lays a plane of
codes beside that of a plain autoencoder. Writes metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from leibnet import seed

import numpy as np

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense, Sampler
from layers.penalties.gaussiandivergence import gaussianDivergences
from loss import MSE, CrossEntropy, Loss
from nn import MLP, VAE, Autoencoder, attributeVector, interpolate, plots
from nn.plots import canvas
from nn.runs import (
    Run,
    chooseDataset,
    nonNegativeNumber,
    parser,
    positiveInteger,
    positiveNumber,
    runOf,
    runScript,
)
from optimizer import Adam, Cosine

METRICS = [f"{split}_{quantity}" for quantity in ("loss", "reconstruction", "kl") for split in ("train", "test")]
WALKS = [(7, 2), (0, 4), (3, 1)]  # classes: from an image of one to an image of another
CHANGES = [(4, 9), (3, 8), (5, 6), (7, 1)]  # classes: from one to another by an attribute vector
STEPS = 11  # of a walk, both ends included; a picture has every second
ALPHAS = [f"α = {step / (STEPS - 1):g}" for step in range(0, STEPS, 2)]
PANELS = {"Loss in nats": "loss", "Reconstruction in nats": "reconstruction", "KL divergence in nats": "kl"}


def main() -> None:
    arguments = parser(__doc__, batchSize=128)
    arguments.add_argument(
        "--likelihood",
        choices=["bernoulli", "gaussian"],
        help="p(x|z) (default: bernoulli, for the small digits, whose greys are no probabilities, gaussian)",
    )
    arguments.add_argument("--variance", type=positiveNumber, help="c of gaussian (default: 0.05)")
    arguments.add_argument(
        "--beta", type=nonNegativeNumber, default=1.0, help="weight of the KL divergence (default: 1)"
    )
    arguments.add_argument(
        "--warm-up", type=nonNegativeNumber, default=0.0, help="epochs until beta is reached (default: 0)"
    )
    arguments.add_argument("--latent-dim", type=positiveInteger, help="codes (default: 20, for the small digits 10)")
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 10, for the small digits 100)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size)
    gaussian = dataset.name == "digits" if options.likelihood is None else options.likelihood == "gaussian"
    if options.variance and not gaussian:
        arguments.error("argument --variance: it is that of the Gaussian likelihood, give --likelihood gaussian")
    with runOf(options, "vae", dataset) as run:
        train(options, dataset, gaussian, run)


def train(options: Namespace, dataset: Dataset, gaussian: bool, run: Run) -> None:
    """Model, training and pictures."""
    small = dataset.name == "digits"
    hidden, latent, epochs = (100, 10, 100) if small else (400, 20, 10)
    latent, epochs = options.latent_dim or latent, options.epochs or epochs
    loss = MSE(variance=options.variance or 0.05) if gaussian else CrossEntropy()
    optimizer = Adam(lr=0.003)
    encoder = MLP([Dense(dataset.inputDim, hidden, ReLU(), optimizer)])
    sampler = Sampler(hidden, latent, optimizer)
    decoder = MLP([Dense(latent, hidden, ReLU(), optimizer), Dense(hidden, dataset.inputDim, Sigmoid(), optimizer)])
    vae = VAE(encoder, sampler, decoder, loss, beta=options.beta, warmUp=options.warm_up)
    print(vae)

    history = vae.train(dataset, epochs=epochs, metrics=METRICS, schedule=Cosine(), **run.keeping())

    vae.save(run.folder / "vae.safetensors")
    bound = printBound(vae, dataset, gaussian)
    classifier = trainClassifier(dataset, min(epochs, 30 if small else 3))
    figures = {
        "curves": plots.plotHistory(history, panels=PANELS),
        "reconstructions": reconstructions(vae, dataset, bound),
        "samples": plots.plotImages(vae.sample(50), dataset.imageShape, heading=f"Samples; test set: {bound}"),
        "shifts": shifts(vae, dataset),
        "interpolation": interpolation(vae, dataset),
        "certainty": certainty(vae, classifier, dataset, options.seed),
        "attributes": attributes(vae, classifier, dataset),
    } | planes(vae, dataset, loss, hidden // 2, epochs)
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=100 if name == "overview" else 150)
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def printBound(vae: VAE, dataset: Dataset, gaussian: bool) -> str:
    """The negative evidence lower bound, and beside it an estimate of what it bounds."""
    images = dataset.testSet()[0]
    print("Nats per test image, the less the better: reconstruction + KL divergence = -ELBO")
    if gaussian:
        print("They are of densities, and may be negative")
    terms = []
    for name, some, draws in (("all", images, 1), ("the first 200", images[:, :200], 100)):
        bound, kl = -vae.elbo(some, draws).mean(), gaussianDivergences(*vae.encode(some)).sum(axis=0).mean()
        terms.append(f"{bound - kl:.2f} + {kl:.2f} = {bound:.2f}")
        print(f"{name:<15}{terms[-1]}")
    estimate = -vae.logLikelihood(images[:, :200], samples=500).mean()
    print(f"{'':<15}-ELBO is an upper bound of -ln p(x), here about {estimate:.2f} (importance sampling)")
    return f"reconstruction {terms[0].replace(' + ', ' + KL ').replace(' = ', ' = -ELBO ')} nats"


def trainClassifier(dataset: Dataset, epochs: int) -> MLP:
    """A judge for what the VAE makes of codes."""
    adam = Adam(lr=0.003)
    classifier = MLP([Dense(dataset.inputDim, 100, ReLU(), adam), Dense(100, dataset.labelDim, Softmax(), adam)])
    classifier.train(dataset, epochs=epochs, metrics=[])
    print(f"Classifier: test accuracy {classifier.evaluate(dataset)['accuracy']:.2%}")
    return classifier


def firstOf(dataset: Dataset, classes: Sequence[int]) -> Any:
    """The first test image of each class."""
    labels = dataset.labels("test")
    return dataset.testSet()[0][:, [np.argmax(labels == number) for number in classes]]


def reconstructions(vae: VAE, dataset: Dataset, bound: str) -> Any:
    images, shown = dataset.testSet()[0], firstOf(dataset, range(dataset.classes))
    error = np.sum((vae.reconstruct(images) - images) ** 2) / images.shape[1]
    rows = {"original": shown, f"reconstruction\nsquared error {error:.2f}": vae.reconstruct(shown)}
    heading = f"What {vae.sampler.latentDim} codes keep; on average over the test set:\n{bound}"
    return plots.plotRows(rows, dataset.imageShape, heading)


def shifts(vae: VAE, dataset: Dataset) -> Any:
    """What each code says of an image: it alone goes from -3 to 3. Six of them, from the most to the least telling."""
    mean, log_variance = vae.encode(dataset.testSet()[0])
    kl, values = gaussianDivergences(mean, log_variance).mean(axis=1), np.arange(-3, 4)
    active = f"{vae.activeUnits(dataset.testSet()[0]).sum()} of {len(kl)} codes are active"
    print(f"{active}: their means differ from image to image by a variance above 0.01")
    rows = {}
    for place in np.argsort(-kl)[np.linspace(0, len(kl) - 1, min(len(kl), 6)).astype(int)]:
        codes = np.repeat(mean[:, :1], len(values), axis=1)
        codes[place] = values
        rows[f"z{place + 1}, KL {kl[place]:.2f} nats"] = vae.decode(codes)
    heading = f"One code z of an image set to -3, ..., 3\n{active}"
    return plots.plotRows(rows, dataset.imageShape, heading, titles=[f"z = {value}" for value in values])


def walks(vae: VAE, starts: Any, ends: Any) -> dict[str, Any]:
    """From images to images, by their pixels and by their codes: columns (inputDim, STEPS · N), one walk a stretch."""

    def between(starts: Any, ends: Any, spherical: bool = False) -> Any:
        pairs = zip(starts.T, ends.T, strict=True)
        return np.concatenate([interpolate(start, end, STEPS, spherical) for start, end in pairs], axis=1)

    codes = vae.encode(starts)[0], vae.encode(ends)[0]
    return {
        "pixels": between(starts, ends),
        "codes, linear": vae.decode(between(*codes)),
        "codes, spherical": vae.decode(between(*codes, spherical=True)),
    }


def interpolation(vae: VAE, dataset: Dataset) -> Any:
    names, groups = dataset.classNames, {}
    for old, new in WALKS:
        ways = walks(vae, firstOf(dataset, [old]), firstOf(dataset, [new]))
        groups[f"From {names[old]} to {names[new]}"] = {way: images[:, ::2] for way, images in ways.items()}
    heading = "(1 - α) · first image + α · second image, by pixels or by codes"
    return plots.plotRows(groups, dataset.imageShape, heading, titles=ALPHAS)


def certainty(vae: VAE, classifier: MLP, dataset: Dataset, rng: int) -> Any:
    """How sure the classifier is of some class, on average over 200 walks between images of different classes."""
    images, labels = dataset.testSet()[0], dataset.labels("test")
    start, end = np.random.default_rng(rng).integers(len(labels), size=(2, 1000))
    start, end = (ends[labels[start] != labels[end]][:200] for ends in (start, end))
    curves = {}
    print("Walks between images of different classes; certainty is the classifier's largest output:")
    for way, steps in walks(vae, images[:, start], images[:, end]).items():
        sure = classifier.predict(steps).max(axis=0).reshape(-1, STEPS).mean(axis=0)
        curves[way] = np.linspace(0, 1, STEPS), 100 * sure
        print(f"{way:<18} certainty {sure.mean():.1%}, in the middle {sure[STEPS // 2]:.1%}")
    return plots.plotCurves(
        curves,
        "α, from one image (0) to the other (1)",
        "the classifier's largest output in %",
        f"{len(start)} walks between images of different classes",
    )


def attributes(vae: VAE, classifier: MLP, dataset: Dataset) -> Any:
    """From class to class by the vector between their mean codes."""
    codes, labels = vae.encode(dataset.testSet()[0])[0], dataset.labels("test")
    names, rows = dataset.classNames, {}
    for old, new in CHANGES:
        vector = attributeVector(codes, labels == new, labels == old)
        changed = classifier.predict(vae.decode(codes[:, labels == old] + vector)).argmax(axis=0)
        taken = f"{np.mean(changed == new):.0%} are taken for {names[new]}"
        print(f"{names[old]} + (mean of the {names[new]}s - mean of the {names[old]}s), as codes: {taken}")
        code = codes[:, [np.argmax(labels == old)]]
        label = f"{names[old]} + α (mean of the {names[new]}s\n- mean of the {names[old]}s)\nα = 1: {taken}"
        rows[label] = vae.decode(interpolate(code, code + vector, STEPS))[:, ::2]
    return plots.plotRows(rows, dataset.imageShape, "From class to class by their mean codes", titles=ALPHAS)


def planes(vae: VAE, dataset: Dataset, loss: Loss, hidden: int, epochs: int) -> dict[str, Any]:
    """With two codes: where an autoencoder and a VAE put the test images, and what the VAE's plane stands for."""
    inputs, adam, models = dataset.inputDim, Adam(lr=0.003), {}
    for name in ("Autoencoder", "VAE"):
        encoder = [Dense(inputs, hidden, ReLU(), adam), Dense(hidden, hidden, ReLU(), adam)]
        decoder = [Dense(2, hidden, ReLU(), adam), Dense(hidden, hidden, ReLU(), adam)]
        decoder = MLP([*decoder, Dense(hidden, inputs, Sigmoid(), adam)])
        if name == "VAE":
            models[name] = VAE(MLP(encoder), Sampler(hidden, 2, adam), decoder, loss)
        else:
            models[name] = Autoencoder(MLP([*encoder, Dense(hidden, 2, optimizer=adam)]), decoder, loss)
        models[name].train(dataset, epochs=epochs, metrics=[], schedule=Cosine())
    images, labels, (height, width) = dataset.testSet()[0], dataset.labels("test"), dataset.imageShape
    codes = {"Autoencoder": models["Autoencoder"].encode(images), "VAE": models["VAE"].encode(images)[0]}
    grid = {"low": -2.5, "high": 2.5}
    decoded = models["VAE"].decode(plots.planeCodes(15, **grid)).reshape(height, width, -1)
    framed = np.pad(decoded, [(1, 1), (1, 1), (0, 0)])  # kept apart by black
    return {
        "codes": plots.plotCodes(codes, labels, dataset.classNames, sameAxes=True, normal=["VAE"]),
        "manifold": plots.plotManifold(
            framed[np.newaxis], **grid, title="What a VAE decodes from a plane of two codes"
        ),
        "overview": overview(vae, dataset, codes["VAE"], framed),
    }


def overview(vae: VAE, dataset: Dataset, plane: Any, decoded: Any) -> Any:
    """Side by side: what comes back, and walks through the codes; where the classes lie; what the plane stands for."""
    names, labels, columns = dataset.classNames, dataset.labels("test"), 8
    rows = []
    for shown in np.split(dataset.testSet()[0][:, : 2 * columns], 2, axis=1):
        rows += [("original", shown), ("decoded", vae.reconstruct(shown))]
    for old, new in WALKS[1:]:
        start, end = vae.encode(firstOf(dataset, (old, new)))[0].T
        walk = vae.decode(interpolate(start, end, columns, spherical=True))
        rows.append((f"{names[old]} to {names[new]}", walk))
    digits = np.concatenate([images for _, images in rows], axis=1).reshape(*dataset.imageShape, -1)
    digits = np.pad(digits, [(1, 1), (1, 1), (0, 0)])

    figure = canvas.blankFigure(13.6, 4.25)
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.37, 0.97, 1))
    canvas.quiet(left, f"What {vae.sampler.latentDim} codes keep, and walks between them")
    left.imshow(tiled(digits, columns), cmap="gray", interpolation="nearest")
    left.set_yticks(len(digits) * (np.arange(len(rows)) + 0.5), [name for name, _ in rows])
    canvas.quiet(middle, "Images in a plane of two codes")
    colours = np.array(canvas.colours(dataset.classes))
    canvas.dots(middle, plane[:, :2000], colours[labels[:2000]], s=5, alpha=1)
    canvas.normalCircles(middle)
    middle.set_xticks(np.linspace(-3, 3, len(names)), names, size=canvas.HEADING, weight="bold")
    for name, colour in zip(middle.get_xticklabels(), colours, strict=True):
        name.set_color(colour)
    middle.set(xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), aspect="equal", yticks=[])
    canvas.quiet(right, "What the plane stands for")
    right.imshow(tiled(decoded, round(decoded.shape[-1] ** 0.5)), cmap="gray", interpolation="nearest")
    left.set_xticks([])
    right.set(xticks=[], yticks=[])
    for axes in (left, middle, right):
        axes.set_anchor("N")
        axes.grid(False)
        axes.spines[:].set_visible(False)
    return figure


def tiled(images: Any, columns: int) -> Any:
    """Images (height, width, N) as one, in rows."""
    height, width, count = images.shape
    grid = images.reshape(height, width, count // columns, columns)
    return grid.transpose(2, 0, 3, 1).reshape(count // columns * height, columns * width)


if __name__ == "__main__":
    runScript(main)
