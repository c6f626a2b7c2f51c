"""Where in a sequence a step stands."""

from __future__ import annotations

from typing import Any

from leibnet import arguments, randomness
from leibnet.arrays import realNumbers
from leibnet.types import Array, Shape

import numpy as np

from layers.initializer import initial
from layers.learning import Learning
from layers.passes import Pass, Wanted
from layers.sequences.continuing import Continuing
from layers.sequences.steps import checkFeatures
from optimizer import Optimizer


class PositionalEncoding(Learning, Continuing):
    """y_t = x_t + p_t: a vector for every position, without which attention knows no order.

    By default p is fixed, waves of which each is longer than the one before,

        p_t[2i] = sin(t / 10000^(2i / features))        p_t[2i + 1] = cos(t / 10000^(2i / features))

    so that p_{t + k} is a rotation of p_t, the same for all t. Or it is learnt, and starts as N(0, 1). Vaswani et al.
    2017, arXiv:1706.03762; the learnt one: Gehring et al. 2017, arXiv:1705.03122.

    Parameters
    ----------
    features : of a step.
    steps : how many positions there are; of waves, too, for a network does not know what to do with positions that it
        has not been trained on.
    learned : default False.
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    rng : numpy.random.Generator or seed for learnt ones; default the library's own, which `nn.seed` sets.

    Learnt ones are the parameter "positions", (steps, features). Such a layer goes on from stretch to stretch, see
    `memory`: the next one begins with the next position.

    Raises
    ------
    ValueError : in a pass, a sequence longer than the positions.

    Example
    -------
    >>> PositionalEncoding(2, steps=50).feedforward(np.zeros((3, 2, 1)))[:, :, 0].round(2)
    array([[ 0.  ,  1.  ],
           [ 0.84,  0.54],
           [ 0.91, -0.42]])
    """

    isEndless = False
    isSamplewise = True
    decays = frozenset()

    def __init__(
        self,
        features: int,
        steps: int,
        learned: bool = False,
        optimizer: Optimizer | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(optimizer)
        self.features = F = arguments.wholeNumber("PositionalEncoding", "features", features)
        self.steps = arguments.wholeNumber("PositionalEncoding", "steps", steps)
        self.learned = arguments.flag("PositionalEncoding", "learned", learned)
        if self.learned:
            source = arguments.randomGenerator("PositionalEncoding", rng) or randomness.networks.generator
            positions = initial("PositionalEncoding", "lecun_normal", (self.steps, F), 1, F, source)
            self._create(positions=positions)
        else:
            self._waves = waves(self.steps, F)

    @property
    def positions(self) -> Array:
        """p, (steps, features)."""
        return self.block.values["positions"] if self.learned else self._waves

    def begin(self, **states: Any) -> None:
        """Says at which position the next forward passes of this pass begin; without arguments, at 0.

        Parameters
        ----------
        states : `position`, (1, N), the same for all samples.
        """
        for name in states:
            arguments.choice(self.describe(), "every state", name, ["position"])
        if not states:
            self.now.initial = None
            return
        position = realNumbers(self.describe(), "the position", states["position"])
        same = position.size and np.isfinite(position).all() and (position == position.flat[0]).all()
        if not same or position.flat[0] != int(position.flat[0]) or position.flat[0] < 0:
            expected = "a whole number from 0 on, the same for all samples"
            raise ValueError(arguments.refusal(self.describe(), "the position", expected, states["position"]))
        self.now.initial = {"position": position.copy()}

    @property
    def final(self) -> dict[str, Array]:
        """The position after the last step of the last forward pass, (1, N)."""
        return dict(self.passed().final or {})

    def outputShape(self, inputShape: Shape) -> Shape:
        checkFeatures(self, inputShape, self.features)
        self._checkSteps(inputShape[0])
        return inputShape

    def _checkSteps(self, end: int) -> None:
        if end > self.steps:
            remedy = "give more steps when it is made, or shorter sequences"
            raise ValueError(
                arguments.refusal(
                    self.describe(), "sequences", f"at most {self.steps} steps, the positions", end, remedy
                )
            )

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        T, _, N = x.shape
        now.start = start = 0 if now.initial is None else int(now.initial["position"].flat[0])
        self._checkSteps(start + T)
        now.final = {"position": np.full((1, N), start + T)}
        here = self.positions[start : start + T, :, np.newaxis].astype(x.dtype, copy=False)
        return np.add(x, here, out=now.buffer("y", x.shape))

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        if wanted.parameters and self.learned:
            dp = self.block.gradients["positions"]
            dp[...] = 0
            np.sum(dy, axis=-1, out=dp[now.start : now.start + len(dy)])
        return dy if wanted.input else None

    def __repr__(self) -> str:
        return f"PositionalEncoding {self.features}, {self.steps} steps{', learned' * self.learned}"


def waves(steps: int, features: int) -> Array:
    """sin and cos in turn, (steps, features), each pair slower than the one before."""
    angles = np.arange(steps)[:, np.newaxis] / 10_000 ** (np.arange(0, features, 2) / features)
    found = np.empty((steps, features))
    found[:, ::2], found[:, 1::2] = np.sin(angles), np.cos(angles[:, : features // 2])
    return found
