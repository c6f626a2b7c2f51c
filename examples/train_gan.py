"""Trains a GAN: the first lecture's, noise - 256 - 512 - 1024 - image against its mirror image, or a DCGAN.

    python examples/train_gan.py
    python examples/train_gan.py --network dcgan
    python examples/train_gan.py --network dcgan --generator-loss hinge --constraint "spectral normalisation"
    python examples/train_gan.py --generator-loss wasserstein --constraint "gradient penalty"
    python examples/train_gan.py --dataset ring --packing 4

A DCGAN (Radford et al. 2015, arXiv:1511.06434) draws its images by transposed convolutions in steps of 2, and looks at
them by convolutions in such steps. Its discriminator normalises samples and data apart, or has a --constraint.

Writes metrics, samples, a film of the training and the trained networks to a run folder, and says what the samples are
worth: how many classes they cover and how far they are from the data, beside two controls. After --resume, the film has
the epochs since then.
"""

from __future__ import annotations

import math
import time
from argparse import Namespace
from collections.abc import Callable

from leibnet import seed

import numpy as np

from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import (
    Activate,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Layer,
    Reshape,
    SpectralNormalization,
)
from loss import CategoricalCrossEntropy
from nn import (
    GAN,
    MLP,
    GradientPenalty,
    History,
    SampleJudge,
    SampleQuality,
    WeightClipping,
    modeCoverage,
    plots,
)
from nn.runs import IMAGES, Run, chooseDataset, parser, positiveInteger, positiveNumber, runOf, runScript
from optimizer import Adam, Cosine

PLANE = {"ring": 0.01, "grid": 0.05}  # the standard deviation of each Gaussian
GENTLE = {"ring": 0.002, "grid": 0.015}  # weight of a penalty that draws D's slopes towards 0, and keeps G moving
CLEAR = 0.5  # share of samples near a mode
CLASSIFYING = "non-saturating", "minimax"  # the losses for a D that ends in a Sigmoid, with a label of the data
LOSSES = [*CLASSIFYING, "least squares", "wasserstein", "hinge"]
NORMALISED = "spectral normalisation"
CONSTRAINTS = {"none": None, "clipping": WeightClipping(), "gradient penalty": GradientPenalty(), NORMALISED: None}
METRICS = [*GAN.metrics, "train_diversity"]
EXPLAINED = """\
What the judge says of samples:
    classes    how many make up at least a tenth of their share
    KL         divergence of the samples' classes from the data's: 0 where they are as frequent
    Frechet    distance between samples and test set in the judge's eyes: the less, the better
    certainty  the judge's largest output, on average: how clearly a sample belongs to a class
                classes  KL, nats     Frechet    certainty"""


def main() -> None:
    arguments = parser(__doc__, batchSize=None, datasets=(*IMAGES, *PLANE))
    arguments.add_argument("--network", choices=["mlp", "dcgan"], default="mlp", help="of images (default: mlp)")
    arguments.add_argument("--epochs", type=positiveInteger, help="default: 5, digits 100, ring 80, grid 180")
    arguments.add_argument(
        "--lr", type=positiveNumber, help="step of Adam (default: 0.0004, dcgan 0.001, ring, grid 0.003)"
    )
    arguments.add_argument("--generator-loss", choices=LOSSES, default="non-saturating")
    arguments.add_argument(
        "--constraint", choices=CONSTRAINTS, help="on D's slopes (default: none; ring and grid towards 0)"
    )
    arguments.add_argument("--critic-steps", type=positiveInteger, help="D's to one of G (default: 1, wasserstein 5)")
    arguments.add_argument(
        "--averaging", type=float, help="decay of G's average (default: 0, none; dcgan, ring and grid 0.999)"
    )
    arguments.add_argument("--packing", type=positiveInteger, default=1, help="samples that D judges together")
    arguments.add_argument("--smoothing", type=float, help="label of the data (default: 0.9, ring and grid 1)")
    arguments.add_argument("--instance-noise", type=float, help="on all D sees (default: 0)")
    options = arguments.parse_args()
    if options.smoothing is not None and not 0.5 < options.smoothing <= 1:
        arguments.error(f"argument --smoothing: expected a number above 0.5 and up to 1, got {options.smoothing}")
    if options.smoothing is not None and options.generator_loss not in CLASSIFYING:
        arguments.error(f"argument --smoothing: {options.generator_loss} has no such label; omit it")
    if options.instance_noise is not None and not 0 <= options.instance_noise < np.inf:
        arguments.error(f"argument --instance-noise: expected a number from 0 on, got {options.instance_noise}")
    if options.averaging is not None and not 0 <= options.averaging < 1:
        arguments.error(f"argument --averaging: expected a number from 0 to below 1, got {options.averaging}")
    if options.generator_loss == "wasserstein" and options.constraint in (None, "none"):
        arguments.error(
            f"argument --generator-loss: wasserstein needs a --constraint, one of {', '.join([*CONSTRAINTS][1:])}"
        )
    if options.network == "dcgan" and options.dataset in PLANE:
        arguments.error(f"argument --network: dcgan is for images, {options.dataset} has points; omit it")

    seed(options.seed)
    images = options.network == "dcgan"
    if options.dataset in PLANE:
        train, dataset = plane, chooseDataset(options.dataset, batch_size=options.batch_size or 128)
    else:
        batch = options.batch_size or (64 if images else 128)
        train, dataset = pictures, chooseDataset(options.dataset, batch_size=batch, images=images, valueRange=(-1, 1))
    with runOf(options, "gan", dataset) as run:
        train(options, dataset, run)


def pictures(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Images: what the game of two networks comes to, by the eyes of a classifier."""
    judge = trainedJudge(dataset)
    print(EXPLAINED)
    for name, quality in judge.controls().items():
        print(row(name, quality))

    small = dataset.name == "digits"
    make = convolutional if options.network == "dcgan" else dense
    gan = game(options, *make(options, dataset), averaging=0.999 * (make is convolutional))
    generator = gan.averaged or gan.generator
    print(gan)

    epochs = options.epochs or (100 if small else 5)
    noise, sheets, start = gan.noise(50), {}, time.perf_counter()

    def entry(index: int, value: float) -> None:
        """After every epoch: what the same noise gives now, and ten times in all what the samples are worth."""
        epoch = index // dataset.train_size
        sheets[epoch] = generator.predict(noise)
        if epoch % max(1, epochs // 10) == 0 or epoch == epochs:
            left = (time.perf_counter() - start) / len(sheets) * (epochs - epoch)
            print(row(f"epoch {epoch}", judge.judge(gan.sample(2000, rng=0))), f" {left:>5.0f} s left", flush=True)

    history = trained(gan, dataset, epochs, entry, run)
    sheets[epochs] = generator.predict(noise)  # also where --resume found nothing left to do
    spaced = np.geomspace if epochs > 20 else np.linspace  # of a long training, more from its beginning
    chosen = sorted({round(k) for k in spaced(min(sheets), epochs, min(len(sheets), 5))})
    rows = {f"epoch {epoch}": sheets[epoch][..., :8] for epoch in chosen}
    quality = judge.judge(gan.sample(max(2000, dataset.test_size), rng=0))
    heading = f"What the same noise becomes; in the end, Fréchet distance {quality.frechet:.1f}"
    plots.save(plots.plotRows(rows, dataset.imageShape, heading, (-1, 1)), run.folder / "epochs.png")
    heading = f"Samples after {epochs} epochs: {quality.covered} of {len(quality.shares)} classes, Fréchet distance"
    samples = plots.plotImages(sheets[epochs], dataset.imageShape, heading=f"{heading} {quality.frechet:.1f}")
    plots.save(samples, run.folder / "samples.png")
    film = list(sheets.items())[:: -max(1, -(-epochs // 60))][::-1]
    plots.saveAnimation(
        [sheet for _, sheet in film],
        dataset.imageShape,
        run.folder / "training.gif",
        titles=[f"epoch {epoch}" for epoch, _ in film],
        limits=(-1, 1),
    )
    report(gan, history.last)
    shares = ", ".join(f"{name} {share:.0%}" for name, share in zip(dataset.classNames, quality.shares, strict=True))
    print(f"Samples by class: {shares}")
    print(row("samples", quality), f" after {history.seconds:.0f} s of training")
    if quality.covered < len(quality.shares):
        print("The generator leaves classes out: try another seed, --instance-noise 0.2, or a smaller --lr")
    print(f"Metrics, pictures, the film and the trained networks are in {run.folder}")


def game(
    options: Namespace,
    generator: MLP,
    discriminator: MLP,
    averaging: float,
    smoothing: float = 0.9,
    constraint: GradientPenalty | None = None,
) -> GAN:
    """The game of these two that is asked for; the others are the defaults of a game with cross-entropy."""
    classifying = options.generator_loss in CLASSIFYING
    if options.constraint is not None or not classifying:
        constraint = CONSTRAINTS.get(options.constraint)
    return GAN(
        generator,
        discriminator,
        options.smoothing or (smoothing if classifying else 1.0),
        options.generator_loss,
        options.instance_noise or 0.0,
        constraint=constraint,
        criticSteps=options.critic_steps or (5 if options.generator_loss == "wasserstein" else 1),
        averaging=(averaging if options.averaging is None else options.averaging) or None,
        packing=options.packing,
    )


def held(options: Namespace, layer: Layer) -> Layer:
    """A layer of the discriminator, by itself or normalised."""
    return SpectralNormalization(layer) if options.constraint == NORMALISED else layer


def judging(options: Namespace, inputs: int, adam: Adam) -> Dense:
    """The discriminator's last layer."""
    return Dense(inputs, 1, Sigmoid() if options.generator_loss in CLASSIFYING else None, adam)


def optimizers(options: Namespace, lr: float, share: float) -> tuple[Adam, Adam]:
    """Of the generator and of the discriminator, with this share of the rate, which shall not learn data by heart."""
    lr, held = options.lr or lr, options.constraint not in (None, "none")
    return Adam(lr=lr, beta1=0.5), Adam(lr=share * lr, beta1=0.5, weightDecay=0 if held else 2)


def dense(options: Namespace, dataset: Dataset) -> tuple[MLP, MLP]:
    """The lecture's networks; for the small digits, smaller ones."""
    noise_dim, first, second, third = (32, 64, 128, 256) if dataset.name == "digits" else (100, 256, 512, 1024)
    adam, decaying = optimizers(options, lr=0.0004, share=1)
    generator = MLP()
    generator.addLayer(Dense(noise_dim, first, LeakyReLU(0.2), adam))
    generator.addLayer(Dense(first, second, LeakyReLU(0.2), adam))
    generator.addLayer(Dense(second, third, LeakyReLU(0.2), adam))
    generator.addLayer(Dense(third, dataset.inputDim, Tanh(), adam))
    discriminator = MLP()
    discriminator.addLayer(held(options, Dense(options.packing * dataset.inputDim, third, LeakyReLU(0.2), decaying)))
    discriminator.addLayer(held(options, Dense(third, second, LeakyReLU(0.2), decaying)))
    discriminator.addLayer(held(options, Dense(second, first, LeakyReLU(0.2), decaying)))
    discriminator.addLayer(held(options, judging(options, first, decaying)))
    return generator, discriminator


def convolutional(options: Namespace, dataset: Dataset) -> tuple[MLP, MLP]:
    """DCGAN: two steps up from a quarter of the height and width to images, and three down.

    Two convolutions see a stroke, and not yet a digit: with two alone, strokes of MNIST stand in the wrong places.
    """
    noise_dim = 32 if dataset.name == "digits" else 100
    channels, height, width = dataset.sampleShape
    small = 48, height // 4, width // 4
    adam, decaying = optimizers(options, lr=0.001, share=0.5)
    generator = MLP()
    generator.addLayer(Dense(noise_dim, 48 * small[1] * small[2], optimizer=adam))
    generator.addLayer(Reshape(small))
    generator.addLayer(BatchNormalization(48, optimizer=adam))
    generator.addLayer(Activate(ReLU()))
    generator.addLayer(Conv2DTranspose(48, 24, 4, None, adam, strides=2, padding="same"))
    generator.addLayer(BatchNormalization(24, optimizer=adam))
    generator.addLayer(Activate(ReLU()))
    generator.addLayer(Conv2DTranspose(24, channels, 4, Tanh(), adam, strides=2, padding="same"))
    discriminator, free = MLP(), options.constraint in (None, "none")
    for inputs, outputs in ((options.packing * channels, 16), (16, 32), (32, 64)):
        discriminator.addLayer(held(options, Conv2D(inputs, outputs, 4, None, decaying, strides=2, padding="same")))
        if free and outputs > 16:  # not where the constraint is one of each sample by itself
            discriminator.addLayer(BatchNormalization(outputs, optimizer=decaying))
        discriminator.addLayer(Activate(LeakyReLU(0.2)))
    discriminator.addLayer(Flatten())
    numbers = math.prod(discriminator.chain.outputShape((options.packing * channels, height, width)))
    discriminator.addLayer(held(options, judging(options, numbers, decaying)))
    return generator, discriminator


def trained(gan: GAN, dataset: Dataset, epochs: int, entry: Callable[[int, float], None], run: Run) -> History:
    """Trains the GAN, `entry` being called after every epoch; saves it and draws its curves."""
    of_wasserstein = ["train_wasserstein"] if gan.generatorLoss == "wasserstein" else []
    history = gan.train(
        dataset,
        epochs=epochs,
        metrics=METRICS + of_wasserstein,
        schedule=Cosine(),
        callbacks={"train_generator_loss": entry},
        **run.keeping(),
    )
    gan.save(run.folder / "gan.safetensors")
    panels = {
        "Loss": {"discriminator_loss": "D", "generator_loss": "G"},
        "D is right": {"real_accuracy": "about data", "fake_accuracy": "about samples"},
        "Variance of the samples over the data's": "diversity",
    }
    of_D, of_G = undecided(gan)
    references = {
        "Loss": {f"{of_D:.2f}: D cannot tell": of_D, f"{of_G:.2f}: G's loss then": of_G},
        "D is right": {"50%: D cannot tell": 0.5},
        "Variance of the samples over the data's": {"1: as in the data": 1.0},
    }
    if of_wasserstein:
        panels["Wasserstein distance, as D estimates it"] = "wasserstein"
        references["Loss"] = {"0: D cannot tell": 0.0}
    curves = plots.plotHistory(history, panels=panels, references=references)
    plots.save(curves, run.folder / "curves.png")
    return history


def undecided(gan: GAN) -> tuple[float, float]:
    """The losses of D and G where D cannot tell samples from data."""
    output = gan.adversarial.undecided
    z = np.full((1, 2), np.log(output / (1 - output)) if gan.adversarial.link else output)
    return gan.adversarial.critic(z, fakes=1)[0], gan.adversarial.generator(z)[0]


def row(name: str, quality: SampleQuality) -> str:
    """A line of the table that EXPLAINED begins."""
    covered = f"{quality.covered} of {len(quality.shares)}"
    return f"{name:<14}{covered:>9}{quality.divergence:>10.3f}{quality.frechet:>12.2f}{quality.certainty:>13.1%}"


def trainedJudge(dataset: Dataset) -> SampleJudge:
    """A classifier of our own for the classes of the samples."""
    adam = Adam(lr=0.001 if dataset.train_size > 10_000 else 0.004)
    classifier = MLP()
    classifier.addLayer(Flatten())
    classifier.addLayer(Dense(dataset.inputDim, 256, ReLU(), adam))
    classifier.addLayer(Dense(256, 64, ReLU(), adam))
    classifier.addLayer(Dense(64, dataset.labelDim, Softmax(), adam))
    epochs = 5 if dataset.train_size > 10_000 else 20
    classifier.train(dataset, CategoricalCrossEntropy(), epochs, metrics=[], schedule=Cosine())
    print(f"The judge, a classifier, is right about {classifier.evaluate(dataset)['accuracy']:.2%} of the test set")
    return SampleJudge(classifier, dataset)


def report(gan: GAN, last: dict[str, float]) -> None:
    """Is this loss normal?"""
    of_D, of_G = undecided(gan)
    losses = f"Loss of D {last['train_discriminator_loss']:.2f}, of G {last['train_generator_loss']:.2f}"
    if gan.generatorLoss == "wasserstein":
        print(f"{losses}: D's is to rise to 0, that of G says nothing by itself")
    else:
        print(f"{losses}: {of_D:.2f} and {of_G:.2f} where D cannot tell; to stay near that is normal")
    right = f"{last['train_real_accuracy']:.0%} of the data and {last['train_fake_accuracy']:.0%} of the samples"
    print(f"D is right about {right}: 50% where it cannot tell")
    print("Near 100% of both, G would have nothing to learn from")
    print(f"The samples' variance is {last['train_diversity']:.0%} of the data's: near 0%, G has collapsed")


def plane(options: Namespace, dataset: Dataset, run: Run) -> None:
    """Points in the plane: which Gaussians of a mixture does the generator find?"""
    deviation, gentle = PLANE[dataset.name], GradientPenalty(GENTLE[dataset.name], target=0)
    hidden, epochs = (5, 80) if dataset.name == "ring" else (6, 180)
    adam = Adam(lr=options.lr or 0.003, beta1=0.5)
    generator, discriminator = MLP([Dense(2, 64, ReLU(), adam)]), MLP()
    discriminator.addLayer(held(options, Dense(2 * options.packing, 64, ReLU(), adam)))
    for _ in range(hidden - 1):
        generator.addLayer(Dense(64, 64, ReLU(), adam))
        discriminator.addLayer(held(options, Dense(64, 64, ReLU(), adam)))
    generator.addLayer(Dense(64, 2, optimizer=adam))
    discriminator.addLayer(held(options, judging(options, 64, adam)))
    gan = game(options, generator, discriminator, averaging=0.999, smoothing=1.0, constraint=gentle)
    generator = gan.averaged or generator
    print(gan)

    epochs = options.epochs or epochs
    noise, frames = gan.noise(2000), {}

    def entry(index: int, value: float) -> None:
        epoch = index // dataset.train_size
        frames[epoch] = generator.predict(noise)
        if epoch % max(1, epochs // 10) == 0:
            print(f"epoch {epoch:>3}: {modeCoverage(frames[epoch], dataset.centres, deviation)}", flush=True)

    history = trained(gan, dataset, epochs, entry, run)
    frames[epochs] = generator.predict(noise)
    data, found = dataset.testSet()[0], modeCoverage(gan.sample(10_000, rng=0), dataset.centres, deviation)
    title = f"samples: {found.covered} of {found.modes} modes, {found.good:.0%} near one"
    plots.save(plots.plotPoints({"data": data, title: frames[epochs]}, dataset.centres), run.folder / "samples.png")
    film = list(frames.items())[:: -max(1, -(-epochs // 100))][::-1]
    plots.savePointsAnimation(
        [points for _, points in film],
        run.folder / "training.gif",
        data=data,
        centres=dataset.centres,
        titles=[f"epoch {epoch}" for epoch, _ in film],
    )
    report(gan, history.last)
    print(f"Samples: {found}")
    print("A mode is covered by a fifth of its share of good samples")
    if found.good < CLEAR:
        print(f"{1 - found.good:.0%} of the samples are fog between the modes: train for more epochs")
    if found.covered < found.modes:
        print("The generator leaves modes out: try another seed, or --packing 4")
    print(f"Metrics, pictures, the film and the trained networks are in {run.folder}")


if __name__ == "__main__":
    runScript(main)
