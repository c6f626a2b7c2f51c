"""Layers whose outputs are to change little with their inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from leibnet import arguments
from leibnet.arrays import standardNormal
from leibnet.types import Array, Shape

import numpy as np

from layers.chain import Chain
from layers.codes.noisysigmoid import NoisySigmoid
from layers.composite import Composite
from layers.layer import Layer
from layers.passes import Pass, Wanted
from layers.penalties.stochasticcontraction import StochasticContraction
from layers.stochastic.corrupt import Corrupt
from layers.stochastic.dropout import Dropout
from layers.stochastic.sampler import Sampler

DRAWING = Corrupt, Dropout, NoisySigmoid, Sampler


class Contracting(Composite):
    """y = f(x) of several layers, with the penalty λ ‖∂f/∂x‖²_F, estimated from a small change of x in training.

        λ/σ² ‖f(x + σv) - f(x)‖²,        v ~ N(0, I), drawn anew for every sample of every batch

    Its gradient goes through both passes, which are one, of twice as many samples. So a deep encoder is contractive as
    one layer is by the penalty `Contractive`, whose closed form it does not have (Rifai et al. 2011, "Higher order
    contractive auto-encoder", for the idea of drawing). In a prediction and in an evaluation nothing is drawn, and the
    term is 0. A BatchNormalization inside sees both halves as one batch. A layer that draws, such as `Dropout`, stands
    outside: it would draw differently for the two.

    Parameters
    ----------
    chain : f, a `Chain` or a list of layers.
    weight : λ ≥ 0; default 0.1.
    deviation : σ > 0, small beside the data; default 0.01.
    rng : numpy.random.Generator or seed for v; default the library's own, which `nn.seed` sets.

    Example
    -------
    >>> from activations import Sigmoid
    >>> from layers import Dense
    >>> encoder = Contracting([Dense(784, 100, Sigmoid()), Dense(100, 30, Sigmoid())], weight=0.1)
    """

    nested: ClassVar[Mapping[str, Any]] = {"chain": Layer}

    def __init__(
        self,
        chain: Chain | Iterable[Layer],
        weight: float = 0.1,
        deviation: float = 0.01,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__()
        if isinstance(chain, Layer) and not isinstance(chain, Chain):
            raise TypeError("Contracting: expected a list of layers, got one layer; write Contracting([...])")
        self.chain = chain if isinstance(chain, Chain) else Chain(chain)
        if not self.chain.layers:
            raise ValueError("Contracting: expected a chain with layers, got an empty one; give [Dense(...), ...]")
        drawing = [layer for layer in self.chain.parts() if isinstance(layer, DRAWING)]
        if drawing:
            expected, remedy = "one whose layers draw nothing", "put it before or behind"
            raise ValueError(arguments.refusal("Contracting", "chain", expected, drawing[0], remedy))
        weight = arguments.number("Contracting", "weight", weight, low=0)
        deviation = arguments.number("Contracting", "deviation", deviation, low=0, excluding="low")
        self.penalty: StochasticContraction = StochasticContraction(weight, deviation)
        self.rng = arguments.randomGenerator("Contracting", rng)
        self._settle()

    weight = property(lambda self: self.penalty.weight, doc="The weight of the penalty.")
    deviation = property(lambda self: self.penalty.deviation, doc="The standard deviation of the penalty's draws.")

    def children(self) -> dict[str, Layer]:
        return {"chain": self.chain}

    @property
    def inputShape(self) -> Shape | None:  # type: ignore[override]
        """The shape of one sample; None where any will do."""
        return self.chain.inputShape

    def outputShape(self, inputShape: Shape) -> Shape:
        return self.chain.outputShape(inputShape)

    def multiplications(self, inputShape: Shape) -> int:
        return 2 * self.chain.multiplications(inputShape)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        now.difference = None
        if not training or not self.weight:
            return self.chain.forward(x, training)
        samples = x.shape[-1]
        both = now.buffer("both", (*x.shape[:-1], 2 * samples))
        both[..., :samples] = x
        both[..., samples:] = x + self.deviation * standardNormal(self.generator(), x.shape, x)
        y = self.chain.forward(both, training)
        now.difference = y[..., samples:] - y[..., :samples]
        return y[..., :samples].copy()

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if now.difference is None:
            return self.chain.backward(dy, wanted)
        samples = dy.shape[-1]
        both = now.buffer("dboth", (*dy.shape[:-1], 2 * samples))
        both[..., :samples], both[..., samples:] = dy, 0
        if wanted.parameters:
            change = self.penalty.gradient(now)
            both[..., :samples] -= change
            both[..., samples:] += change
        dx = self.chain.backward(both, wanted)
        return None if dx is None else dx[..., :samples] + dx[..., samples:]

    def __repr__(self) -> str:
        return f"Contracting ({', '.join(map(repr, self.chain.layers))}), {self.weight:g}"
