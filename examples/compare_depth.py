"""A plain network of 20 layers beside a residual one, as He et al. compare them (2016, arXiv:1512.03385).

    python examples/compare_depth.py
    python examples/compare_depth.py --per-class 5000 --epochs 10 --seeds 0

Both have the same convolutions: one, then three groups of six with 8, 16 and 32 channels, each followed by batch
normalisation; the last layer is dense. The residual one adds what enters every pair of convolutions to what leaves it.
The paper claims that its training loss is lower; whether it is here, for every seed, is printed. Writes the curves as
one picture, and the metrics of each training to a folder of its own.
"""

from __future__ import annotations

from argparse import Namespace

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Activate, BatchNormalization, Chain, Conv2D, Dense, GlobalAveragePooling2D, Layer, Residual
from loss import CategoricalCrossEntropy
from nn import MLP, History, plots, seed
from nn.runs import Run, chooseDataset, parser, positiveInteger, runOf, runScript, seedNumber
from optimizer import Adam, Cosine

KINDS = ("plain", "residual")
PAIRS = 3  # of convolutions in a group: 1 + 3 groups · 3 pairs · 2 + 1 = 20 layers
METRICS = ["train_loss", "test_loss", "test_accuracy"]


def main() -> None:
    arguments = parser(__doc__, batchSize=128, resumes=False)
    arguments.add_argument(
        "--per-class",
        type=positiveInteger,
        help="training images of each class (default: 1000, of the small digits all)",
    )
    arguments.add_argument("--epochs", type=positiveInteger, help="epochs (default: 8, for the small digits 12)")
    arguments.add_argument("--seeds", type=seedNumber, nargs="+", help="several seeds (default: three from --seed on)")
    options = arguments.parse_args()

    dataset = chooseDataset(options.dataset, batch_size=options.batch_size, images=True)
    if (number := options.per_class or (None if dataset.name == "digits" else 1000)) is not None:
        try:
            dataset = dataset.fewPerClass(number, rng=0)
        except ValueError as error:  # there are not as many
            arguments.error(f"argument --per-class: {error}")
    with runOf(options, "depth", dataset) as run:
        compare(options, dataset, run)


def compare(options: Namespace, dataset: Dataset, run: Run) -> None:
    small, seeds = dataset.name == "digits", options.seeds or [options.seed + i for i in range(3)]
    epochs = options.epochs or (12 if small else 8)
    losses: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
    print(f"{'':<10} {'seed':>4} {'training loss':>13} {'test accuracy':>13}")
    for number in seeds:
        for kind in KINDS:
            seed(number)
            model = network(kind, strides=1 if small else 2)
            history: History = model.train(
                dataset,
                CategoricalCrossEntropy(),
                epochs,
                METRICS,
                schedule=Cosine(),
                folder=run.folder / f"{kind}-seed-{number}",
                communicator=run.communicator,
            )
            losses[kind].append(history["train_loss"])
            loss, accuracy = history["train_loss"][-1], history["test_accuracy"][-1]
            print(f"{kind:<10} {number:>4} {loss:>13.4f} {accuracy:>13.2%}", flush=True)

    ends = zip(losses["plain"], losses["residual"], strict=True)
    lower = sum(residual[-1] < plain[-1] for plain, residual in ends)
    print(f"The residual network has the lower training loss for {lower} of {len(seeds)} seeds")
    figure = plots.plotCurves(
        {kind: (range(1, epochs + 1), losses[kind]) for kind in KINDS},
        "epoch",
        "training loss",
        f"20 layers, {dataset.train_size:,} images of {dataset.name}, {len(seeds)} seeds and their mean",
        logarithmic=True,
    )
    plots.save(figure, run.folder / "depth.png", dpi=150)
    print(f"The curves are in {run.folder / 'depth.png'}")


def network(kind: str, strides: int) -> MLP:
    """The paper's network for CIFAR-10 with half the channels; the first convolution reduces larger images."""
    adam = Adam(lr=0.003)
    layers = [*convolution(1, 8, 3, strides, adam), Activate(ReLU())]
    channels = 8
    for group in range(3):
        for pair in range(PAIRS):
            wider, step = 8 * 2**group, 2 if group and not pair else 1
            inside = Chain(
                [
                    *convolution(channels, wider, 3, step, adam),
                    Activate(ReLU()),
                    *convolution(wider, wider, 3, 1, adam),
                ]
            )
            layers += [residual(inside, channels, wider, step, adam) if kind == "residual" else inside]
            layers += [Activate(ReLU())]
            channels = wider
    return MLP([*layers, GlobalAveragePooling2D(), Dense(channels, 10, Softmax(), adam)])


def residual(inside: Chain, channels: int, wider: int, strides: int, adam: Adam) -> Residual:
    """x + f(x); where f changes the shape, x goes through a convolution of 1 x 1."""
    return Residual(inside, None if channels == wider else Chain(convolution(channels, wider, 1, strides, adam)))


def convolution(inputs: int, outputs: int, size: int, strides: int, adam: Adam) -> list[Layer]:
    convolving = Conv2D(inputs, outputs, size, optimizer=adam, strides=strides, padding="same", initializer="he_normal")
    return [convolving, BatchNormalization(outputs, optimizer=adam)]


if __name__ == "__main__":
    runScript(main)
