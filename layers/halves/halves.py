"""A network that two threads compute, each with half of the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from leibnet.processor.threadcount import computing, oneEach, steered
from leibnet.processor.workers import together
from leibnet.ranks import current
from leibnet.types import Array

import numpy as np

from layers.chain import Chain
from layers.layer import Layer
from layers.learning import Learning
from layers.passes import EVERYTHING, Pass, Wanted

LEAST = 2**24  # multiplications in the largest product of a step; for less, the second thread comes too late


class Halves:
    """A chain that is computed in two halves in trainings on sequences, where there are two threads and much to do.

    No sample knows of another in layers that are `isSamplewise`: so each thread goes with its half of the samples
    through all layers, forward and back, with products of one thread. They meet twice in a step, where threads of BLAS
    meet in every product, and wait for each other while one of them does what is no product. The gradient of a
    parameter is the sum over both halves. So sums are rounded differently than by one thread, as those of BLAS are.

    Afterwards all is in the layers as if there had been one pass: the gradients of the parameters and, put together
    when it is asked for, whatever else a pass leaves.

    Parameters
    ----------
    chain : the network. Its own passes are never split; those here are where it pays.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def forward(self, x: Any, training: bool = True) -> Any:
        """That of the chain."""
        return self._ascend(self._chain.forward, x, training)

    def forwardLogits(self, x: Any, training: bool = True) -> Any:
        """That of the chain."""
        z = self._ascend(self._chain.forwardLogits, x, training)
        self._chain.now.z = z
        return z

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        """That of the chain."""
        return self._descend(self._chain.backward, dy, wanted)

    def backwardLogits(self, dz: Any, wanted: Wanted = EVERYTHING) -> Any:
        """That of the chain."""
        return self._descend(self._chain.backwardLogits, dz, wanted)

    def _ascend(self, forward: Callable[..., Any], x: Any, training: bool) -> Any:
        layers = [self._chain, *self._chain.parts()]
        if not (training and _can_be_split(x, layers) and _pays(x, self._chain)):
            return forward(x, training)
        for layer in layers:
            _split(layer, x.shape[-1])
        try:
            y = _in_halves(layers, lambda columns, _: forward(x[..., columns], training))
        except Exception:  # an error names the sample, which has its number among all of them
            return forward(x, training)
        _join(layers)
        return np.concatenate(y, axis=-1, out=self._chain.now.buffer("y of both", _shape(y), y[0]))

    def _descend(self, backward: Callable[..., Any], dy: Any, wanted: Wanted) -> Any:
        now = self._chain.now
        if not now.isSplit:
            return backward(dy, wanted)
        layers, z = [self._chain, *self._chain.parts()], now.z
        both = wanted, wanted._replace(add=False)
        dx = _in_halves(layers, lambda columns, half: backward(dy[..., columns], both[half]))
        _join(layers)
        now.z = z
        for layer in layers:
            if isinstance(layer, Learning) and layer.hasGradients and layer.now.halves is not None:
                layer.addGradients(layer.now.halves[1].block)
        return None if dx[0] is None else np.concatenate(dx, axis=-1, out=now.buffer("dx of both", _shape(dx), dx[0]))


def _can_be_split(x: Any, layers: Iterable[Layer]) -> bool:
    """Whether all of them compute each sample of x by itself, in passes that begin with nothing."""
    if type(x) is not np.ndarray or x.ndim != 3 or x.shape[-1] < 2 or current() is not None:
        return False
    for layer in layers:
        now = layer.now
        if not layer.says("isSamplewise") or layer.penalty is not None or now.isDual:
            return False
        if now.mask is not None or now.initial is not None or now.dfinal is not None:
            return False
    return True


def _pays(x: Array, chain: Chain) -> bool:
    """Whether there is much to do, and two threads: more than that, BLAS has alone."""
    return computing() == 2 and steered() and chain.multiplications(x.shape[:-1]) * x.shape[-1] >= LEAST


def _split(layer: Layer, samples: int) -> None:
    """Gives it a pass for each half; in the second, gradients have a place of their own."""
    now = layer.now
    if now.halves is None:
        now.halves = Pass(layer), Pass(layer)
    first, second = now.halves
    first.samples, second.samples = samples // 2, samples - samples // 2
    if isinstance(layer, Learning) and (second.block is None or second.block.vector is not layer.block.vector):
        second.block = layer.block.beside()


def _join(layers: Iterable[Layer]) -> None:
    for layer in layers:
        layer.now.join()


def _in_halves(layers: list[Layer], job: Callable[[slice, int], Any]) -> list[Any]:
    """What the job gives for the columns of each half, in passes of their own."""
    found: list[Any] = [None, None]
    passes = list(zip(*(layer.now.halves or () for layer in layers), strict=True))
    n = passes[0][0].samples

    def half(number: int) -> None:
        before = [layer.enter(now) for layer, now in zip(layers, passes[number], strict=True)]
        try:
            found[number] = job(slice(n, None) if number else slice(n), number)
        finally:
            for layer, now in zip(layers, before, strict=True):
                layer.enter(now)

    with oneEach():
        together([partial(half, 0), partial(half, 1)])
    return found


def _shape(parts: list[Array]) -> tuple[int, ...]:
    return *parts[0].shape[:-1], sum(part.shape[-1] for part in parts)
