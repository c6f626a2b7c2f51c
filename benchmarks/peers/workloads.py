"""The training steps that are timed: networks, initial parameters, data and noise, the same for all libraries."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from peers import convolutions, transformer
from peers.convolutions import Array, DenseLayer

PIXELS, CLASSES, NOISE = 784, 10, 100
SAMPLES = 10_000
SLOPE = 0.2  # of the leaky ReLU
SMOOTHING = 0.9  # label of the data for the GAN's discriminator
BETA2 = 0.999
EPSILON = 1e-12  # some libraries add it before the bias correction, some after: too small to tell


@dataclass(frozen=True)
class Workload:
    """One kind of training step.

    Attributes
    ----------
    kind : "classifier", "autoencoder", "vae" or "gan"; "conv-autoencoder", "conv-denoising",
        "conv-classifier" or "conv-dcgan"; "transformer".
    batch : samples in a mini-batch.
    hidden : numbers of hidden units: of the classifier and the autoencoder in order, of the VAE's encoder with the
        latent variables at the end, of the GAN's generator; of convolutions, the channels of the encoder, and of
        the classifier behind them the hidden units; of the DCGAN, those of the generator, then of the discriminator; of
        the Transformer, the features.
    lr, beta1 : of Adam.
    loss : "categorical", or "crossentropy" over every output.
    tolerance : relative difference of the losses that rounding may make within ten steps.
    """

    kind: str
    batch: int
    hidden: tuple[int, ...]
    lr: float
    beta1: float = 0.9
    loss: str = "crossentropy"
    tolerance: float = 1e-3

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.batch}" + ("-lecture" if self.kind == "classifier" and self.everyOutput else "")

    @property
    def everyOutput(self) -> bool:
        return self.loss == "crossentropy"

    @property
    def isConvolutional(self) -> bool:
        return self.kind.startswith("conv-")

    @property
    def isTransformer(self) -> bool:
        return self.kind == "transformer"

    @property
    def parts(self) -> dict[str, tuple[list[int], str, str]]:
        """By the network's name: its sizes, its hidden and its last activation. Decoding parts end in logits."""
        hidden = list(self.hidden)
        if self.kind == "classifier":
            return {"network": ([PIXELS, *hidden, CLASSES], "relu", "softmax")}
        if self.kind == "autoencoder":
            half = len(hidden) // 2 + 1
            sizes = [PIXELS, *hidden, PIXELS]
            return {"encoder": (sizes[: half + 1], "relu", "linear"), "decoder": (sizes[half:], "relu", "sigmoid")}
        if self.kind == "vae":
            *hidden, latent = hidden
            return {
                "encoder": ([PIXELS, *hidden], "relu", "relu"),
                "sampler": ([hidden[-1], 2 * latent], "relu", "linear"),
                "decoder": ([latent, *hidden[::-1], PIXELS], "relu", "sigmoid"),
            }
        return {
            "generator": ([NOISE, *hidden, PIXELS], "leakyrelu", "tanh"),
            "discriminator": ([PIXELS, *hidden[::-1], 1], "leakyrelu", "sigmoid"),
        }

    @property
    def isAdversarial(self) -> bool:
        return self.kind in ("gan", "conv-dcgan")

    def convolutional(self) -> dict[str, list[convolutions.Step]]:
        """The layers of all parts of a convolutional network."""
        return convolutions.networks(self.kind, self.hidden, CLASSES)

    def layers(self) -> dict[str, list[DenseLayer]]:
        """The initial parameters of all parts of the others: Glorot's uniform distribution, biases 0."""
        rng = np.random.default_rng(1)
        networks: dict[str, list[DenseLayer]] = {}
        for part, (sizes, inner, last) in self.parts.items():
            networks[part] = []
            for i, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
                weight = rng.random((outputs, inputs), dtype=np.float32)
                weight -= 0.5
                weight *= 2 * math.sqrt(6 / (inputs + outputs))
                activation = last if i == len(sizes) - 2 else inner
                networks[part].append(DenseLayer(weight, np.zeros(outputs, np.float32), activation))
        return networks

    def shapes(self, part: str) -> list[tuple[int, int]]:
        """(outputs, inputs) of the layers of a part."""
        sizes = self.parts[part][0]
        return [(outputs, inputs) for inputs, outputs in itertools.pairwise(sizes)]

    def numParameters(self) -> int:
        if self.isTransformer:
            return transformer.numParameters(*self.hidden)
        if self.isConvolutional:
            layers = (layer for part in self.convolutional().values() for layer in part if not isinstance(layer, str))
            return sum(convolutions.numParameters(layer) for layer in layers)
        return sum(outputs * (inputs + 1) for part in self.parts for outputs, inputs in self.shapes(part))

    def batches(self) -> Iterator[tuple[Array, Array]]:
        """Random images (N, pixels) with as few grey pixels as MNIST's, in [-1, 1] for the GAN, and classes (N,)."""
        for i in range(max(2, SAMPLES // self.batch)):
            rng = np.random.default_rng((0, i))
            images = rng.random((self.batch, PIXELS), dtype=np.float32)
            images *= rng.random(images.shape, dtype=np.float32) < 0.2
            if self.isAdversarial:
                images = 2 * images - 1
            yield images, rng.integers(0, CLASSES, self.batch)

    def texts(self) -> Iterator[tuple[Array, Array]]:
        """Of the Transformer: numbers of characters and of the next ones, (N, steps)."""
        return transformer.texts(self.batch)

    @property
    def noiseDim(self) -> int:
        """How many random numbers a step draws for a sample."""
        return {
            "vae": self.hidden[-1],
            "gan": NOISE,
            "conv-dcgan": convolutions.LATENT,
            "conv-denoising": PIXELS,
            "conv-classifier": self.hidden[-1],
        }.get(self.kind, 0)

    def noise(self, i: int) -> Array:
        """(N, noiseDim) normal random numbers for step i of the check."""
        return np.random.default_rng((2, i)).standard_normal((self.batch, self.noiseDim), dtype=np.float32)

    @property
    def bound(self) -> float:
        """Of the VAE's log-variance."""
        from leibnet.gaussian import BOUND

        return BOUND

    def widened(self, factor: int = 2) -> Workload:
        """The same with so many times as many hidden units."""
        return replace(self, hidden=tuple(factor * units for units in self.hidden))


def oneHot(classes: Array) -> Array:
    """(N, classes) float32."""
    return np.eye(CLASSES, dtype=np.float32)[classes]


def _all() -> Iterator[Workload]:
    for batch in (10, 50, 128):
        yield Workload("classifier", batch, (100, 50), 0.002, loss="categorical")
        if batch == 50:
            yield Workload("classifier", batch, (100, 50), 0.002)
    for batch in (50, 256):
        yield Workload("autoencoder", batch, (128, 32, 128), 0.001, tolerance=1e-4)
    for batch in (10, 50, 128):
        yield Workload("vae", batch, (256, 32), 0.001, tolerance=1e-4)
    for batch in (50, 128):
        yield Workload("gan", batch, (256, 512, 1024), 0.0002, beta1=0.5)
    for batch in (32, 128):
        yield Workload("conv-autoencoder", batch, (16, 8, 8), 0.001)
    for batch in (32, 128):
        yield Workload("conv-denoising", batch, (32, 32), 0.001)
    for batch in (64, 128):
        yield Workload("conv-classifier", batch, (32, 64, 128), 0.001, loss="categorical", tolerance=1e-2)
    yield Workload("conv-dcgan", 64, (48, 24, 16, 32, 64), 0.0002, beta1=0.5)
    yield Workload("transformer", 32, (128,), 0.001, loss="categorical")


WORKLOADS = {workload.name: workload for workload in _all()}
