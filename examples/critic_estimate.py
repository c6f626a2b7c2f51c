"""Does a Wasserstein critic know how good the samples are? Its estimate beside the Frechet distance, in a training.

    python examples/critic_estimate.py
    python examples/critic_estimate.py --constraint clipping

A GAN's losses do not tell whether it becomes better. A Wasserstein critic's is said to (Arjovsky et al. 2017,
arXiv:1701.07875, section 3): it estimates how far the samples are from the data. A classifier of our own judges the
same samples; the rank correlation says whether both agree on what is better. They do while the samples become better
and the critic is quick enough to follow; later (--dataset digits --epochs 1000) the ups and downs of the estimate mean
nothing. Writes curves, samples and the trained networks to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from leibnet import seed

import numpy as np

from activations import LeakyReLU, ReLU, Softmax, Tanh
from dataset import Dataset
from layers import Dense
from loss import CategoricalCrossEntropy
from nn import GAN, MLP, GradientPenalty, SampleJudge, WeightClipping, plots, rankCorrelation
from nn.runs import chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

CONSTRAINTS = {"penalty": GradientPenalty(), "clipping": WeightClipping(0.03)}


def main() -> None:
    arguments = parser(__doc__, batchSize=64, resumes=False)
    arguments.add_argument("--constraint", choices=CONSTRAINTS, default="penalty", help="default: penalty")
    arguments.add_argument("--epochs", type=positiveInteger, help="default: 5, for the small digits 100")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, valueRange=(-1, 1))
    with runOf(options, "critic_estimate", dataset, together=False) as run:
        train(options, dataset, run.folder)


def train(options: Namespace, dataset: Dataset, folder: Path) -> None:
    """The game, and some twenty times in it the two opinions of the samples."""
    judge, gan = trainedJudge(dataset), game(options, dataset)
    epochs = options.epochs or (100 if dataset.name == "digits" else 5)
    entries = min(len(dataset), max(1, 20 // epochs))
    every = max(1, epochs // 20)  # epochs, where there is an entry after each
    noise, opinions = gan.noise(2000), []
    print(gan)
    print(f"{'epoch':>6} {'critic':>9} {'Frechet':>9}")

    def entry(index: int, value: float) -> None:
        if entries > 1 or index // dataset.train_size % every == 0:
            epoch, quality = index / dataset.train_size, judge.judge(gan.generator.predict(noise))
            opinions.append((epoch, value, quality.frechet))
            print("{:>6.2f} {:>9.3f} {:>9.2f}".format(*opinions[-1]), flush=True)

    metric = "test_wasserstein"  # of images that the critic does not learn from
    gan.train(
        dataset,
        epochs=epochs,
        metrics=[metric],
        callbacks={metric: entry},
        entriesPerEpoch=entries,
        schedule=Cosine(),
        folder=folder,
    )
    gan.save(folder / "gan.safetensors")
    x, estimates, distances = np.array(opinions).T
    agreement = rankCorrelation(estimates, distances) if len(opinions) > 1 else 1.0
    print(f"Rank correlation of the critic's estimate with the Frechet distance: {agreement:.2f}")
    print("1 would be: whenever one of them says better, so does the other; 0: neither knows of the other")
    figure = plots.plotCurves(
        {"the critic's estimate": (x, estimates), "Fréchet distance, by a classifier": (x, distances)},
        "epochs",
        "distance of samples and data",
        f"Two opinions, rank correlation {agreement:.2f}",
        logarithmic=bool(estimates.min() > 0),
    )
    plots.save(figure, folder / "opinions.png")
    plots.save(plots.plotImages(gan.generator.predict(noise[:, :50]), dataset.imageShape), folder / "samples.png")
    print(f"Curves, samples and the trained networks are in {folder}")


def game(options: Namespace, dataset: Dataset) -> GAN:
    """A generator that learns once while its critic learns five times."""
    first, second, lr = (64, 128, 0.0002) if dataset.name == "digits" else (128, 256, 0.0001)
    beta1 = 0.5 if options.constraint == "penalty" else 0.0
    leaky, of_D, of_G = LeakyReLU(0.2), *(Adam(lr=step, beta1=beta1, beta2=0.9) for step in (10 * lr, lr))
    generator = MLP([Dense(64, first, leaky, of_G), Dense(first, second, leaky, of_G)])
    generator.addLayer(Dense(second, dataset.inputDim, Tanh(), of_G))
    critic = MLP([Dense(dataset.inputDim, second, leaky, of_D), Dense(second, first, leaky, of_D)])
    critic.addLayer(Dense(first, 1, optimizer=of_D))
    return GAN(
        generator, critic, generatorLoss="wasserstein", constraint=CONSTRAINTS[options.constraint], criticSteps=5
    )


def trainedJudge(dataset: Dataset) -> SampleJudge:
    """A classifier of our own."""
    small, adam = dataset.name == "digits", Adam(lr=0.001)
    classifier = MLP([Dense(dataset.inputDim, 256, ReLU(), adam), Dense(256, 64, ReLU(), adam)])
    classifier.addLayer(Dense(64, dataset.labelDim, Softmax(), adam))
    classifier.train(dataset, CategoricalCrossEntropy(), 30 if small else 3, [], schedule=Cosine(), progress=False)
    print(f"The judge, a classifier, is right about {classifier.evaluate(dataset)['accuracy']:.2%} of the test set")
    return SampleJudge(classifier, dataset)


if __name__ == "__main__":
    runScript(main)
