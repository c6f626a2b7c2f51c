"""Pre-training, layer by layer: networks of Sigmoid layers with and without it, and the best of them fine-tuned.

Rates, widths, epochs and the share of dropout were chosen by the last 10,000 training images of MNIST.
"""

from __future__ import annotations

from figures.row import Another, Figure, Setting, row

from activations import Sigmoid, Softmax
from dataset import Dataset, Masking
from layers import Corrupt, Dense, Dropout, Layer
from loss import CategoricalCrossEntropy
from nn import MLP, pretrain
from optimizer import SGD, Adam, Cosine, Optimizer
from rows.energy import falling

DROPOUT = {"units": 0.3, "pixels": 0.1}
DEPTHS = range(1, 6)
MODEL = "1 to 5 hidden layers of 300 sigmoids, plain SGD, eight epochs"
WAYS = {"with": "pre-trained (denoising, five epochs a layer)", "without": "not pre-trained"}


@row(
    [
        Figure(
            f"{way}, {depth}", MODEL, f"test error, {depth} hidden, {text}", "%", 2, "lower",
            Another("depthPretrained", f"without, {depth}", "without pre-training") if way == "with" else "",
        )
        for depth in DEPTHS
        for way, text in WAYS.items()
    ],
    seconds=200,
)  # fmt: skip
def depthPretrained(now: Setting) -> dict[str, float]:
    """The picture of Erhan et al. 2010, "Why does unsupervised pre-training help deep learning?", figure 1.

    Greedy training does not look ahead: the layers of the deepest network are, in part, those of the others. One rate
    for all: of .1 and .5 the one that is better for the networks without pre-training.
    """
    dataset, images = Dataset(now.images, batch_size=20), Dataset(now.images, batch_size=100)
    rising = _hidden(dataset, 300, max(DEPTHS), SGD(lr=0.5))
    pretrain(MLP(rising), images, "denoising", now.epochs(5), optimizer=Adam(lr=0.001), progress=False)
    found = {}
    for depth in DEPTHS:
        for way in WAYS:
            network = _classifier(_hidden(dataset, 300, depth, SGD(lr=0.5)), dataset)
            if way == "with":
                for layer, trained in zip(network.layers[:-1], rising, strict=False):
                    layer.weight, layer.bias = trained.weight, trained.bias
            network.train(dataset, CategoricalCrossEntropy(), now.epochs(8), metrics=[], watch=False)
            found[f"{way}, {depth}"] = _error(network, dataset)
    return found


TUNED = "784-700-700-700-10, fine-tuned with dropout of .3 and, of pixels, .1, 30 epochs"
VINCENT = "Vincent et al. 2010, as quoted in the project's plan"
HINTON = "Hinton et al. 2006, as quoted in the project's plan"


@row(
    [Figure("error", f"stacked denoising autoencoders {TUNED}", "test error", "%", 2, "lower", "1.28", VINCENT)],
    seconds=250,
)
def stackedDenoising(now: Setting) -> dict[str, float]:
    dataset, way = Dataset(now.images, batch_size=100), Adam(lr=0.001)
    network = _regularised(dataset)
    pretrain(network, dataset, "denoising", now.epochs(5), optimizer=way, schedule=Cosine(), progress=False)
    return {"error": _finetuned(network, dataset, now)}


@row(
    [Figure("error", f"deep belief network {TUNED}", "test error", "%", 2, "lower", "1.25", HINTON)],
    seconds=250,
)
def beliefNetwork(now: Setting) -> dict[str, float]:
    """By CD-1, the machines above the first on draws of the units below."""
    dataset = Dataset(now.images, batch_size=100)
    network = _regularised(dataset)
    pretrain(network, dataset, "rbm", now.epochs(5), optimizer=SGD(lr=0.1), schedule=falling, progress=False)
    return {"error": _finetuned(network, dataset, now)}


def _regularised(dataset: Dataset) -> MLP:
    """Three hidden layers of 700. On 50,000 images, the validation error of the stacked autoencoders was 1.51 %.

    Three layers of 500, with less dropout and 25 epochs, had 1.72 %, pre-trained by machines 1.52 %.
    """
    lost = Corrupt(Masking(DROPOUT["pixels"], value=0.0))
    return _classifier([lost, *_hidden(dataset, 700, 3, Adam(lr=0.001), DROPOUT["units"])], dataset)


def _finetuned(network: MLP, dataset: Dataset, now: Setting) -> float:
    """The test error, in per cent."""
    network.train(dataset, CategoricalCrossEntropy(), now.epochs(30), metrics=[], schedule=Cosine(), progress=False)
    return _error(network, dataset)


def _hidden(dataset: Dataset, width: int, depth: int, optimizer: Optimizer, dropout: float = 0.0) -> list[Layer]:
    layers: list[Layer] = []
    for place in range(depth):
        layers.append(Dense(width if place else dataset.inputDim, width, Sigmoid(), optimizer))
        if dropout:
            layers.append(Dropout(dropout))
    return layers


def _classifier(hidden: list[Layer], dataset: Dataset) -> MLP:
    last = hidden[-1] if isinstance(hidden[-1], Dense) else hidden[-2]
    return MLP([*hidden, Dense(last.outputDim, dataset.labelDim, Softmax(), last.optimizer)])


def _error(network: MLP, dataset: Dataset) -> float:
    return 100 - 100 * network.evaluate(dataset, ["accuracy"])["accuracy"]
