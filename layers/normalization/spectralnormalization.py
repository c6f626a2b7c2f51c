"""Spectral normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from leibnet import arguments, randomness
from leibnet.arguments import refusal
from leibnet.types import Array, Shape

import numpy as np

from activations import Activation
from layers.affine import Affine
from layers.composite import Composite
from layers.dense import Dense
from layers.images.conv2d import Conv2D
from layers.images.conv2dtranspose import Conv2DTranspose
from layers.layer import Layer
from layers.passes import EVERYTHING, Pass, Wanted
from layers.penalties.contractive import Contractive

KINDS = Dense, Conv2D, Conv2DTranspose
FIRST = 15  # steps of the power iteration at the beginning, as in PyTorch


class SpectralNormalization(Composite):
    """y = f(W/σ x + b), of a layer y = f(W x + b), where σ is the largest singular value of its weight.

    So the layer before its activation lengthens no difference of two inputs: a discriminator of such layers is bounded
    in its slope (Lipschitz), which keeps a GAN's training stable. The weight of a convolution counts as the matrix
    (out, in · height · width), whose σ is not that of the convolution itself. Miyato et al. 2018, arXiv:1802.05957.

        v ← Wᵀu / ‖Wᵀu‖        u ← W v / ‖W v‖        σ = uᵀ W v        one step of this power iteration an update

        dW = dŴ/σ - ⟨dŴ/σ, W⟩/σ · u vᵀ        for the gradient dŴ with respect to W/σ

    u and v move in the first training pass after every update of the weight, and stay while it does: all passes of a
    step, and those of a numerical gradient, see one and the same function. They start at `FIRST` steps from a random u.

    Parameters
    ----------
    layer : a `Dense`, `Conv2D` or `Conv2DTranspose`, which keeps its parameters, optimizer and activation.
    rng : numpy.random.Generator or seed for the first u; default the library's own, which `nn.seed` sets.

    Attributes
    ----------
    sigma : σ, as the power iteration knows it.

    In files, u and v are the layer's "left" (out, 1) and "right" (in, 1); "updates" says how many of those the power
    iteration has followed.

    Example
    -------
    >>> dense = Dense(3, 2, rng=0)
    >>> layer = SpectralNormalization(dense, rng=0)
    >>> bool(np.isclose(layer.sigma, np.linalg.svd(dense.weight)[1].max()))
    True
    """

    isLinear = True

    nested: ClassVar[Mapping[str, Any]] = {"layer": Layer}

    def __init__(self, layer: Affine, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        if not isinstance(layer, KINDS):
            expected = "a layer with a weight: Dense, Conv2D or Conv2DTranspose"
            raise TypeError(refusal("SpectralNormalization", "layer", expected, layer))
        if isinstance(layer.penalty, Contractive):
            expected, remedy = "one whose penalty does not depend on its weight", "omit the penalty"
            raise ValueError(refusal("SpectralNormalization", "layer", expected, layer.penalty, remedy))
        if layer.statistics:
            expected = "a layer that is not normalised yet"
            raise ValueError(refusal("SpectralNormalization", "layer", expected, layer, "wrap every layer once"))
        self.layer = layer
        self.rng = arguments.randomGenerator("SpectralNormalization", rng)
        source = self.rng or randomness.networks.generator
        W = layer.weight.reshape(len(layer.weight), -1)
        left = source.standard_normal((len(W), 1))
        layer.keep(left=left, right=np.zeros((W.shape[1], 1)), updates=np.full((1, 1), layer.optimizer.t))
        self.iterate(FIRST)
        self._settle()

    def children(self) -> dict[str, Layer]:
        return {"layer": self.layer}

    @property
    def inputShape(self) -> Shape | None:  # type: ignore[override]
        """The layer's."""
        return self.layer.inputShape

    def outputShape(self, inputShape: Shape) -> Shape:
        return self.layer.outputShape(inputShape)

    def multiplications(self, inputShape: Shape) -> int:
        return self.layer.multiplications(inputShape)

    # The largest singular value --------------------------------------------------------------------------------------

    def iterate(self, steps: int = 1) -> None:
        """So many steps of the power iteration, such as after the weight was set by hand."""
        W, kept = self._matrix(), self.layer.statistics
        for _ in range(arguments.wholeNumber("SpectralNormalization.iterate", "steps", steps)):
            _turn(kept["right"], W.T @ kept["left"])
            _turn(kept["left"], W @ kept["right"])
        kept["updates"][...] = self.layer.optimizer.t

    @property
    def sigma(self) -> float:
        """σ = uᵀ W v."""
        kept = self.layer.statistics
        return float(np.vdot(kept["left"], self._matrix() @ kept["right"]))

    def _matrix(self) -> Array:
        """W as (out, in) or (out, in · height · width), a view."""
        return self.layer.weight.reshape(len(self.layer.weight), -1)

    # Forward and backward --------------------------------------------------------------------------------------------

    def accept(self, x: Any) -> Array:
        return self.layer.accept(x)

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        # W is linear: W/σ x = W (x/σ)
        return self.layer.forward(self._scaled(x, now, training), training)

    def forwardLogits(self, x: Any, training: bool = True) -> Array:
        """`forward` up to the pre-activation W/σ x + b, which it returns."""
        now = self.now
        now.x = x = self.accept(x)
        now.dx, now.training = None, training
        return self.layer.forwardLogits(self._scaled(x, now, training), training)

    def _scaled(self, x: Array, now: Pass, training: bool) -> Array:
        """x/σ."""
        kept = self.layer.statistics
        if training and kept["updates"].item() != self.layer.optimizer.t:
            self.iterate()
        now.left, now.right, now.sigma = kept["left"].copy(), kept["right"].copy(), self.sigma
        if now.sigma == 0:
            expected, remedy = "other than 0", "take another initializer; after setting it by hand, iterate(15)"
            raise ValueError(refusal(self.describe(), "its weight", expected, "a singular value of 0", remedy))
        return np.divide(x, now.sigma, out=now.buffer("scaled", x.shape, x))

    def backward(self, dy: Any, wanted: Wanted = EVERYTHING) -> Any:
        now = self.passed()
        now.dx = dx = self._backward(dy, now, wanted)
        return dx

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        return self._through(self.layer.backward, dy, now, wanted)

    def backwardLogits(self, dz: Array, wanted: Wanted = EVERYTHING) -> Array | None:
        """`backward` from the gradient with respect to what `forwardLogits` returns."""
        now = self.passed()
        now.dx = dx = self._through(self.layer.backwardLogits, dz, now, wanted)
        return dx

    def _through(self, backward: Any, dy: Any, now: Pass, wanted: Wanted) -> Array | None:
        """The layer's backward pass, dW with its share through σ, and dx of dx/σ."""
        layer, learning = self.layer, wanted.parameters and self.layer.trainable
        gradient = layer.block.gradients["weight"]
        before = gradient.copy() if learning and wanted.add else None
        dx = backward(dy, wanted)
        if learning:
            others = [share for name, share in (layer.now.shares or {}).values() if name == "weight"]
            own = gradient - sum(others) if others else gradient
            own = own if before is None else own - before
            slope = np.vdot(own, layer.weight) / now.sigma
            gradient -= (slope * now.left @ now.right.T).reshape(gradient.shape)
        return None if dx is None else np.divide(dx, now.sigma, out=now.buffer("dx", dx.shape, dx))

    @property
    def activation(self) -> Activation | None:  # type: ignore[override]
        """The layer's."""
        return self.layer.activation

    @property
    def output(self) -> Array:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        self.passed()
        return self.layer.output

    @property
    def preactivation(self) -> Array:
        """W/σ x + b of the last forward pass; a buffer, refilled by the next one."""
        self.passed()
        return self.layer.preactivation

    def __repr__(self) -> str:
        return f"SpectralNormalization ({self.layer!r})"


def _turn(vector: Array, towards: Array) -> None:
    """The direction of another vector, with length 1; the one that it has where that is 0."""
    norm = float(np.linalg.norm(towards))
    if norm > 0:
        np.divide(towards, norm, out=vector)
