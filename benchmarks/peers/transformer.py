"""The Transformer that is timed: a language model of blocks as in GPT-2, with normalisation before each part."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from peers.convolutions import Array

LENGTH, VOCABULARY, BLOCKS, HEADS = 64, 65, 4, 4
WIDER = 4  # hidden units of a block's two dense layers, for every feature


class Weights(NamedTuple):
    """The initial weights of a block, (out, in), float32; biases are 0, scales 1."""

    input: Array  # of queries, keys and values
    output: Array
    up: Array
    down: Array


class Network(NamedTuple):
    """The initial weights of all."""

    embedding: Array  # (VOCABULARY, features)
    blocks: list[Weights]
    head: Array


def network(features: int) -> Network:
    """Weights that are normal, of variance 1/inputs; those of the embedding 0.02², as in GPT-2."""
    rng = np.random.default_rng(1)

    def weight(outputs: int, inputs: int) -> Array:
        return rng.standard_normal((outputs, inputs), dtype=np.float32) / np.float32(math.sqrt(inputs))

    def block() -> Weights:
        up, down = weight(WIDER * features, features), weight(features, WIDER * features)
        return Weights(weight(3 * features, features), weight(features, features), up, down)

    embedding = np.float32(0.02) * rng.standard_normal((VOCABULARY, features), dtype=np.float32)
    return Network(embedding, [block() for _ in range(BLOCKS)], weight(VOCABULARY, features))


def sinusoids(features: int) -> Array:
    """(LENGTH, features): P[t, 2i] = sin(t / 10000^(2i/F)), P[t, 2i + 1] the cosine; Vaswani et al. 2017."""
    angles = np.arange(LENGTH)[:, np.newaxis] / 10000 ** (np.arange(0, features, 2) / features)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(LENGTH, features).astype(np.float32)


def numParameters(features: int) -> int:
    """How many numbers it learns."""
    biases, scales = (4 + WIDER + 1) * features, 4 * features
    block = (4 + 2 * WIDER) * features**2 + biases + scales
    return 2 * VOCABULARY * features + BLOCKS * block + 2 * features + VOCABULARY


def texts(samples: int) -> Iterator[tuple[Array, Array]]:
    """Numbers of characters and of those that come next, (samples, LENGTH) both: random, some likelier than others."""
    for i in range(16):
        rng = np.random.default_rng((0, i))
        numbers = (VOCABULARY * rng.random((samples, LENGTH + 1)) ** 2).astype(np.int64)
        yield numbers[:, :-1], numbers[:, 1:]


def products(features: int, samples: int, array: Callable[..., Array]) -> Iterator[tuple[Array, Array, Array]]:
    """The factors and the result of every product of a step: of the dense layers, of all heads' attention."""
    columns, its = LENGTH * samples, network(features)
    for W in [weight for block in its.blocks for weight in block] + [its.head]:
        dz, x = array(len(W), columns), array(W.shape[1], columns)
        yield W, x, np.empty_like(dz)
        yield dz, x.T, np.empty_like(W)
        yield W.T, dz, np.empty_like(x)
    for _ in range(BLOCKS):
        wide = array(HEADS * samples, LENGTH, features // HEADS)
        scores = array(HEADS * samples, LENGTH, LENGTH)
        for _ in range(2):  # queries and keys, gradient and values
            yield wide, wide.transpose(0, 2, 1), np.empty_like(scores)
        for _ in range(4):  # scores and values; the gradients of queries, keys and values
            yield scores, wide, np.empty_like(wide)


def oneHot(classes: Array) -> Any:
    """(LENGTH, VOCABULARY, samples) float32 of (samples, LENGTH)."""
    return np.ascontiguousarray(np.moveaxis(np.eye(VOCABULARY, dtype=np.float32)[classes.T], -1, 1))
