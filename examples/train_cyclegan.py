"""Trains a CycleGAN to translate digits into another domain and back, without a single pair.

    python examples/train_cyclegan.py
    python examples/train_cyclegan.py --pair inverted
    python examples/train_cyclegan.py --pair mnist
    python examples/train_cyclegan.py --dataset mnist --pair dilated

One domain are digits; the other are other digits under a transformation that is known, so that the truth is known for
the test; or, as a real pair, MNIST reduced to 8 x 8. Writes metrics, pictures of both ways beside the truth, the
failures and the trained networks to a run folder. Says how often a digit is still the same, in the eyes of a classifier
of its new domain, and how far the images are from the truth, beside doing nothing and a network that was shown pairs.
"""

from __future__ import annotations

from argparse import Namespace

from leibnet import seed

import numpy as np

from activations import LeakyReLU, ReLU, Softmax
from dataset import Dataset, transformations
from layers import Conv2D, Dense, Flatten, MaxPooling2D, Residual
from loss import MSE, CategoricalCrossEntropy
from nn import MLP, CycleGAN, labelPreservation, peakSignalToNoise, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine

KNOWN = ("dilated", "eroded", "sheared", "blurred", "edges", "inverted")
WEIGHTS = {"dilated": 1, "mnist": 3}  # a thick stroke does not tell the thin one: a heavy cycle forbids the task
METRICS = [*CycleGAN.metrics, "train_real_accuracy", "train_fake_accuracy", "train_x_diversity", "train_y_diversity"]
SHOWN = 12  # images in a row


def main() -> None:
    arguments = parser(__doc__, batchSize=32, datasets=("digits", "mnist", "fashion_mnist"))
    arguments.add_argument(
        "--pair", choices=[*KNOWN, "mnist"], default="sheared", help="the other domain (default: sheared)"
    )
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: by data set)")
    arguments.add_argument("--lr", type=positiveNumber, help="step of Adam (default: 0.002, mnist 0.003)")
    told = ", ".join(f"{pair} {weight}" for pair, weight in WEIGHTS.items())
    arguments.add_argument("--cycle-weight", type=positiveNumber, help=f"of a mean over pixels (default: 10, {told})")
    options = arguments.parse_args()

    seed(options.seed)
    source, dataset = realPair(options) if options.pair == "mnist" else knownPair(options)
    print(dataset)
    with runOf(options, "cyclegan", source) as run:
        train(options, dataset, run)


def knownPair(options: Namespace) -> tuple[Dataset, Dataset]:
    """Half of the training images as they are, the other half transformed; the test images in both forms."""
    source = chooseDataset(options.dataset or "digits", images=True)
    transform, x, tests = getattr(transformations, options.pair), source.trainSet().inputs, source.testSet().inputs
    labels, half = source.labels("train"), source.train_size // 2
    return source, Dataset.fromDomains(
        x[..., :half],
        transform(x[..., half:]),
        firstLabels=labels[:half],
        secondLabels=labels[half:],
        testFirst=tests,
        testSecond=transform(tests),
        testFirstLabels=source.labels("test"),
        testSecondLabels=source.labels("test"),
        paired=True,
        name=f"{source.name}, {options.pair}",
        batch_size=options.batch_size,
    )


def realPair(options: Namespace) -> tuple[Dataset, Dataset]:
    """The bundled digits of 8 x 8, and MNIST reduced to it as they were: upright, each from a box of its own."""
    first, second = Dataset("digits", images=True), Dataset("mnist", images=True)
    small = second.mapped(lambda x: transformations.boxed(transformations.upright(x), (8, 8), widest=5))
    parts = {"first": first, "second": small}
    labels = {f"{name}Labels": one.labels("train") for name, one in parts.items()}
    tests = {f"test{name.title()}": one.testSet().inputs for name, one in parts.items()}
    tests |= {f"test{name.title()}Labels": one.labels("test") for name, one in parts.items()}
    return second, Dataset.fromDomains(
        first.trainSet().inputs,
        small.trainSet().inputs,
        **labels,
        **tests,
        name="digits, mnist",
        batch_size=options.batch_size,
    )


def train(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Training, table and pictures."""
    pixels, real = dataset.inputDim, options.pair == "mnist"
    lr, weight = options.lr or (0.003 if real else 0.002), options.cycle_weight or WEIGHTS.get(options.pair, 10)
    hidden = 4 if real else 2  # strokes are to be moved, not only changed
    model = CycleGAN(
        *(generator(lr, pixels, hidden) for _ in range(2)),
        *(discriminator(lr / 2 if real else lr, dataset) for _ in range(2)),
        cycleWeight=weight / pixels,
        averaging=0.99,
    )
    print(model)
    epochs = options.epochs or max(4, 100_000 // dataset.train_size)
    history = model.train(dataset, epochs=epochs, metrics=METRICS, schedule=Cosine(), **run.keeping())
    for name, network in {"cyclegan": model, "G": model.averaged["G"], "F": model.averaged["F"]}.items():
        network.save(run.folder / f"{name}.safetensors")

    judges = classifier(dataset), classifier(dataset.second)
    tests = dataset.testSet()
    x, y, labels = tests.inputs, tests.second, (tests.labels.argmax(axis=0), tests.secondLabels.argmax(axis=0))
    translated = {"G": model.translate(x), "F": model.translateBack(y)}
    ways = [
        ("x to y", x, translated["G"], y, labels[0], judges[1]),
        ("y to x", y, translated["F"], x, labels[1], judges[0]),
    ]
    paired = pairedNetworks(options, dataset, lr, epochs) if dataset.paired else None
    for i, (way, source, target, truth, digits, judge) in enumerate(ways):
        rows = {"CycleGAN": target, "nothing done": source}
        if paired is not None:
            rows |= {"shown pairs": paired[i].predict(source), "the truth": truth}
        print(f"{way:<16}same digit" + ("  from the truth" if dataset.paired else ""))
        for name, images in rows.items():
            distance = f"{peakSignalToNoise(images, truth):>13.1f} dB" if dataset.paired else ""
            print(f"  {name:<14}{labelPreservation(judge, images, digits):>10.1%}{distance}")
    pictures(dataset, model, ways, run)
    curves = {
        "Losses": {"generator_loss": "G and F", "discriminator_loss": "the discriminators"},
        "Distance after a cycle, summed over pixels": "cycle_loss",
        "The discriminators are right": {"real_accuracy": "about data", "fake_accuracy": "about samples"},
        "Variance of samples over the data's": {"x_diversity": "F(y)", "y_diversity": "G(x)"},
    }
    plots.save(plots.plotHistory(history, panels=curves), run.folder / "curves.png")
    print(f"Metrics, pictures and the trained networks are in {run.folder}, after {history.seconds:.0f} s of training")


def pictures(dataset: Dataset, model: CycleGAN, ways: list[tuple], run: Run) -> None:
    """Both ways beside the truth, and what became another digit."""
    back = {"x to y": model.translateBack, "y to x": model.translate}
    names = {"x to y": ("x", "G(x)", "F(G(x))"), "y to x": ("y", "F(y)", "G(F(y))")}
    groups, failures = {}, {}
    for way, source, target, truth, digits, judge in ways:
        images = source, target, back[way](target)
        rows = dict(zip(names[way], images, strict=True)) | ({"truth": truth} if dataset.paired else {})
        groups[way] = {name: one[..., :SHOWN] for name, one in rows.items()}
        answers = judge.predict(target).argmax(axis=0)
        wrong = np.flatnonzero(answers != digits)[:SHOWN]
        if len(wrong) == SHOWN:
            failures[way] = {name: one[..., wrong] for name, one in rows.items()}
            said = ", ".join(f"{digits[i]} as {answers[i]}" for i in wrong)
            print(f"Taken for another digit, {way}: {said}")
    heading = f"{dataset.name}: translated without a pair"
    plots.save(plots.plotRows(groups, heading=heading, limits=(0, 1)), run.folder / "translations.png")
    if failures:
        plots.save(
            plots.plotRows(failures, heading="Taken for another digit", limits=(0, 1)), run.folder / "failures.png"
        )


def generator(lr: float, pixels: int, hidden: int = 2) -> MLP:
    """y = x + f(x), with so many convolutions before the last; small images may have more channels."""
    width, adam, leaky = 8 if pixels > 100 else 16, Adam(lr=lr, beta1=0.5), LeakyReLU(0.2)
    inner = [Conv2D(width, width, 3, leaky, adam, padding="same") for _ in range(hidden - 1)]
    first = Conv2D(1, width, 3, leaky, adam, padding="same")
    return MLP([Residual([first, *inner, Conv2D(width, 1, 3, None, adam, padding="same")])])


def discriminator(lr: float, dataset: Dataset) -> MLP:
    """Two convolutions in steps of two."""
    adam, leaky = Adam(lr=lr, beta1=0.5), LeakyReLU(0.2)
    side = dataset.imageShape[0] // 4
    first = Conv2D(1, 16, 4, leaky, adam, strides=2, padding="same")
    second = Conv2D(16, 32, 4, leaky, adam, strides=2, padding="same")
    return MLP([first, second, Flatten(), Dense(32 * side * side, 1, optimizer=adam)])


def classifier(dataset: Dataset) -> MLP:
    """The judge of a domain, which has learnt from its own images with their labels."""
    adam, side = Adam(lr=0.002), (dataset.imageShape[0] - 2) // 2
    layers = [Conv2D(1, 16, 3, ReLU(), adam), MaxPooling2D(2), Conv2D(16, 32, 3, ReLU(), adam), Flatten()]
    network = MLP([*layers, Dense(32 * (side - 2) ** 2, 10, Softmax(), adam)])
    epochs = max(3, 30_000 // dataset.train_size)
    network.train(dataset, CategoricalCrossEntropy(), epochs, metrics=[], schedule=Cosine(), progress=False)
    return network


def pairedNetworks(options: Namespace, dataset: Dataset, lr: float, epochs: int) -> list[MLP]:
    """Networks as the generators are, that learn from the images of the first domain and what becomes of them."""
    x = dataset.trainSet().inputs
    y = getattr(transformations, options.pair)(x)
    networks = []
    for source, target in ((x, y), (y, x)):
        network = generator(lr, dataset.inputDim)
        pairs = Dataset.fromArrays(source, target, test_size=0, batch_size=options.batch_size)
        network.train(pairs, MSE(), epochs, metrics=[], schedule=Cosine(), progress=False)
        networks.append(network)
    return networks


if __name__ == "__main__":
    runScript(main)
