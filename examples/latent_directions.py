"""Directions in the codes of a VAE or a GAN: more slant, thicker strokes, and nothing else if it goes well.

    python examples/latent_directions.py
    python examples/latent_directions.py --model gan --dataset digits

Attributes are measured in the pictures: ink, thickness, slant, width, height. Directions are found from them, by the
difference of means and by a linear classifier, also with those of the other attributes projected out; and without them,
by the principal components of the generator's first features (GANSpace). For each, on codes of its own: how much the
wanted attribute changes, how little the others do, and whether a classifier still sees the same digit. Writes the
table, a sheet of pictures and the trained network to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from leibnet import seed

import numpy as np

from activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Dataset
from layers import Dense, Sampler
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import (
    GAN,
    MLP,
    VAE,
    DirectionQuality,
    attributeDirection,
    conditionalDirection,
    directionQuality,
    imageAttributes,
    plots,
    principalDirections,
)
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

RANGES = {"vae": (0.0, 1.0), "gan": (-1.0, 1.0)}  # of the pixels: Sigmoid and Tanh
WANTED = ("slant", "thickness")
STEPS = (-3, -2, -1, 0, 1, 2, 3)  # of the sheet
COMPONENTS = 10
SCORED = 2000  # codes

Measure = Callable[[Any], dict[str, Any]]


def main() -> None:
    arguments = parser(__doc__, batchSize=128)
    arguments.add_argument("--model", choices=[*RANGES], default="vae", help="default: vae")
    arguments.add_argument("--epochs", type=positiveInteger, help="default: 10, for the small digits 100")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, valueRange=RANGES[options.model])
    with runOf(options, f"directions-{options.model}", dataset) as run:
        explore(options, dataset, run)


def explore(options: Namespace, dataset: Dataset, run: Run) -> None:
    small = dataset.name == "digits"
    epochs = options.epochs or (100 if small else 10)

    def measure(images: Any) -> dict[str, Any]:
        return imageAttributes(images, dataset.imageShape, RANGES[options.model])

    if options.model == "vae":
        vae = trainedVae(dataset, small, epochs, run)
        decode, decoder = vae.decode, vae.decoder
        codes, attributes = vae.encode(dataset.trainSet()[0])[0], measure(dataset.trainSet()[0])
        others = vae.encode(dataset.testSet()[0])[0][:, :SCORED]
        draws = np.random.default_rng(options.seed).standard_normal((len(codes), 10_000))
    else:
        gan = trainedGan(dataset, small, epochs, run)
        decode, decoder = gan.generator.predict, gan.generator
        codes, others = gan.noise(10_000, rng=options.seed), gan.noise(SCORED, rng=options.seed + 1)
        draws, attributes = codes, measure(decode(codes))
    classifier = trainedClassifier(dataset)

    principal = principalDirections(decoder, draws, min(COMPONENTS, len(draws)))
    found = directions(codes, attributes, decode, principal, measure)
    qualities = {
        (wanted, way): directionQuality(
            decode, others, direction, measure, wanted, classify=lambda x: classifier.predict(x).argmax(axis=0)
        )
        for (wanted, way), direction in found.items()
    }
    text = table(qualities)
    print(text)
    (run.folder / "directions.txt").write_text(text + "\n")
    rows = sheet(found, qualities, principal, decode, others[:, :1])
    heading = f"One code of the {options.model.upper()}, moved along directions"
    titles = [f"{step:+d}" if step else "0" for step in STEPS]
    plots.save(plots.plotRows(rows, dataset.imageShape, heading, titles=titles), run.folder / "directions.png")
    print(f"The table, the sheet and the trained network are in {run.folder}")


def trainedVae(dataset: Dataset, small: bool, epochs: int, run: Run) -> VAE:
    hidden, latent, inputs = 100 if small else 400, 10 if small else 20, dataset.inputDim
    adam, loss = (
        Adam(lr=0.003),
        MSE(variance=0.05) if small else CrossEntropy(),
    )  # the small ones' greys are no probabilities
    encoder, sampler = MLP([Dense(inputs, hidden, ReLU(), adam)]), Sampler(hidden, latent, adam)
    decoder = MLP([Dense(latent, hidden, ReLU(), adam), Dense(hidden, inputs, Sigmoid(), adam)])
    vae = VAE(encoder, sampler, decoder, loss)
    vae.train(dataset, epochs=epochs, metrics=["train_loss", "test_loss"], schedule=Cosine(), **run.keeping())
    vae.save(run.folder / "vae.safetensors")
    return vae


def trainedGan(dataset: Dataset, small: bool, epochs: int, run: Run) -> GAN:
    """The networks of train_gan.py."""
    noise, first, second, third = (32, 64, 128, 256) if small else (100, 256, 512, 1024)
    adam, decaying = (Adam(lr=0.0004, beta1=0.5, weightDecay=decay) for decay in (0, 2))
    generator = MLP(
        [
            Dense(noise, first, LeakyReLU(0.2), adam),
            Dense(first, second, LeakyReLU(0.2), adam),
            Dense(second, third, LeakyReLU(0.2), adam),
            Dense(third, dataset.inputDim, Tanh(), adam),
        ]
    )
    discriminator = MLP(
        [
            Dense(dataset.inputDim, third, LeakyReLU(0.2), decaying),
            Dense(third, second, LeakyReLU(0.2), decaying),
            Dense(second, first, LeakyReLU(0.2), decaying),
            Dense(first, 1, Sigmoid(), decaying),
        ]
    )
    gan = GAN(generator, discriminator)
    gan.train(dataset, epochs=epochs, schedule=Cosine(), **run.keeping())
    gan.save(run.folder / "gan.safetensors")
    return gan


def trainedClassifier(dataset: Dataset) -> MLP:
    """Which sees whether a picture is still of its class."""
    many = dataset.train_size > 10_000
    adam = Adam(lr=0.001 if many else 0.004)
    classifier = MLP([Dense(dataset.inputDim, 256, ReLU(), adam), Dense(256, dataset.labelDim, Softmax(), adam)])
    classifier.train(dataset, CategoricalCrossEntropy(), 3 if many else 20, metrics=[], schedule=Cosine())
    print(f"Classifier: test accuracy {classifier.evaluate(dataset)['accuracy']:.2%}")
    return classifier


def directions(
    codes: Any, attributes: Mapping[str, Any], decode: Callable[[Any], Any], principal: Any, measure: Measure
) -> dict[tuple[str, str], Any]:
    """For each attribute that is wanted, a direction by each way; all from these codes."""
    normals = {name: attributeDirection(codes, values) for name, values in attributes.items()}
    some, found = codes[:, :SCORED], {}
    changes = [directionQuality(decode, some, one, measure).changes for one in principal.T]
    for wanted in WANTED:
        rest = np.concatenate([normal for name, normal in normals.items() if name != wanted], axis=1)
        strongest = int(np.argmax([abs(change[wanted]) for change in changes]))
        sign = np.sign(changes[strongest][wanted]) or 1.0
        found |= {
            (wanted, "means"): attributeDirection(codes, attributes[wanted], "means"),
            (wanted, "classifier"): normals[wanted],
            (wanted, "conditional"): conditionalDirection(normals[wanted], rest),
            (wanted, f"component {strongest + 1}"): sign * principal[:, [strongest]],
        }
    return found


def table(qualities: Mapping[tuple[str, str], DirectionQuality]) -> str:
    """A line for each direction."""
    lines = ["wanted     way             strength  purity  corrected  class kept"]
    for (wanted, way), one in qualities.items():
        figures = f"{one.strength:>8.2f}  {one.purity:>6.1%}  {one.correctedPurity:>9.1%}  {one.classKept:>10.1%}"
        lines.append(f"{wanted:<9}  {way:<14}  {figures}")
    lines += [
        "strength   change of the wanted attribute for a step of 1, in its deviations among pictures",
        "purity     its share in the changes of all five; corrected, without what goes with it anyway",
        "class kept pictures that a classifier takes for the same class after the step, both ways",
    ]
    return "\n".join(lines)


def sheet(
    found: Mapping[tuple[str, str], Any],
    qualities: Mapping[tuple[str, str], DirectionQuality],
    principal: Any,
    decode: Callable[[Any], Any],
    code: Any,
) -> dict[str, dict[str, Any]]:
    """Pictures of one code in steps along every direction."""

    def moved(direction: Any) -> Any:
        return decode((code + direction * np.array(STEPS)).astype(code.dtype))

    rows: dict[str, dict[str, Any]] = {}
    for (wanted, way), direction in found.items():
        one = qualities[wanted, way]
        label = f"{way}: {one.strength:+.2f}, purity {one.purity:.0%}"
        rows.setdefault(f"More {wanted}", {})[label] = moved(direction)
    components = {f"component {place + 1}": moved(principal[:, [place]]) for place in range(min(4, principal.shape[1]))}
    return rows | {"Without attributes: components of the first features": components}


if __name__ == "__main__":
    runScript(main)
