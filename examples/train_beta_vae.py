"""Trains disentangled variational autoencoders on sprites, with several weights beta, as in the third lecture.

    python examples/train_beta_vae.py
    python examples/train_beta_vae.py --beta 1 --total-correlation 5
    python examples/train_beta_vae.py --beta 2 --pressure 20 --train-size 160000 --epochs 5

Sprites are ellipses, squares and triangles of every position, size and rotation. Draws what every code makes of these
factors, what shifting one code does to an image, and how far the codes stand for single factors as a function of β.
Last, what a linear classifier reads from codes of digits. Writes metrics, pictures and the network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import LeakyReLU, ReLU, Sigmoid
from dataset import Dataset
from layers import Conv2D, Conv2DTranspose, Dense, Flatten, Reshape, Sampler
from layers.penalties.gaussiandivergence import gaussianDivergences
from loss import MSE
from nn import (
    MLP,
    VAE,
    LinearProbe,
    codeFactorR2,
    dci,
    factorVaeScore,
    mutualInformationGap,
    plots,
    separatedAttributePredictability,
)
from nn.runs import Run, nonNegativeNumber, parser, positiveInteger, runOf, runScript
from optimizer import Adam

METRICS = ["train_loss", "test_loss", "train_reconstruction", "test_reconstruction", "train_kl", "test_kl"]
PANELS = {"Loss in nats": "loss", "Reconstruction in nats": "reconstruction", "KL divergence in nats": "kl"}
SHAPES = ["ellipse", "square", "triangle"]
CLASSES = [0]  # the row of the shape, a factor without an order
MOST = 40  # codes in one picture
VALUES = np.linspace(-2.5, 2.5, 9)  # to which a code is shifted


def main() -> None:
    arguments = parser(__doc__, batchSize=64, datasets=())
    arguments.add_argument("--beta", type=nonNegativeNumber, default=4.0, help="weight of the divergence (default: 4)")
    arguments.add_argument(
        "--others",
        type=nonNegativeNumber,
        nargs="*",
        default=[0.0, 1.0, 16.0],
        help="beta to compare (default: 0 1 16)",
    )
    arguments.add_argument(
        "--total-correlation",
        type=nonNegativeNumber,
        default=0.0,
        help="its weight beside beta, as in beta-TCVAE (default: 0)",
    )
    arguments.add_argument(
        "--pressure",
        type=nonNegativeNumber,
        default=0.0,
        help="weight of divergence and total correlation in an epoch before the others (default: 0, there is none)",
    )
    arguments.add_argument("--latent-dim", type=positiveInteger, default=10, help="codes (default: 10)")
    arguments.add_argument("--side", type=positiveInteger, default=32, help="of an image, in pixels (default: 32)")
    arguments.add_argument("--train-size", type=positiveInteger, default=32_000, help="sprites (default: 32,000)")
    arguments.add_argument(
        "--classify", choices=["digits", "mnist"], default="digits", help="images to classify (default: digits)"
    )
    arguments.add_argument("--epochs", type=positiveInteger, default=4, help="epochs (default: 4)")
    options = arguments.parse_args()
    if options.side % 8:
        arguments.error("argument --side: the network halves an image three times, give a multiple of 8")
    if options.latent_dim > MOST:
        arguments.error(f"argument --latent-dim: the pictures have room for {MOST} codes")

    seed(options.seed)
    dataset = Dataset("sprites", options.train_size, 5000, options.batch_size, side=options.side)
    print(dataset)
    with runOf(options, "beta-vae", dataset) as run:
        train(options, dataset, run)


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """One model for every β, their figures and their pictures."""
    vae = network(options, options.beta)
    print(vae)
    if options.pressure:
        press(vae, options.pressure, dataset)
    history = vae.train(dataset, epochs=options.epochs, metrics=METRICS, **run.keeping())
    vae.save(run.folder / "vae.safetensors")
    models = {options.beta: vae}
    for beta in sorted(set(options.others) - {options.beta}):
        models[beta] = network(options, beta)
        if options.pressure and beta:
            press(models[beta], options.pressure, dataset)
        models[beta].train(dataset, epochs=options.epochs, metrics=[], watch=beta > 0)
    models = dict(sorted(models.items()))

    figures = {"curves": plots.plotHistory(history, panels=PANELS)}
    for beta in dict.fromkeys([options.beta, min(models)]):
        name = "" if beta == options.beta else f"_beta_{beta:g}"
        figures |= {f"{kind}{name}": figure for kind, figure in factors(models[beta], dataset).items()}
    figures["disentanglement"] = disentanglement(models, dataset)
    figures["classification"] = classification(list(models), options)
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png")
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def network(options: Namespace, beta: float) -> VAE:
    """Convolutions with strides halve an image three times; the decoder does the same the other way round."""
    adam, activation = Adam(lr=0.002), LeakyReLU(0.2)
    side, latent = options.side // 8, options.latent_dim
    flat = 32 * side * side
    encoder = MLP()
    encoder.addLayer(Conv2D(1, 16, 4, activation, adam, strides=4))
    encoder.addLayer(Conv2D(16, 32, 4, activation, adam, strides=2, padding="same"))
    encoder.addLayer(Flatten())
    encoder.addLayer(Dense(flat, 128, activation, adam))
    decoder = MLP()
    decoder.addLayer(Dense(latent, 128, activation, adam))
    decoder.addLayer(Dense(128, flat, activation, adam))
    decoder.addLayer(Reshape((32, side, side)))
    decoder.addLayer(Conv2DTranspose(32, 16, 4, activation, adam, strides=2, padding="same"))
    decoder.addLayer(Conv2DTranspose(16, 1, 4, Sigmoid(), adam, strides=4))
    return VAE(encoder, Sampler(128, latent, adam, beta=beta, totalCorrelation=options.total_correlation), decoder)


def press(vae: VAE, pressure: float, dataset: Dataset) -> None:
    """An epoch in which little more than x and y is worth a code: two take them up, and turn to the axes."""
    weights = vae.beta, vae.sampler.totalCorrelation
    vae.beta = vae.sampler.totalCorrelation = pressure
    vae.train(dataset, epochs=1, metrics=[])
    vae.beta, vae.sampler.totalCorrelation = weights


def ordered(vae: VAE, images: Any) -> tuple[Any, Any, Any]:
    """The means of the codes, from the code that says most to the one that says least; that order, and its nats."""
    mean, log_variance = vae.encode(images)
    kl = gaussianDivergences(mean, log_variance).mean(axis=1)
    order = np.argsort(-kl)
    return mean[order], order, kl[order]


def factors(vae: VAE, dataset: Dataset) -> dict[str, Any]:
    """The lecture's pictures: the means of every code over positions, over scale, over rotation; one code shifted."""
    images, values = dataset.testSet()
    shape, scale, rotation, x, y = values
    degrees = 180 * rotation / (dataset.factorSizes[2] - 1)
    codes, _, kl = ordered(vae, images)
    titles = [f"z{i + 1}, {nats:.1f} nats" for i, nats in enumerate(kl)]
    heading = f"β = {vae.beta:g}: the mean of each code"
    return {
        "positions": plots.plotCodeMaps(codes, x, y, titles, f"{heading} over the positions"),
        "scale": plots.plotCodeCurves(codes, scale, shape, SHAPES, titles, f"{heading} over the scale", "scale"),
        "rotation": plots.plotCodeCurves(
            codes, degrees, shape, SHAPES, titles, f"{heading} over the rotation", "degrees"
        ),
        "shifts": shifts(vae, dataset),
    }


def shifts(vae: VAE, dataset: Dataset) -> Any:
    """What every code says of one image: it alone goes from -2.5 to 2.5."""
    images = dataset.testSet()[0]
    codes, order, kl = ordered(vae, images[..., :1000])
    rows = {}
    for i, nats in enumerate(kl):
        shifted = np.repeat(codes[:, :1], len(VALUES), axis=1)
        shifted[i] = VALUES
        rows[f"z{i + 1}, {nats:.1f} nats"] = vae.decode(shifted[np.argsort(order)])
    titles = [f"z = {value:.1f}" for value in VALUES]
    return plots.plotRows(
        rows, heading=f"β = {vae.beta:g}: one code of an image is shifted", limits=(0, 1), titles=titles
    )


def disentanglement(models: dict[float, VAE], dataset: Dataset) -> Any:
    """How far codes stand for single factors, for every β."""
    images, values = dataset.testSet()
    names = dataset.factorNames
    print("Test sprites: how far codes stand for single factors; R^2 of a factor from the best single code")
    print(
        f"{'beta':>4} {'-ELBO':>7} {'KL':>6} {'FactorVAE':>9} {'MIG':>6} {'SAP':>6} {'DCI':>6}  "
        + " ".join(f"{name:>8}" for name in names)
    )
    curves: dict[str, list[float]] = {"FactorVAE score": [], "MIG": [], "SAP": [], "disentanglement of DCI": []}
    for beta, model in models.items():
        codes = model.encode(images)[0]
        scores = [
            factorVaeScore(codes, values),
            mutualInformationGap(codes, values),
            separatedAttributePredictability(codes, values, CLASSES),
            dci(codes, values, CLASSES).disentanglement,
        ]
        for curve, score in zip(curves.values(), scores, strict=True):
            curve.append(score)
        measured = model.evaluate(images, ["reconstruction", "kl"])
        bound = measured["reconstruction"] + measured["kl"]
        best = codeFactorR2(codes, values, classes=CLASSES).max(axis=0)
        print(
            f"{beta:>4g} {bound:7.1f} {measured['kl']:6.2f} {scores[0]:9.3f} {scores[1]:6.3f} {scores[2]:6.3f} "
            f"{scores[3]:6.3f}  " + " ".join(f"{one:8.2f}" for one in best)
        )
    lines = {name: (list(models), curve) for name, curve in curves.items()}
    return plots.plotCurves(lines, "β", "score", "Disentanglement as a function of β")


def classification(betas: list[float], options: Namespace) -> Any:
    """What a linear classifier reads from the codes of digits, which were not made from independent factors."""
    digits = Dataset(options.classify, batch_size=50)
    epochs = options.epochs * (10 if digits.name == "digits" else 1)
    x, test = digits.trainSet()[0], digits.testSet()[0]
    pixels, adam, right = digits.inputDim, Adam(lr=0.003), []

    def accuracy(codes: Any, others: Any) -> float:
        probe = LinearProbe().fit(codes, digits.labels("train"))
        return probe.accuracy(others, digits.labels("test"))

    for beta in betas:
        decoder = MLP([Dense(10, 100, ReLU(), adam), Dense(100, pixels, Sigmoid(), adam)])
        sampler = Sampler(100, 10, adam, beta=beta)
        vae = VAE(MLP([Dense(pixels, 100, ReLU(), adam)]), sampler, decoder, MSE(variance=0.05))
        vae.train(digits, epochs=epochs, metrics=[], watch=False, progress=False)
        right.append(accuracy(vae.encode(x)[0], vae.encode(test)[0]))
        print(f"Digits, beta = {beta:g}: from the codes, a linear classifier tells {right[-1]:.1%}", flush=True)
    best = accuracy(x, test)
    print(f"Digits: from the pixels, it tells {best:.1%}")
    lines = {"10 codes": (betas, right), f"{pixels} pixels": (betas, [best] * len(betas))}
    return plots.plotCurves(lines, "β", "test accuracy", "A linear classifier on codes of digits")


if __name__ == "__main__":
    runScript(main)
