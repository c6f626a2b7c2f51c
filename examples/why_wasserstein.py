"""Why Wasserstein: how far apart two parallel lines are, and what a generator can learn from that (third lecture).

    python examples/why_wasserstein.py
    python examples/why_wasserstein.py --constraint clipping

The data are points (0, u), u uniform in [0, 1], and the samples (theta, u): two lines that do not touch (Arjovsky et
al. 2017, arXiv:1701.07875, example 1). How far apart they are in three ways, exactly and as trained critics estimate it
from points: the Kullback-Leibler and Jensen-Shannon divergences are the same for every theta but 0, the Wasserstein
distance is |theta|. Then generators learn theta, which is all that they can learn, by four losses. Writes pictures to a
run folder.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leibnet import seed
from leibnet.types import Array

import numpy as np

from activations import LeakyReLU, Sigmoid
from dataset import Dataset
from layers import Dense, Learning, Pass, Wanted
from nn import GAN, MLP, GradientPenalty, WeightClipping, plots, wassersteinDistance
from nn.runs import parser, positiveInteger, runOf, runScript
from optimizer import SGD, Adam, Cosine

THETAS = np.array([-1.0, -0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.6, 1.0])
NEVER = 10**9
GAMES: dict[str, dict[str, Any]] = {
    "minimax": {"generatorLoss": "minimax", "smoothing": 1.0},
    "Wasserstein, penalty": {"generatorLoss": "wasserstein", "constraint": GradientPenalty()},
    "non-saturating": {"generatorLoss": "non-saturating", "smoothing": 1.0},
    "Wasserstein, clipping": {"generatorLoss": "wasserstein", "constraint": WeightClipping(0.1)},
}
DESCENDED: dict[str, Callable[[Array], Array]] = {  # by G, for samples with these pre-activations of D
    "minimax": lambda z: -np.logaddexp(0, z),  # ln(1 - D)
    "Wasserstein": np.negative,
    "non-saturating": lambda z: np.logaddexp(0, -z),  # -ln D
}
HEADINGS = """\
              KL             Jensen-Shannon         Wasserstein         what G would learn from, its gradient:
 theta   exact   bound    exact classifier   exact  points  critic    minimax  Wasserstein  non-saturating"""


class Line(Learning):
    """A generator of one parameter: makes (theta, u) of two normal numbers, by whose angle u is uniform in [0, 1]."""

    def __init__(self, theta: float) -> None:
        super().__init__(SGD(lr=0.02))
        self.theta, self.inputShape = theta, (2,)
        self._create(place=np.array([[theta]]))

    def outputShape(self, inputShape: tuple[int, ...]) -> tuple[int, ...]:
        return inputShape

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        y = now.buffer("y", x.shape)
        y[0], y[1] = self.parameters["place"], np.arctan2(x[1], x[0]) / (2 * np.pi) + 0.5
        return y

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> None:
        if wanted.parameters:  # nobody wants a gradient of the noise
            self.gradients["place"][...] = dy[0].sum()


def main() -> None:
    arguments = parser(__doc__, batchSize=64, datasets=(), resumes=False)
    ways = ["penalty", "clipping"]
    arguments.add_argument("--constraint", choices=ways, default="penalty", help="of the critic (default: penalty)")
    arguments.add_argument("--points", type=positiveInteger, default=3200, help="of the data, to learn (default: 3200)")
    arguments.add_argument("--epochs", type=positiveInteger, default=10, help="of a critic for one theta (default: 10)")
    options = arguments.parse_args()

    seed(options.seed)
    numbers = np.random.default_rng(options.seed)
    train, test = (np.stack((np.zeros(n), numbers.random(n))) for n in (options.points, 1000))
    dataset = Dataset.fromArrays(train, testInputs=test, batch_size=options.batch_size, dtype=np.float64, name="line")
    print(dataset)
    with runOf(options, "why_wasserstein", dataset, together=False) as run:
        estimate(options, dataset, run.folder)
        learn(options, dataset, run.folder)
        print(f"Pictures of both are in {run.folder}")


def game(theta: float, kind: str, criticSteps: int) -> GAN:
    """A line against a small critic."""
    adam = Adam(lr=0.005, beta1=0.5)
    hidden = [Dense(2, 32, LeakyReLU(0.2), adam), Dense(32, 32, LeakyReLU(0.2), adam)]
    last = Dense(32, 1, None if kind.startswith("Wasserstein") else Sigmoid(), adam)
    return GAN(MLP([Line(theta)]), MLP([*hidden, last]), criticSteps=criticSteps, **GAMES[kind])


def trained(gan: GAN, dataset: Dataset, epochs: int, metrics: list[str], **how: Any) -> GAN:
    """The same, trained. A watch would say that D is too sure of itself, which is what shall be shown."""
    gan.train(dataset, epochs=epochs, metrics=metrics, schedule=Cosine(), progress=False, watch=False, **how)
    return gan


def estimate(options: Namespace, dataset: Dataset, folder: Path) -> None:
    """The distances of lines that stay where they are, and the gradients with respect to theta that G would get."""
    found: dict[str, list[float]] = {name: [] for name in ("KL", "JS", "W", *DESCENDED)}
    print(HEADINGS)
    for theta in THETAS:
        classifier, critic = (
            trained(game(theta, kind, criticSteps=NEVER), dataset, options.epochs, metrics=[])
            for kind in ("minimax", f"Wasserstein, {options.constraint}")
        )
        data, samples = dataset.testSet()[0], critic.sample(dataset.test_size, rng=1)
        # Donsker & Varadhan 1983: KL ≥ E_data[f] - ln E_samples[exp f] for every f, and the best is the log of p/q
        found["KL"].append(logits(classifier, data).mean() - np.log(np.mean(np.exp(logits(classifier, samples)))))
        found["JS"].append(np.log(2) - classifier.evaluate(dataset, ["discriminator_loss"])["discriminator_loss"])
        found["W"].append(critic.evaluate(dataset, ["wasserstein"])["wasserstein"])
        for name in DESCENDED:
            found[name].append(slope(critic if name == "Wasserstein" else classifier, samples, DESCENDED[name]))
        points = wassersteinDistance(data[:, :300], samples[:, :300])
        kl, js, w, minimax, wasserstein, other = (values[-1] for values in found.values())
        exact = (np.inf, np.log(2)) if theta else (0.0, 0.0)
        print(f"{theta:>6.1f}{exact[0]:>8.2f}{kl:>8.2f}{exact[1]:>9.3f}{js:>11.3f}{abs(theta):>8.3f}", end="")
        print(f"{points:>8.3f}{w:>8.3f}{minimax:>11.5f}{wasserstein:>13.3f}{other:>16.3f}", flush=True)

    x = np.linspace(-1, 1, 201)
    apart = np.abs(x) > 1e-9
    known = {"KL": np.where(apart, np.inf, 0), "Jensen-Shannon": np.log(2) * apart, "Wasserstein": np.abs(x)}
    estimated = zip(known, (found["KL"], found["JS"], found["W"]), strict=True)
    distances = plots.plotEstimates(
        {name: (x, values) for name, values in known.items()},
        {name: (THETAS, values) for name, values in estimated},
        "θ",
        "nats; for Wasserstein, length",
        "How far apart two parallel lines are",
        logarithmicFrom=1,
    )
    plots.save(distances, folder / "distances.png")
    gradients = plots.plotEstimates(
        {"minimax": (x, 0 * x), "Wasserstein": (x, np.sign(x) * apart)},
        {name: (THETAS, found[name]) for name in DESCENDED},
        "θ",
        "gradient with respect to θ",
        "What G would learn from a trained D",
        logarithmicFrom=1,
    )
    plots.save(gradients, folder / "gradients.png")


def learn(options: Namespace, dataset: Dataset, folder: Path) -> None:
    """Four generators begin at theta = 1 and learn, each from a critic of its own that makes five steps to one."""
    courses = {}
    for kind in GAMES:
        gan, places = game(1.0, kind, criticSteps=5), [1.0]
        (line,) = gan.generator.layers

        def entry(index: int, value: float, line: Line = line, places: list[float] = places) -> None:
            places.append(line.parameters["place"].item())

        metric, entries = "train_discriminator_loss", len(dataset)
        trained(gan, dataset, 3 * options.epochs, [metric], callbacks={metric: entry}, entriesPerEpoch=entries)
        courses[kind] = (np.arange(len(places)), places)
        print(f"{kind:<21} leads from theta = 1 to {places[-1]:.3f}", flush=True)
    title = "Where generators go that can only learn θ"
    plots.save(plots.plotCurves(courses, "steps of D, five to one of G", "θ", title), folder / "learning.png")


def logits(gan: GAN, points: Array) -> Array:
    """D's pre-activations, also where its Sigmoid can only say 1."""
    D = gan.discriminator
    return D.layers[-1].weight @ D.predict(points, until=-1) + D.layers[-1].bias  # (1, 32) · (32, N)


def slope(gan: GAN, samples: Array, descended: Callable[[Array], Array], step: float = 0.01) -> float:
    """The derivative of what G descends with respect to theta, by a step of the samples to either side."""
    move = np.array([[step], [0.0]])
    ahead, behind = (descended(logits(gan, moved)).mean() for moved in (samples + move, samples - move))
    return float(ahead - behind) / (2 * step)


if __name__ == "__main__":
    runScript(main)
