"""What a classifier looks for: pictures by gradient that its units and classes like best (third lecture).

    python examples/see_units.py
    python examples/see_units.py --noise 0

A convolutional classifier learns with noise on its inputs, another one without. Then pictures are made of nothing, so
that the first is certain of a class (Simonyan et al. 2014) or a unit is as active as can be (Erhan et al. 2009): how
certain is the other network, which took no part? Beside them are pictures by that one, which learnt without noise, made
without jitter and smoothing, too: they look less like digits. Writes tables, pictures and the networks to a run folder.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from leibnet import seed

import numpy as np

from activations import LeakyReLU, Softmax
from dataset import Dataset
from layers import AveragePooling2D, Conv2D, Corrupt, Dense, Flatten, MaxPooling2D
from loss import CategoricalCrossEntropy
from nn import MLP, ClassScore, TotalVariation, UnitActivation, optimizeInput, plots
from nn.runs import Run, chooseDataset, nonNegativeNumber, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine

UNITS = 10  # of each convolution


def main() -> None:
    arguments = parser(__doc__, batchSize=100)
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 2, for the small digits 30)")
    arguments.add_argument("--noise", type=nonNegativeNumber, default=0.8, help="on the inputs (default: 0.8)")
    arguments.add_argument("--steps", type=positiveInteger, default=300, help="of each picture (default: 300)")
    arguments.add_argument("--smooth", type=nonNegativeNumber, default=0.5, help="total variation (default: 0.5)")
    options = arguments.parse_args()

    seed(options.seed)
    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, images=True)
    with runOf(options, "see-units", dataset, together=False) as run:
        classifier = trained(options, dataset, options.noise, run)
        other = trained(options, dataset, None, run)
        seeClasses(options, dataset, classifier, other, run)
        seeUnits(options, dataset, classifier, run)
        print(f"Pictures and the networks are in {run.folder}")


def trained(options: Namespace, dataset: Dataset, noise: float | None, run: Run) -> MLP:
    """A classifier that learnt with noise of this deviation; None: one of other windows and poolings, without."""
    side, small, adam, same = dataset.imageShape[0], dataset.name == "digits", Adam(lr=0.001), {"padding": "same"}
    size, pool = (3, MaxPooling2D) if noise is None else (5, AveragePooling2D)
    layers = [
        *([Corrupt(noise)] if noise else []),
        Conv2D(1, 16, size, LeakyReLU(0.1), adam, **same),
        pool(2),
        Conv2D(16, 32, 3, LeakyReLU(0.1), adam, **same),
        pool(2),
        Flatten(),
        Dense(32 * (side // 4) ** 2, 100, LeakyReLU(0.1), adam),
        Dense(100, dataset.labelDim, Softmax(), adam),
    ]
    name = "other" if noise is None else "classifier"
    file, keeping = run.folder / f"{name}.safetensors", run.keeping() if noise is not None else {}
    if run.resume and file.exists():
        return MLP.load(file)
    network = MLP(layers)
    loss, epochs = CategoricalCrossEntropy(), options.epochs or (30 if small else 2)
    metrics = ["train_loss", "test_accuracy"]
    history = network.train(dataset, loss, epochs, metrics, schedule=Cosine(), **keeping)
    print(f"Test accuracy of the {name}: {history['test_accuracy'][-1]:.2%}, {history.seconds:.0f} s", flush=True)
    network.save(file)
    return network


def made(options: Namespace, network: MLP, objectives: list[Any], count: int, start: float, **how: Any) -> Any:
    """Pictures of nothing but the objectives, all at once."""
    blank = np.full((*network.sampleShape, count), start)
    given = {"schedule": Cosine(), "jitter": max(1, blank.shape[1] // 14), "rng": options.seed, "progress": False}
    found = optimizeInput(network, objectives, blank, options.steps, **given | how)
    if found.isInterrupted:
        raise KeyboardInterrupt
    return found.picture


def seeClasses(options: Namespace, dataset: Dataset, classifier: MLP, other: MLP, run: Run) -> None:
    """A picture of every class, and how certain both networks are of it."""
    classes = dataset.labelDim
    objectives = [ClassScore(range(classes)), TotalVariation(options.smooth)]
    pictures = made(options, classifier, objectives, classes, 0.0)
    own, others = (np.diag(network.predict(pictures)) for network in (classifier, other))
    text = "Picture of  certainty of it  of the other network\n"
    for name, a, b in zip(dataset.classNames, own, others, strict=True):
        text += f"{name:<10}  {a:>15.2%}  {b:>20.2%}\n"
    text += f"At least 99 % and 90 %: {np.sum(own >= 0.99)} and {np.sum(others >= 0.9)} of {classes}"
    print(text)
    (run.folder / "classes.txt").write_text(text + "\n")
    x, labels = dataset.testSet()
    examples = x[..., [int(np.argmax(row)) for row in labels]]
    plain = made(options, other, objectives[:1], classes, 0.0, jitter=0)
    rows = {"of the test set": examples, "learnt with noise": pictures, "without noise,\njitter, smoothing": plain}
    heading = "What a classifier takes for each class"
    plots.save(
        plots.plotRows(rows, dataset.imageShape, heading, (0, 1), dataset.classNames), run.folder / "classes.png"
    )


def seeUnits(options: Namespace, dataset: Dataset, classifier: MLP, run: Run) -> None:
    """A picture for units of every layer that has some, from grey."""
    rows = {}
    for place, layer in enumerate(classifier.layers[:-1]):
        if isinstance(layer, (Conv2D, Dense)):
            objective = UnitActivation(place, range(UNITS), everywhere=False)
            name = f"{'channels' if isinstance(layer, Conv2D) else 'units'} of layers[{place}]"
            rows[name] = made(options, classifier, [objective, TotalVariation(0.02)], UNITS, 0.5, jitter=0)
    figure = plots.plotRows(rows, dataset.imageShape, "What units look for", (0, 1))
    plots.save(figure, run.folder / "units.png", dpi=150)


if __name__ == "__main__":
    runScript(main)
