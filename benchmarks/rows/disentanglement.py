"""Disentanglement: β-VAEs on sprites, and one with the total correlation of its codes as a further term."""

from __future__ import annotations

from figures.row import Figure, Setting, row

from activations import LeakyReLU, Sigmoid
from dataset import Dataset
from layers import Conv2D, Conv2DTranspose, Dense, Flatten, Reshape, Sampler
from nn import (
    MLP,
    VAE,
    codeFactorR2,
    dci,
    factorVaeScore,
    mutualInformationGap,
    separatedAttributePredictability,
)
from optimizer import Adam

EPOCHS, BATCH, LR = 5, 64, 0.002
PRESSURE = 20.0  # weight of the divergence, and of the total correlation beside it, in the first epoch of some
CLASSES = [0]  # the shape
MODEL = "VAE on sprites of 32 x 32, 10 codes, {}"
LITERATURE = "figures on dSprites, another data set (64 x 64), as this project's plan has them"
BETA, FACTOR = (".63", ".21"), (".83 (FactorVAE)", ".40 (FactorVAE)")
NONE = "", ""


def _figures(what: str, anchors: tuple[str, str] = NONE) -> list[Figure]:
    model = MODEL.format(what)
    sources = [LITERATURE if anchor else "" for anchor in anchors]
    return [
        Figure("FactorVAE score", model, "FactorVAE score", "", 3, "higher", anchors[0], sources[0]),
        Figure("MIG", model, "mutual information gap (MIG)", "", 3, "higher", anchors[1], sources[1]),
        Figure("SAP", model, "separated attribute predictability (SAP)", "", 3, "higher"),
        Figure("disentanglement", model, "disentanglement (DCI, bagged trees)", "", 3, "higher"),
        Figure("completeness", model, "completeness (DCI)", "", 3, "higher"),
        Figure("informativeness", model, "informativeness (DCI, R²)", "", 3, "higher"),
        Figure("position", model, "R² of x and y from single codes, the lesser", "", 3, "higher"),
        Figure("reconstruction", model, "reconstruction", "nats", 1, "lower"),
        Figure("kl", model, "KL divergence", "nats", 2),
    ]


@row(_figures("β = 1"), seeds=range(5), seconds=70, needs=())
def betaVae1(now: Setting) -> dict[str, float]:
    return _disentangled(now, 1)


@row(_figures("β = 4", BETA), seeds=range(5), seconds=70, needs=())
def betaVae4(now: Setting) -> dict[str, float]:
    return _disentangled(now, 4)


@row(_figures("β = 8", BETA), seeds=range(5), seconds=70, needs=())
def betaVae8(now: Setting) -> dict[str, float]:
    return _disentangled(now, 8)


@row(_figures("β = 1, total correlation 6 (β-TCVAE)", FACTOR), seeds=range(5), seconds=70, needs=())
def betaTcVae(now: Setting) -> dict[str, float]:
    return _disentangled(now, 1, correlation=5)


@row(_figures("first 20 and total correlation 40, then β = 2", FACTOR), seeds=range(5), seconds=70, needs=())
def pressedVae2(now: Setting) -> dict[str, float]:
    return _disentangled(now, 2, pressure=PRESSURE)


@row(_figures("first 20 and total correlation 40, then β = 4", FACTOR), seeds=range(5), seconds=70, needs=())
def pressedVae4(now: Setting) -> dict[str, float]:
    return _disentangled(now, 4, pressure=PRESSURE)


def _disentangled(now: Setting, beta: float, correlation: float = 0, pressure: float = 0) -> dict[str, float]:
    """The loss is in nats, summed over 1,024 pixels; settings were chosen on validation sprites with other seeds.

    Under pressure two codes take up x and y, and turn to the axes; without it three or more share them, each for a part
    of the image. When it ends, the others come back to life, which they do not where channels of a ReLU have died.
    """
    dataset, adam, activation = Dataset("sprites", side=32, batch_size=BATCH), Adam(lr=LR), LeakyReLU(0.2)
    encoder = [
        Conv2D(1, 16, 4, activation, adam, strides=4),
        Conv2D(16, 32, 4, activation, adam, strides=2, padding="same"),
        Flatten(),
        Dense(512, 128, activation, adam),
    ]
    decoder = [
        Dense(10, 128, activation, adam),
        Dense(128, 512, activation, adam),
        Reshape((32, 4, 4)),
        Conv2DTranspose(32, 16, 4, activation, adam, strides=2, padding="same"),
        Conv2DTranspose(16, 1, 4, Sigmoid(), adam, strides=4),
    ]
    model, epochs = VAE(MLP(encoder), Sampler(128, 10, adam), MLP(decoder)), now.epochs(EPOCHS)
    if pressure:
        model.beta = model.sampler.totalCorrelation = pressure
        model.train(dataset, epochs=1, metrics=[])
        epochs = max(1, epochs - 1)
    model.beta, model.sampler.totalCorrelation = beta, correlation
    model.train(dataset, epochs=epochs, metrics=[])
    images, factors = dataset.testSet()
    codes, measured = model.encode(images)[0], model.evaluate(images, ["reconstruction", "kl"])
    parts = dci(codes, factors, CLASSES)
    return {
        "FactorVAE score": factorVaeScore(codes, factors),
        "MIG": mutualInformationGap(codes, factors),
        "SAP": separatedAttributePredictability(codes, factors, CLASSES),
        "disentanglement": parts.disentanglement,
        "completeness": parts.completeness,
        "informativeness": parts.informativeness,
        "position": float(codeFactorR2(codes, factors[3:]).max(axis=0).min()),
        "reconstruction": measured["reconstruction"],
        "kl": measured["kl"],
    }
