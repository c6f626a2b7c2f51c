"""PacGAN's two mixtures of Gaussians in the plane, with its scoring: the plain game, and a better one.

Lin et al. 2018, arXiv:1712.04086, section 4.1, and the authors' code (github.com/fjxmlzn/PacGAN): 8 Gaussians of
deviation 0.01 on a circle of radius 1, or 25 of deviation 0.05 in a square of spacing 2; 100,000 samples of them; noise
of two dimensions. Of 2,500 samples of the generator, those within three deviations of a centre are good, and one good
sample is enough for a mode. The paper's networks are larger than these (generator: four layers of 400 with batch
normalisation; discriminator: three maxout layers of 200, five pieces) and learn in 400,000 steps of Adam(1e-4,
beta1=0.8), batches of 100. These learn in 6,250 or 14,080, batches of 128.
"""

from __future__ import annotations

import warnings
from itertools import pairwise

from figures.row import Another, Figure, Setting, row

from activations import ReLU, Sigmoid
from dataset import Dataset
from layers import Dense
from nn import GAN, MLP, GradientPenalty, modeCoverage
from optimizer import Adam, Cosine

GAUSSIANS = {"ring": 8, "grid": 25}
DEVIATIONS = {"ring": 0.01, "grid": 0.05}
PAPER = "Lin et al. 2018, arXiv:1712.04086, table 1"
PLAIN = "plain game, G and D with"
BETTER = "zero-centred gradient penalty, average of G, G and D with"


def _figures(data: str, game: str, modes: str, good: str, control: str = "") -> list[Figure]:
    """What PacGAN measures, beside the paper's numbers, and the modes by our own count."""
    model = f"{game}, {data} of {GAUSSIANS[data]} Gaussians"
    own: Another | str = Another(control, "covered", "the plain game") if control else str(GAUSSIANS[data])
    source = "" if control else "all of them"
    return [
        Figure("modes", model, "modes with a good sample of 2,500", "", 1, "higher", modes, PAPER),
        Figure("good", model, "good samples, within 3 σ", "%", 1, "higher", good, PAPER),
        Figure(
            "covered", model, "modes with a fifth of their share", "", 1, "higher", own, source, checked=not control
        ),
    ]


@row(_figures("ring", f"{PLAIN} five layers of 64", "6.3", "98.2"), seeds=range(10), seconds=15, needs=())
def ringPlain(now: Setting) -> dict[str, float]:
    """The paper's game: cross-entropy without smoothing, and nothing else; beside it, the paper's plain GAN.

    With larger steps it leaves more modes out, and its good samples are more.
    """
    data = Dataset("ring", train_size=100_000, batch_size=128)
    return _played(now, data, GAN(*_players(5, Adam(lr=0.0003, beta1=0.5)), smoothing=1), epochs=8)


@row(
    _figures("ring", f"{BETTER} five layers of 64", "7.9", "95.6", "ringPlain"),
    seeds=range(10), seconds=20, needs=(),
)  # fmt: skip
def ringPenalised(now: Setting) -> dict[str, float]:
    """Beside it, the best of the paper: two samples packed."""
    data = Dataset("ring", train_size=100_000, batch_size=128)
    players = _players(5, Adam(lr=0.003, beta1=0.5))
    penalty = GradientPenalty(weight=0.002, target=0)
    return _played(now, data, GAN(*players, smoothing=1, constraint=penalty, averaging=0.999), epochs=8)


@row(_figures("grid", f"{PLAIN} six layers of 64", "17.3", "94.8"), seeds=range(10), seconds=30, needs=())
def gridPlain(now: Setting) -> dict[str, float]:
    """As `ringPlain`."""
    data = Dataset("grid", train_size=100_000, batch_size=128)
    return _played(now, data, GAN(*_players(6, Adam(lr=0.0003, beta1=0.5)), smoothing=1), epochs=18)


@row(
    _figures("grid", f"{BETTER} six layers of 64", "24.8", "93.6", "gridPlain"),
    seeds=range(10), seconds=45, needs=(),
)  # fmt: skip
def gridPenalised(now: Setting) -> dict[str, float]:
    """Beside it, the best of the paper: four samples packed."""
    data = Dataset("grid", train_size=100_000, batch_size=128)
    players = _players(6, Adam(lr=0.003, beta1=0.5))
    penalty = GradientPenalty(weight=0.015, target=0)
    return _played(now, data, GAN(*players, smoothing=1, constraint=penalty, averaging=0.999), epochs=18)


def _players(depth: int, adam: Adam) -> tuple[MLP, MLP]:
    """A generator from noise to the plane and a discriminator, each with so many hidden layers of 64."""
    hidden = list(pairwise([2] + depth * [64]))
    generator, discriminator = (MLP(Dense(a, b, ReLU(), adam) for a, b in hidden) for _ in range(2))
    generator.addLayer(Dense(64, 2, optimizer=adam))
    discriminator.addLayer(Dense(64, 1, Sigmoid(), adam))
    return generator, discriminator


def _played(now: Setting, data: Dataset, model: GAN, epochs: int) -> dict[str, float]:
    """The figures of a training."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a collapse is what the figures say
        model.train(data, epochs=now.epochs(epochs), metrics=[], schedule=Cosine())
    samples, deviation = model.sample(2500, rng=0), DEVIATIONS[data.name]
    paper, own = (modeCoverage(samples, data.centres, deviation, least) for least in (0, 0.2))
    return {"modes": paper.covered, "good": 100 * paper.good, "covered": own.covered}
