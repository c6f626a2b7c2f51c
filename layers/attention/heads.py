"""What attention layers have in common: projections, heads, and which steps see which."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet import arguments, randomness
from leibnet.arrays import realNumbers
from leibnet.types import Array, Shape

import numpy as np

from layers.attention.scaledproduct import attended, attendedBackward
from layers.initializer import Initializer, initial
from layers.learning import Learning
from layers.passes import Pass, Wanted
from layers.penalties.penalty import Penalty
from layers.sequences.continuing import Continuing
from layers.sequences.steps import checkFeatures, maskOf
from layers.shapes import checkedMask
from optimizer import Optimizer

TOGETHER = 8  # steps that are turned at once: where many lie a power of 2 apart, they push each other out of the cache


class MultiHead(Learning, Continuing):
    """Attention with several heads. Base of `Attention`, in which a sequence looks at itself, and `CrossAttention`.

        [Q; K; V] = W x + b        O = V softmax(Kᵀ Q / √size)  for every head        y = W' O + b'

    A head has `size` = features / heads rows of Q, K and V. Q has a column for every step of x, K and V for every step
    that is looked at. Softmax is over the keys: a query shares out 1 among them. Vaswani et al. 2017, "Attention is all
    you need", arXiv:1706.03762.

    In the buffers the features stand first and the steps last, (features, N, steps): a projection is one product for
    all steps of all samples, and what a head needs of a sample is a view of it.

    Parameters
    ----------
    features : of a step, what comes in and goes out; a multiple of `heads`.
    heads : default 1.
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : name or function for the weights, see `layers.initializer`; default Glorot. Biases start at 0.
    rng : numpy.random.Generator or seed for the weights; default the library's own, which `nn.seed` sets.
    penalty : a `Penalty` on the outputs; default none.

    Attributes
    ----------
    inputWeight, inputBias : W (3 features, features) and b (3 features, 1): the rows of the queries, then those of the
        keys, then those of the values, as in PyTorch's `MultiheadAttention`.
    outputWeight, outputBias : W' (features, features) and b' (features, 1).
    states : the names of what is remembered, see `memory`: keys and values (steps, features, N), and where samples do
        not have all steps which they have, (steps, 1, N).
    """

    isEndless = False
    states: ClassVar[tuple[str, ...]] = ("keys", "values", "has")
    decays = frozenset({"inputWeight", "outputWeight"})

    def __init__(
        self,
        features: int,
        heads: int = 1,
        optimizer: Optimizer | None = None,
        initializer: str | Initializer | None = None,
        rng: np.random.Generator | int | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(optimizer, penalty)
        self.features = F = arguments.wholeNumber(self.name, "features", features)
        self.heads = arguments.wholeNumber(self.name, "heads", heads)
        if F % self.heads:
            expected = f"a divisor of {F}, the features"
            raise ValueError(arguments.refusal(self.name, "heads", expected, heads))
        source = arguments.randomGenerator(self.name, rng) or randomness.networks.generator
        kind = "glorot_uniform" if initializer is None else initializer
        query, key, value, output = (initial(self.name, kind, (F, F), F, F, source) for _ in range(4))
        self._create(
            inputWeight=np.concatenate((query, key, value)),
            inputBias=np.zeros((3 * F, 1)),
            outputWeight=output,
            outputBias=np.zeros((F, 1)),
        )

    @property
    def inputWeight(self) -> Array:
        """W, (3 features, features). Assigning copies the values into the existing array."""
        return self.block.values["inputWeight"]

    @inputWeight.setter
    def inputWeight(self, value: Any) -> None:
        self._assign("inputWeight", value)

    @property
    def inputBias(self) -> Array:
        """b, (3 features, 1). Assigning copies the values into the existing array."""
        return self.block.values["inputBias"]

    @inputBias.setter
    def inputBias(self, value: Any) -> None:
        self._assign("inputBias", value)

    @property
    def outputWeight(self) -> Array:
        """W', (features, features). Assigning copies the values into the existing array."""
        return self.block.values["outputWeight"]

    @outputWeight.setter
    def outputWeight(self, value: Any) -> None:
        self._assign("outputWeight", value)

    @property
    def outputBias(self) -> Array:
        """b', (features, 1). Assigning copies the values into the existing array."""
        return self.block.values["outputBias"]

    @outputBias.setter
    def outputBias(self, value: Any) -> None:
        self._assign("outputBias", value)

    @property
    def attentionWeights(self) -> Array:
        """P of the last forward pass, (heads, queries, keys, N): how much a step takes of each; a new array.

        A step that a sample does not have takes nothing.
        """
        now = self.passed()
        found = np.ascontiguousarray(now.whole("P", axis=1).transpose(0, 3, 2, 1))
        if now.has is not None:
            found *= now.has[:, np.newaxis]
        return found

    # What is remembered ----------------------------------------------------------------------------------------------

    def begin(self, **states: Any) -> None:
        """Says which keys and values there are before the first step, see `memory`; without arguments, none.

        Parameters
        ----------
        states : `keys` and `values`, (steps, features, N), and `has`, (steps, 1, N), where samples do not have all of
            them. No gradient goes into them.
        """
        self.now.initial = self._checkedStates(states) if states else None

    def _checkedStates(self, states: Mapping[str, Any]) -> dict[str, Array]:
        for name in states:
            arguments.choice(self.describe(), "every state", name, self.states)
        missing = [name for name in ("keys", "values") if name not in states]
        if missing:
            raise ValueError(arguments.refusal(self.describe(), "the states", "both keys and values", list(states)))
        found = {name: realNumbers(self.describe(), name, one, self.dtype).copy() for name, one in states.items()}
        keys = found["keys"].shape
        steps, samples = (keys[0], keys[2]) if len(keys) == 3 else ("steps", "N")
        for name, array in found.items():
            shape = steps, 1 if name == "has" else self.features, samples
            if array.shape != shape:
                expected = f"of shape ({', '.join(map(str, shape))})"
                raise ValueError(arguments.refusal(self.describe(), name, expected, array.shape))
        if "has" in found:
            checkedMask(self.describe(), found["has"][:, 0])
        return found

    @property
    def final(self) -> dict[str, Array]:
        """The keys and values of all steps so far, after the last forward pass; views of buffers."""
        return dict(self.passed().final or {})

    def _remembered(self, now: Pass, has: Array | None) -> dict[str, Array]:
        """What is remembered of this pass."""
        states = {"keys": np.moveaxis(now.k, -1, 0), "values": np.moveaxis(now.v, -1, 0)}
        return states if has is None else states | {"has": has[:, np.newaxis]}

    def _checkSamples(self, name: str, given: Array, samples: int) -> None:
        """ValueError if what was said before the pass is not of as many samples as x."""
        if given.shape[-1] != samples:
            expected = f"for {samples} samples, as many as the sequences are"
            raise ValueError(arguments.refusal(self.describe(), name, expected, given.shape[-1]))

    # Forward and backward --------------------------------------------------------------------------------------------

    def outputShape(self, inputShape: Shape) -> Shape:
        checkFeatures(self, inputShape, self.features)
        return inputShape

    def multiplications(self, inputShape: Shape) -> int:
        return inputShape[0] * self.inputWeight.size

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        T, F, N = x.shape
        now.has = maskOf(self, x)
        now.folded = self._fold(x, now.has, "folded", now)
        now.q, now.k, now.v, allowed = self._projected(now)
        now.o = o = now.buffer("o", (F, N, T))
        now.P = attended(self._split(now.q), self._split(now.k), self._split(now.v), allowed, now, self._split(o))
        y = np.matmul(self.outputWeight, o.reshape(F, N * T), out=now.buffer("product", (F, N * T)))
        y += self.outputBias
        return self._unfold(y, "y", now)

    @abstractmethod
    def _projected(self, now: Pass) -> tuple[Array, Array, Array, Array | None]:
        """Queries, keys and values, (features, N, steps), and which keys a query sees, see `attended`."""

    def _project(self, folded: Array, rows: slice, name: str, now: Pass) -> Array:
        """These rows of W x + b, (rows, N, steps)."""
        W, b = self.inputWeight[rows], self.inputBias[rows]
        F, N, T = folded.shape
        z = now.buffer(name, (len(W), N * T))
        np.matmul(W, folded.reshape(F, N * T), out=z)  # (rows, F) · (F, N · steps)
        z += b
        return z.reshape(len(W), N, T)

    def _descend(self, dy: Array, now: Pass, wanted: Wanted, dq: Array, dk: Array, dv: Array) -> None:
        """The gradients of the output projection; those with respect to queries, keys and values, in dq, dk and dv."""
        F, N, T = now.o.shape
        dz = self._fold(dy, now.has, "dy", now).reshape(F, N * T)
        if wanted.parameters:
            o = now.o.reshape(F, N * T)
            np.matmul(dz, o.T, out=self.block.gradients["outputWeight"])
            np.matmul(dz, now.ones(N * T), out=self.block.gradients["outputBias"])
        do = np.matmul(self.outputWeight.T, dz, out=now.buffer("do", (F, N * T))).reshape(F, N, T)
        q, k, v = map(self._split, (now.q, now.k, now.v))
        attendedBackward(self._split(do), q, k, v, now.P, now, *map(self._split, (dq, dk, dv)))

    def _ascend(self, dz: Array, folded: Array, rows: slice, name: str, now: Pass, wanted: Wanted) -> Array | None:
        """Gradients of these rows of the input projection; with respect to what it projected, (features, N, steps)."""
        F, N, T = folded.shape
        dz = dz.reshape(math.prod(dz.shape[:-2]), N * T)
        if wanted.parameters:
            np.matmul(dz, folded.reshape(F, N * T).T, out=self.block.gradients["inputWeight"][rows])
            np.matmul(dz, now.ones(N * T), out=self.block.gradients["inputBias"][rows])
        if not wanted.input:
            return None
        dx = np.matmul(self.inputWeight[rows].T, dz, out=now.buffer(name, (F, N * T)))
        return dx.reshape(F, N, T)

    # Shapes ----------------------------------------------------------------------------------------------------------

    def _split(self, rows: Array) -> Array:
        """(features, N, steps) as a matrix for every head of every sample, (heads, N, size, steps): a view."""
        F, N, T = rows.shape
        return rows.reshape(self.heads, F // self.heads, N, T).swapaxes(1, 2)

    def _fold(self, steps: Array, has: Array | None, name: str, now: Pass) -> Array:
        """(steps, features, N) as (features, N, steps), a copy; 0 at steps that a sample does not have."""
        T, F, N = steps.shape
        folded = now.buffer(name, (F, N, T))
        (now.kernel("foldStepsLast", steps) or _fold)(steps, folded)
        if has is not None:
            np.copyto(folded, 0, where=~has.T)  # whatever stands there, NaN as well
        return folded

    def _unfold(self, folded: Array, name: str, now: Pass) -> Array:
        """(features, N · steps) as (steps, features, N), a copy; 0 at steps that a sample does not have."""
        T, F, N = now.x.shape
        steps = now.buffer(name, (T, F, N))
        (now.kernel("unfoldStepsLast", folded) or _unfold)(folded.reshape(F, N, T), steps)
        if now.has is not None:
            np.copyto(steps, 0, where=~now.has[:, np.newaxis])
        return steps

    def __repr__(self) -> str:
        return f"{self.name} {self.features}, {self.heads} {'head' if self.heads == 1 else 'heads'}"


def _fold(steps: Array, folded: Array) -> None:
    for first in range(0, len(steps), TOGETHER):
        folded[..., first : first + TOGETHER] = steps[first : first + TOGETHER].transpose(1, 2, 0)


def _unfold(folded: Array, steps: Array) -> None:
    steps[...] = folded.transpose(2, 0, 1)
