"""Plain and residual networks of 20 layers with the same convolutions, data and number of updates."""

from __future__ import annotations

from figures.row import Another, Figure, Setting, row

from activations import ReLU, Softmax
from dataset import Dataset
from layers import Activate, BatchNormalization, Chain, Conv2D, Dense, GlobalAveragePooling2D, Layer, Residual
from loss import CategoricalCrossEntropy
from nn import MLP, seed
from optimizer import Adam, Cosine

MODEL = "20 layers, 8 to 32 channels, 1,000 images of each digit, eight epochs"
CLAIM = Another("depth", "plain", "plain; He et al. 2016 claim that residual is lower")


@row(
    [
        Figure("plain", MODEL, "training loss, plain", "nats", 4, "lower"),
        Figure("residual", MODEL, "training loss, residual", "nats", 4, "lower", CLAIM),
        Figure("plain accuracy", MODEL, "test accuracy, plain", "%", 2, "higher"),
        Figure(
            "residual accuracy", MODEL, "test accuracy, residual", "%", 2, "higher",
            Another("depth", "plain accuracy", "plain"),
        ),
    ],
    seconds=100,
)  # fmt: skip
def depth(now: Setting) -> dict[str, float]:
    """As in examples/compare_depth.py. The loss is that of the last epoch's mini-batches, before each update."""
    dataset = Dataset(now.images, batch_size=128, images=True)
    dataset = dataset.fewPerClass(1000 if now.images == "mnist" else 100, rng=0)
    found = {}
    for kind in ("plain", "residual"):
        seed(now.seed)
        model = _network(kind)
        history = model.train(
            dataset, CategoricalCrossEntropy(), now.epochs(8), ["train_loss"], schedule=Cosine(), progress=False
        )
        found[kind] = history["train_loss"][-1]
        found[f"{kind} accuracy"] = 100 * model.evaluate(dataset, ["accuracy"])["accuracy"]
    return found


def _network(kind: str) -> MLP:
    """One convolution, three groups of three pairs of them, a dense layer."""
    adam, channels = Adam(lr=0.003), 8
    layers = [*_convolution(1, 8, 3, 2, adam), Activate(ReLU())]
    for group in range(3):
        for pair in range(3):
            wider, step = 8 * 2**group, 2 if group and not pair else 1
            first = [*_convolution(channels, wider, 3, step, adam), Activate(ReLU())]
            inside: Layer = Chain([*first, *_convolution(wider, wider, 3, 1, adam)])
            if kind == "residual":
                beside = None if channels == wider else Chain(_convolution(channels, wider, 1, step, adam))
                inside = Residual(inside, beside)
            layers += [inside, Activate(ReLU())]
            channels = wider
    return MLP([*layers, GlobalAveragePooling2D(), Dense(channels, 10, Softmax(), adam)])


def _convolution(inputs: int, outputs: int, size: int, strides: int, adam: Adam) -> list[Layer]:
    same = {"strides": strides, "padding": "same", "initializer": "he_normal", "optimizer": adam}
    return [Conv2D(inputs, outputs, size, **same), BatchNormalization(outputs, optimizer=adam)]
