"""A decoder with the weights of its encoder."""

from __future__ import annotations

from collections.abc import Mapping

from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from layers.activated import Activated
from layers.affine import HasBias
from layers.dense import Dense
from layers.layer import Layer
from layers.learning import Backward
from layers.passes import Pass, Wanted
from layers.penalties.penalty import Penalty
from layers.referring import Referring
from layers.shapes import wrongShape
from optimizer import Optimizer


class TiedDense(Referring, HasBias, Activated):
    """y = f(Wᵀ x + b), with the W of a `Dense` layer before it in the same network, and a bias of its own.

    The two share one array, which is counted once and updated once, by the optimizer of the `Dense`: its gradient is
    the sum of both, also where the bias is frozen. Where that layer is frozen, so is W. Third lecture, tied weights;
    Vincent et al. 2010.

    Parameters
    ----------
    dense : the `Dense`; or its place as messages and files give it, such as "layers[0]".
    activation, optimizer, penalty : as for `Dense`; the optimizer moves the bias.

    Example
    -------
    >>> from activations import Sigmoid
    >>> from layers import Chain, Dense
    >>> down = Dense(784, 30)
    >>> network = Chain([down, TiedDense(down, Sigmoid())])
    >>> network.numParameters() == 784 * 30 + 30 + 784
    True
    """

    biased = True
    reference, referent = "dense", Dense

    def __init__(
        self,
        dense: Dense | str,
        activation: Activation | None = None,
        optimizer: Optimizer | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(activation, optimizer, penalty)
        self._point(dense)
        self._size()

    @property
    def dense(self) -> Dense | str:
        """The layer whose weight it shares, or its place where it is in no network yet."""
        return self.referred

    def refer(self, layers: Mapping[str, Layer]) -> None:
        super().refer(layers)
        self._size()

    def _size(self) -> None:
        """Makes the bias as soon as the layer is there that says how many numbers it has."""
        if isinstance(self.dense, Dense) and not self.block.values:
            self._create(bias=np.zeros((self.dense.inputDim, 1)))

    @property
    def inputShape(self) -> Shape | None:  # type: ignore[override]
        """The shape of one sample: as many features as the other layer has outputs; None where it is not there yet."""
        return (self.dense.outputDim,) if isinstance(self.dense, Dense) else None

    def outputShape(self, inputShape: Shape) -> Shape:
        dense: Dense = self._found()
        if inputShape != (dense.outputDim,):
            raise ValueError(f"{self.describe()}: {wrongShape((dense.outputDim,), (*inputShape, 'N'))}")
        return (dense.inputDim,)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        dense: Dense = self._found()
        return np.dot(dense.weight.T, x, out=now.buffer("z", (dense.inputDim, x.shape[1])))

    def differentiate(self, dy: Array, now: Pass, wanted: Wanted, backward: Backward | None = None) -> Array | None:
        now.sharing = wanted.parameters  # of W, which may learn where the bias does not
        return super().differentiate(dy, now, wanted, backward)

    def _backward(self, dz: Array, now: Pass, wanted: Wanted) -> Array | None:
        dense: Dense = self._found()
        if now.sharing and dense.learns:
            dW = np.dot(now.x, dz.T, out=now.buffer("dW", dense.weight.shape))  # (in, N) · (N, out)
            dense.now.shares = {**(dense.now.shares or {}), id(self): ("weight", dW)}
        if not wanted.input:
            return None
        return np.dot(dense.weight, dz, out=now.buffer("dx", now.x.shape))

    def multiplications(self, inputShape: Shape) -> int:
        dense: Dense = self._found()
        return dense.inputDim * (dense.outputDim + 1)

    def __repr__(self) -> str:
        sizes = f" {self.dense.outputDim} -> {self.dense.inputDim}" if isinstance(self.dense, Dense) else ""
        return f"TiedDense{sizes} of {self._referredName()}, {self.activation!r}"
