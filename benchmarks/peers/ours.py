"""Leibnet itself."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from typing import Any

import leibnet
from leibnet.processor.threadcount import Threads

import numpy as np

from activations import Activation, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from dataset import Batch, Dataset, Vocabulary
from layers import (
    Activate,
    Attention,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Corrupt,
    Cropping2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    LayerNormalization,
    MaxPooling2D,
    PositionalEncoding,
    Reshape,
    Residual,
    Sampler,
    TimeDistributed,
    ZeroPadding2D,
)
from loss import CategoricalCrossEntropy, CrossEntropy
from nn import GAN, MLP, VAE, Autoencoder, LanguageModel
from nn.models.model import Model
from nn.training.step import StepContext
from optimizer import Adam
from peers import Step, convolutions, mnist, transformer
from peers.convolutions import SIDE, Array, DenseLayer
from peers.server import blasKernels
from peers.workloads import BETA2, EPSILON, SLOPE, SMOOTHING, Workload, oneHot

ACTIVATIONS = {
    "linear": Identity,
    "relu": ReLU,
    "leakyrelu": lambda: LeakyReLU(SLOPE),
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "softmax": Softmax,
}
LAYERS: dict[str, Callable[[], Layer]] = {
    convolutions.PAD: lambda: ZeroPadding2D(convolutions.BORDER),
    convolutions.CROP: lambda: Cropping2D(convolutions.BORDER),
    convolutions.POOLING: lambda: MaxPooling2D(convolutions.POOL),
    convolutions.FLATTEN: Flatten,
    convolutions.NOISE: lambda: Corrupt(convolutions.DEVIATION),
    convolutions.DROPOUT: lambda: Dropout(convolutions.LOST),
}
LOSSES = {
    "classifier": ("loss",),
    "autoencoder": ("loss",),
    "vae": ("loss",),
    "gan": ("discriminator_loss", "generator_loss"),
    "conv-autoencoder": ("loss",),
    "conv-denoising": ("loss",),
    "conv-classifier": ("loss",),
    "conv-dcgan": ("discriminator_loss", "generator_loss"),
    "transformer": ("loss",),
}


def make(workload: Workload) -> Step:
    model = _model(workload)
    batches = [_batch(workload, *one) for one in (workload.texts() if workload.isTransformer else workload.batches())]
    losses = LOSSES[workload.kind]
    context = StepContext(frozenset(losses), batchSize=workload.batch)
    leibnet.threads(int(os.environ["OPENBLAS_NUM_THREADS"]))  # does not choose: each number is timed by itself
    Threads(model.largestProduct(_dataset(batches[0]))).__enter__()

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        batch = batches[i % len(batches)]
        if check:
            with model.randomness(_Prepared(workload.noise(i).T)):
                values = model.step(batch, context)
        else:
            values = model.step(batch, context)
        return tuple(values[name] for name in losses)

    return step


def _batch(workload: Workload, images: Array, classes: Array) -> Batch:
    if workload.isTransformer:
        return Batch.of(images.T[:, np.newaxis].astype(np.float32), transformer.oneHot(classes))
    columns = images.T
    if workload.isConvolutional:
        columns = np.ascontiguousarray(columns.reshape(1, SIDE, SIDE, -1))
    return Batch.of(columns, np.ascontiguousarray(oneHot(classes).T))


class _Prepared(np.random.Generator):
    """Draws what is prepared."""

    def __init__(self, noise: Array) -> None:
        super().__init__(np.random.PCG64(0))
        self._noise = noise

    def standard_normal(self, size: Any = None, dtype: Any = None, out: Array | None = None) -> Array:
        if out is None:
            return self._noise.astype(dtype, order="C").reshape(size)
        out[...] = self._noise
        return out

    def random(self, size: Any = None, dtype: Any = None, out: Array | None = None) -> Array:  # type: ignore[override]
        return (self._noise > 0).astype(dtype).reshape(size)  # dropout keeps what is at least a half


def _dataset(batch: Batch) -> Dataset:
    """One of this batch alone."""
    return Dataset.fromArrays(batch.inputs, testInputs=batch.inputs, batch_size=batch.size)


def _model(workload: Workload) -> Model:
    adam = Adam(lr=workload.lr, beta1=workload.beta1, beta2=BETA2, epsilon=EPSILON)
    if workload.isConvolutional:
        model = _convolutional(workload, adam)
        model.astype(np.float32)
        return model
    if workload.isTransformer:
        model = _transformer(*workload.hidden, adam)
        model.astype(np.float32)
        return model
    layers = workload.layers()
    model: Model
    networks = {part: MLP([_dense(one, adam) for one in layers[part]]) for part in layers if part != "sampler"}
    if workload.kind == "classifier":
        model = networks["network"]
        model.loss = CrossEntropy() if workload.everyOutput else CategoricalCrossEntropy()
    elif workload.kind == "autoencoder":
        model = Autoencoder(**networks)
    elif workload.kind == "vae":
        initial = layers["sampler"][0]
        sampler = Sampler(initial.weight.shape[1], workload.noiseDim, adam)
        sampler.parameters["weight"][...] = initial.weight
        model = VAE(networks["encoder"], sampler, networks["decoder"])
    else:
        model = GAN(**networks, smoothing=SMOOTHING)
    model.astype(np.float32)
    return model


def _convolutional(workload: Workload, adam: Adam) -> Model:
    parts = workload.convolutional()
    networks = {part: MLP([layer for step in steps for layer in _layers(step, adam)]) for part, steps in parts.items()}
    if workload.isAdversarial:
        return GAN(**networks, smoothing=SMOOTHING)
    if workload.kind == "conv-classifier":
        networks["network"].loss = CategoricalCrossEntropy()
        return networks["network"]
    return Autoencoder(**networks, loss=CrossEntropy())


def _transformer(features: int, adam: Adam) -> Model:
    initial = transformer.network(features)

    def dense(weight: Array, activation: str) -> Dense:
        return _dense(DenseLayer(weight, np.zeros(len(weight), np.float32), activation), adam)

    def block(weights: transformer.Weights) -> list[Layer]:
        attention = Attention(features, transformer.HEADS, causal=True, optimizer=adam)
        attention.parameters["inputWeight"][...], attention.parameters["outputWeight"][...] = weights[:2]
        perceptron = TimeDistributed([dense(weights.up, "relu"), dense(weights.down, "linear")])
        parts = attention, perceptron
        return [Residual([LayerNormalization(features, optimizer=adam), part]) for part in parts]

    embedding = Embedding(transformer.VOCABULARY, features, adam)
    embedding.weight = initial.embedding
    inner = [layer for weights in initial.blocks for layer in block(weights)]
    head = TimeDistributed(dense(initial.head, "softmax"))
    layers = [embedding, PositionalEncoding(features, transformer.LENGTH), *inner]
    vocabulary = Vocabulary.characters("".join(map(chr, range(48, 48 + transformer.VOCABULARY))))
    return LanguageModel(vocabulary, [*layers, LayerNormalization(features, optimizer=adam), head])


def _layers(step: convolutions.Step, adam: Adam) -> list[Layer]:
    if isinstance(step, str):
        return [LAYERS[step]()]
    if isinstance(step, DenseLayer):
        return [_dense(step, adam)]
    if isinstance(step, convolutions.Normalization):
        shaped = [Reshape((step.features, step.side, step.side))] if step.side else []
        return [*shaped, BatchNormalization(step.features, optimizer=adam), Activate(ReLU())]
    outputs, inputs, size, _ = step.weight.shape
    kind, strides = (Conv2DTranspose, 2) if step.up else (Conv2D, step.step)
    activation, padding = ACTIVATIONS[step.activation](), "same" if step.same else "valid"
    layer = kind(inputs, outputs, size, activation, adam, strides, padding, "zeros")
    layer.weight = step.weight
    return [layer]


def _dense(initial: DenseLayer, adam: Adam) -> Dense:
    outputs, inputs = initial.weight.shape
    activation: Activation = ACTIVATIONS[initial.activation]()
    dense = Dense(inputs, outputs, activation, adam, "zeros")
    dense.weight = initial.weight
    return dense


def allocated(step: Step) -> int:
    """Bytes that one step allocates at most, once all buffers are there."""
    for i in range(3):
        step(i)
    tracemalloc.start()
    try:
        step(3)  # what is kept from one step to the next is counted before the next
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        step(4)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def kernels() -> str:
    """Those that OpenBLAS has taken."""
    return blasKernels()


def wholeJob(files: list[str]) -> dict[str, list[float]]:
    dataset = Dataset(name="mnist", train_size=60000, test_size=10000, batch_size=50)
    classifier = MLP()
    optimizer = Adam(learningRate=0.1)
    classifier.addLayer(Dense(inputDim=28 * 28, outputDim=100, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(inputDim=100, outputDim=50, activation=ReLU(), optimizer=optimizer))
    classifier.addLayer(Dense(inputDim=50, outputDim=10, activation=Softmax(), optimizer=optimizer))
    metrics = list(mnist.METRICS)
    history = classifier.train(dataset, loss=CrossEntropy(), epochs=10, metrics=metrics)
    return {name: [float(value) for value in history[name]] for name in metrics}
