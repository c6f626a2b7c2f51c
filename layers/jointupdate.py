"""One update for several layers.

An operation on the ten biases of a small layer takes as long as one on a thousand numbers, and Adam needs ten. Where
the parameters of the layers lie behind one another in memory (`parameters.pack`) and their optimizers would do the
same, one update moves all of them, to the bit as each would have done. A second thread helps with large ones.

Here the ranks of a training on several processes, see `leibnet.ranks`, put their gradients together, too: every network
of every model is updated here, and in one operation for all its layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any

from leibnet.processor.threadcount import helping
from leibnet.processor.workers import together
from leibnet.ranks import Share, current
from leibnet.types import Array

import numpy as np

from layers.learning import Learning
from layers.parameters import shared
from optimizer import Optimizer

SHARED = 6  # parts of an update from which on a second thread helps


class Updates:
    """The updates of a network's layers, together where that is the same."""

    def __init__(self) -> None:
        self._joint: JointUpdate | None = None
        self._packed = np.empty(0)

    def make(
        self,
        layers: Sequence[Learning],
        timeStep: int | None = None,
        factor: float = 1.0,
        batchSize: int | None = None,
    ) -> None:
        """One update of layers that learn, see `Optimizer.update`; `clipNorm` is for the norm of all together."""
        if (share := current()) is not None:
            self._sum(layers, share)
        norm = None
        for layer in layers:
            if layer.optimizer.clipNorm is not None:
                norm = math.hypot(*(layer.gradientNorm() for layer in layers))
                break
        parts = self._parts(layers, timeStep, factor, norm, batchSize)
        if len(parts) >= SHARED and helping():
            together(parts)
        else:
            for part in parts:
                part()

    def _parts(
        self,
        layers: Sequence[Learning],
        timeStep: int | None,
        factor: float,
        norm: float | None,
        batchSize: int | None,
    ) -> list[Callable[[], None]]:
        if self._joint is None or not self._joint.isCurrent(layers):
            self._joint = JointUpdate.of(layers)
        if self._joint is None or not all(layer.hasGradients for layer in layers):
            return [part for layer in layers for part in layer.updateParts(timeStep, factor, norm, batchSize)]
        batchSize = layers[0].input.shape[-1] if batchSize is None else batchSize
        return self._joint.parts(batchSize, timeStep, factor, norm)

    def _sum(self, layers: Sequence[Learning], share: Share) -> None:
        """The gradients, of the means over this rank's samples, become those of the mean over all."""
        both, vectors = shared(layer.block for layer in layers), [layer.gradientVector for layer in layers]
        if len(vectors) == 1 or both is not None:
            share.ranks.sum(vectors[0] if both is None else both[1], share.weight)
        elif vectors:
            size = sum(map(len, vectors))
            if self._packed.size != size or self._packed.dtype != vectors[0].dtype:
                self._packed = np.empty_like(vectors[0], shape=size)
            np.concatenate(vectors, out=self._packed)
            share.ranks.sum(self._packed, share.weight)
            for vector, (start, stop) in zip(vectors, pairwise(accumulate(map(len, vectors), initial=0)), strict=True):
                vector[...] = self._packed[start:stop]

    def __reduce__(self) -> tuple[type[Updates], tuple[()]]:
        return Updates, ()  # the parameters of a copy lie elsewhere


class JointUpdate:
    """Layers whose optimizers have equal settings, and whose parameters lie behind one another.

    The optimizers keep their own state, as views of one.

    Parameters
    ----------
    layers : the layers.
    whole : parameters and gradients of all, of which those of the layers are views, in their order.
    """

    def __init__(self, layers: Sequence[Learning], whole: tuple[Array, Array]) -> None:
        self._whole = whole
        self._members = [(layer.optimizer, layer.block.vector) for layer in layers]
        optimizers = [layer.optimizer for layer in layers]
        self._leader = optimizers[0].clone()
        self._settings = itemgetter(*self._leader.settings())  # of the attributes themselves, past their checks
        self._leader.t = optimizers[0].t
        bounds = list(pairwise(accumulate((layer.numParameters() for layer in layers), initial=0)))
        self._decaying = [
            slice(start + stretch.start, start + stretch.stop)
            for layer, (start, _) in zip(layers, bounds, strict=True)
            for stretch in layer.block.stretches(layer.decays)
        ]
        for name in self._leader.stateNames:
            states = [optimizer.state.get(name, np.zeros_like(vector)) for optimizer, vector in self._members]
            joined = self._leader.state[name] = np.concatenate(states).astype(whole[0].dtype, copy=False)
            for optimizer, (start, stop) in zip(optimizers, bounds, strict=True):
                optimizer.state[name] = joined[start:stop]
        self._views = [dict(optimizer.state) for optimizer in optimizers]

    @staticmethod
    def of(layers: Sequence[Learning]) -> JointUpdate | None:
        """One for these layers, if that is possible."""
        whole = shared(layer.block for layer in layers)
        if whole is None or not sameSettings([layer.optimizer for layer in layers]):
            return None
        return JointUpdate(layers, whole)

    def isCurrent(self, layers: Sequence[Learning]) -> bool:
        """Whether these are the layers, and still have equal settings, and parameters and state here."""
        if len(layers) != len(self._members):
            return False
        settings = self._settings(vars(self._leader))
        for layer, (optimizer, vector), views in zip(layers, self._members, self._views, strict=True):
            mine = layer.optimizer
            if mine is not optimizer or layer.block.vector is not vector or self._settings(vars(mine)) != settings:
                return False
            for name, view in views.items():
                if mine.state.get(name) is not view:
                    return False
        return True

    def parts(
        self,
        batchSize: int,
        timeStep: int | None = None,
        factor: float = 1.0,
        norm: float | None = None,
    ) -> list[Callable[[], None]]:
        """`Optimizer.parts` of all layers."""
        parts = self._leader.parts(*self._whole, batchSize, timeStep, factor, norm, self._decaying)
        for optimizer, _ in self._members:
            optimizer.t = self._leader.t
        return parts


def sameSettings(optimizers: Sequence[Optimizer]) -> bool:
    """Whether the optimizers would do the same: the same algorithm, settings and number of updates.

    Only algorithms that say of themselves (`joins`) that their `_step` changes nothing but parameters and state: one of
    the user's own may do what it likes.
    """
    if not optimizers:
        return False
    first, *others = optimizers
    if not vars(type(first)).get("joins", False):
        return False
    settings: dict[str, Any] = first.settings()
    return all(type(one) is type(first) and one.settings() == settings for one in others)
