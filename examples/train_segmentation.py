"""Trains SegNet to tell the class of every pixel of a scene: digits that lie over one another on textured ground.

    python examples/train_segmentation.py
    python examples/train_segmentation.py --unpooling upsampling --easy
    python examples/train_segmentation.py --dataset digits --class-weights median

The scenes are made from the images of a data set, of the small digits in a smaller size for a smaller network. Writes
metrics, pictures and the trained network to a run folder.
"""

from __future__ import annotations

from leibnet import seed

import numpy as np

from activations import ReLU, Softmax
from dataset import Dataset
from layers import BatchNormalization, Conv2D, Layer, MaxPooling2D, MaxUnpooling2D, UpSampling2D
from loss import CategoricalCrossEntropy
from nn import MLP, plots
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript
from optimizer import Adam, Cosine, WarmUp

METRICS = ["train_loss", "validation_loss", "train_accuracy", "validation_accuracy", "validation_mean_iou"]


def main() -> None:
    arguments = parser(__doc__, batchSize=16)
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 4, for the small digits 20)")
    arguments.add_argument(
        "--scenes", type=positiveInteger, help="scenes to learn (default: 12,000, small digits 2,000)"
    )
    arguments.add_argument("--easy", action="store_true", help="few digits, hardly overlapping, not equally bright")
    arguments.add_argument(
        "--unpooling",
        choices=["indices", "upsampling"],
        default="indices",
        help="enlarge by the places of the maxima, as SegNet does (default), or by repeating",
    )
    arguments.add_argument("--class-weights", choices=["median"], help="weights by median frequency (default: none)")
    options = arguments.parse_args()

    seed(options.seed)
    images = chooseDataset(options.dataset)
    options.dataset = images.name  # the digits in the scenes, which is what run.json shall say
    small = images.name == "digits"
    dataset = Dataset(
        "scenes",
        options.scenes or (2000 if small else 12_000),
        200 if small else 1000,
        options.batch_size,
        validation_size=100 if small else 300,
        classWeights=options.class_weights,
        of=images.name,
        side=40 if small else None,
        easy=options.easy,
    )
    print(dataset)
    # A smaller network takes larger steps.
    widths, optimizer = ((8, 16, 32), Adam(lr=0.005)) if small else ((16, 32, 64), Adam(lr=0.002, weightDecay=0.01))
    network = segnet(widths, len(dataset.classNames), options.unpooling, optimizer)
    with runOf(options, "segmentation", dataset) as run:
        train(network, dataset, options.epochs or (20 if small else 4), run)


def train(network: MLP, dataset: Dataset, epochs: int, run: Run) -> None:
    """Training, table and pictures."""
    print(network)
    history = network.train(
        dataset,
        loss=CategoricalCrossEntropy(),
        epochs=epochs,
        metrics=METRICS,
        schedule=WarmUp(0.1, Cosine()),
        **run.keeping(),
    )
    network.save(run.folder / "segmentation.safetensors")

    answers = network.evaluate(dataset, ["accuracy", "balanced_accuracy", "mean_iou"])
    print(
        f"Test scenes: pixel accuracy {answers['accuracy']:.2%}, class accuracy {answers['balanced_accuracy']:.2%}, "
        f"mean IoU {answers['mean_iou']:.3f}, after {history.seconds:.0f} s of training"
    )
    printClasses(network, dataset)

    inputs, labels = next(dataset.chunks("test", 8))
    figures = {
        "curves": plots.plotHistory(history),
        "scenes": plots.plotSegmentation(
            inputs, labels, network.predict(inputs), dataset.classNames, heading="Scenes of the test set"
        ),
    }
    for name, figure in figures.items():
        plots.save(figure, run.folder / f"{name}.png", dpi=150)
    print(f"Metrics, pictures and the trained network are in {run.folder}")


def segnet(widths: tuple[int, ...], classes: int, unpooling: str, optimizer: Adam) -> MLP:
    """Two convolutions at every size, once on the way down and once on the way up: Badrinarayanan et al. 2015."""

    def convolution(inputs: int, outputs: int) -> list[Layer]:
        convolved = Conv2D(inputs, outputs, 3, ReLU(), optimizer, padding="same")
        return [convolved, BatchNormalization(outputs, optimizer=optimizer)]

    pools = [MaxPooling2D(2) for _ in widths]
    down: list[Layer] = []
    up: list[Layer] = []
    for before, width, pool in zip((1, *widths), widths, pools, strict=False):
        down += [*convolution(before, width), *convolution(width, width), pool]
        enlarge = MaxUnpooling2D(pool) if unpooling == "indices" else UpSampling2D(2)
        # What leaves the last size has as many channels as the pooling layer before it.
        up = [enlarge, *convolution(width, width), *(convolution(width, before) if before > 1 else []), *up]
    return MLP([*down, *up, Conv2D(widths[0], classes, 3, Softmax(), optimizer, padding="same")])


def printClasses(network: MLP, dataset: Dataset) -> None:
    """A line for each class: its pixels, how many of them are found, and intersection over union."""
    classes = len(dataset.classNames)
    counts = np.zeros((classes, classes), int)
    for inputs, labels in dataset.chunks("test", 100):
        pairs = classes * labels.argmax(axis=0) + network.predict(inputs).argmax(axis=0)
        counts += np.bincount(pairs.ravel(), minlength=classes**2).reshape(classes, classes)
    right, true, said = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    print(f"{'class':<8}{'pixels':>8}{'found':>8}{'IoU':>7}")
    for name, pixels, hits, union in zip(dataset.classNames, true, right, true + said - right, strict=True):
        print(f"{name:<8}{pixels / true.sum():>8.1%}{hits / max(pixels, 1):>8.1%}{hits / max(union, 1):>7.3f}")


if __name__ == "__main__":
    runScript(main)
