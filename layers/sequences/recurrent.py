"""What recurrent layers have in common: the way through time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from leibnet import arguments, randomness
from leibnet.types import Array, Shape

import numpy as np

from layers.affine import HasBias, HasWeight
from layers.initializer import Initializer, initial
from layers.passes import Pass, Wanted
from layers.penalties.contractive import Contractive
from layers.penalties.penalty import Penalty
from layers.sequences.stateful import Stateful
from layers.sequences.steps import checkFeatures, maskOf
from optimizer import Optimizer

Step = tuple[Callable[..., Any], tuple[Any, ...]]  # a function, and what it is called with before t


class Recurrent(HasWeight, HasBias, Stateful):
    """A layer on sequences with a state that goes on from step to step. Base of `RNN`, `LSTM` and `GRU`.

    x (steps, inputDim, N) gives y (steps, outputDim, N) with y_t = h_t. Here is the way through time; what happens
    within one step, the layer says.

    Forward, every step is one product,

        z_t = [W_h b W_x] [h_{t-1}; 1; x_t]        (rows, H + 1 + D) · (H + 1 + D, N) = (rows, N)

    after which the layer makes h_t of z_t. Backward, from the last step to the first (backpropagation through time,
    Werbos 1990), the layer makes dz_t of dh_t, and

        dh_{t-1} = W_hᵀ dz_t,        dx_t = W_xᵀ dz_t,        d[W_h b W_x] = Σ_t dz_t [h_{t-1}; 1; x_t]ᵀ

    In the buffers the features stand before the steps, (features, steps, N): so the last two are one product for all
    steps together.

    The state before the first step is 0 unless `begin` says another; `final` is the one after the last. A long sequence
    may be read in stretches, each of which begins with the final state of the one before (truncated backpropagation:
    the gradient ends where a stretch begins). At a step that a sample does not have, see `masked`, it keeps its state.

    Parameters
    ----------
    inputDim, outputDim : features of a step that come in, and units, which are the features that go out.
    optimizer : a template, of which the layer keeps its own copy; default Adam().
    initializer : name or function for W_x, see `layers.initializer`; default Glorot, or He for ReLU. W_h starts with
        orthogonal blocks, which neither shrink nor enlarge a state (Saxe et al. 2013), biases at 0.
    rng : numpy.random.Generator or seed for the weights; default the library's own, which `nn.seed` sets.
    penalty : a `Penalty` on the outputs; default none.

    Attributes
    ----------
    weight : [W_h W_x], (blocks · outputDim, outputDim + inputDim).
    bias : b, (blocks · outputDim, 1).
    blocks : how many rows of W there are for each unit.
    keepsGradient : whether dh_{t-1} has a part that comes from dh_t past the product.
    """

    blocks: ClassVar[int] = 1
    keepsGradient: ClassVar[bool] = False

    def __init__(
        self,
        inputDim: int,
        outputDim: int,
        optimizer: Optimizer | None = None,
        initializer: str | Initializer | None = None,
        rng: np.random.Generator | int | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        super().__init__(optimizer, penalty)
        if isinstance(penalty, Contractive):
            remedy = "put the layer into Contracting([...])"
            raise ValueError(arguments.refusal(self.name, "penalty", "of the outputs alone", penalty, remedy))
        self.inputDim = D = arguments.wholeNumber(self.name, "inputDim", inputDim)
        self.outputDim = H = arguments.wholeNumber(self.name, "outputDim", outputDim)
        source = arguments.randomGenerator(self.name, rng) or randomness.networks.generator
        suits = "glorot_uniform" if self.activation is None else self.activation.initializer
        kinds = ("orthogonal", H), (suits if initializer is None else initializer, D)
        rows = [[initial(self.name, kind, (H, n), n, H, source) for kind, n in kinds] for _ in range(self.blocks)]
        self._create(weight=np.block(rows), **self._biases())

    def _biases(self) -> dict[str, Array]:
        """The biases by name, with their initial values."""
        return {"bias": np.zeros((self.blocks * self.outputDim, 1))}

    # What a layer says of its steps ----------------------------------------------------------------------------------

    @abstractmethod
    def _products(self, now: Pass) -> Array:
        """Makes the layer's buffers, and returns the one that the products of all steps go to, (steps, rows, N)."""

    @abstractmethod
    def _forwardStep(self, now: Pass) -> Step:
        """The function of t that makes the states after step t of its product and of the states before it."""

    @abstractmethod
    def _backwardStep(self, gradients: Mapping[str, Array], dz: Array, now: Pass) -> Step:
        """The function of t that makes dz[:, t] of the gradients with respect to the states after step t.

        In their place it leaves what reaches the states before step t past the product.
        """

    def _stateAt(self, t: int, now: Pass) -> dict[str, Array]:
        """The states before step t, which are those after step t - 1: views of the buffers."""
        return {"h": now.hx[: self.outputDim, t]}

    def _joined(self, now: Pass) -> Array:
        """[W_h b W_x], (rows, H + 1 + D)"""
        H, W = self.outputDim, self.weight
        joined = now.buffer("W", (len(W), W.shape[1] + 1))
        joined[:, :H], joined[:, H : H + 1], joined[:, H + 1 :] = W[:, :H], self.bias, W[:, H:]
        return joined

    def _scaled(self, W: Array, now: Pass) -> Array:
        """W as the forward products take it: with a factor for each row, if the layer has such."""
        return W

    def _separate(self, dW: Array) -> None:
        """Writes the gradients of the parameters, from that of [W_h b W_x]."""
        H, gradients = self.outputDim, self.block.gradients
        gradients["weight"][:, :H], gradients["weight"][:, H:] = dW[:, :H], dW[:, H + 1 :]
        gradients["bias"][...] = dW[:, H : H + 1]

    # Through time ----------------------------------------------------------------------------------------------------

    def _forward(self, x: Array, now: Pass, training: bool) -> Array:
        (T, D, N), H = x.shape, self.outputDim
        now.missing, now.dfinal, now.dinitial = self._missing(x), None, None
        now.hx = hx = now.buffer("hx", (H + 1 + D, T + 1, N))
        hx[H], hx[H + 1 :, :T] = 1, np.swapaxes(x, 0, 1)
        now.W = self._joined(now)
        z, W = self._products(now), self._scaled(now.W, now)
        for name, state in self._stateAt(0, now).items():
            state[...] = self._said("initial", now, name, N)
        step, given = self._forwardStep(now)
        for t in range(T):
            np.matmul(W, hx[:, t], out=z[t])
            step(*given, t)
            if t in now.missing:
                before, after = self._stateAt(t, now), self._stateAt(t + 1, now)
                for name in self.states:
                    np.copyto(after[name], before[name], where=now.missing[t])
        now.final = self._stateAt(T, now)
        return np.swapaxes(hx[:H, 1:], 0, 1)

    def _backward(self, dy: Array, now: Pass, wanted: Wanted) -> Array | None:
        (T, D, N), H, hx, W = now.x.shape, self.outputDim, now.hx, now.W
        now.dinitial = gradients = {name: now.buffer(f"d{name}", (H, N)) for name in self.states}
        for name, gradient in gradients.items():
            gradient[...] = self._said("dfinal", now, name, N)
        dz, dh, product = now.buffer("dz", (len(W), T, N)), gradients["h"], now.buffer("product", (H, N))
        step, given = self._backwardStep(gradients, dz, now)
        for t in reversed(range(T)):
            dh += dy[t]
            kept = _set_aside(gradients, now.missing[t]) if t in now.missing else {}
            step(*given, t)
            # (H, rows) · (rows, N) = (H, N)
            np.matmul(W[:, :H].T, dz[:, t], out=product if self.keepsGradient else dh)
            if self.keepsGradient:
                dh += product
            for name, gradient in kept.items():
                gradients[name] += gradient
        now.dfinal = None
        rows = dz.reshape(len(W), T * N)
        if wanted.parameters:  # (rows, steps · N) · (steps · N, H + 1 + D)
            self._separate(np.matmul(rows, hx[:, :T].reshape(len(hx), T * N).T, out=now.buffer("dW", W.shape)))
        if not wanted.input:
            return None
        dx = now.buffer("dx", (D, T, N))
        np.matmul(W[:, H + 1 :].T, rows, out=dx.reshape(D, T * N))  # (D, rows) · (rows, steps · N)
        return np.swapaxes(dx, 0, 1)

    def _missing(self, x: Array) -> dict[int, Array]:
        """The steps that not all samples have, and for each which have it not, (N,)."""
        mask = maskOf(self, x)
        return {} if mask is None else {t: ~has for t, has in enumerate(mask) if not has.all()}

    def stateGradient(self) -> Array:
        """dLoss/dh_t of every step in the last backward pass, (steps, outputDim, N): with all that comes of h_t later.

        A new array, which is computed when it is asked for, of what that pass has left.
        """
        now = self.passed()
        (T, _, N), H, W = now.x.shape, self.outputDim, now.W
        dh, dz = now.dy.copy(), now.buffer("dz", (len(W), T, N))
        for t in reversed(range(1, T)):
            before = W[:, :H].T @ dz[:, t] + self._keptGradient(dh[t], t, now)
            dh[t - 1] += np.where(now.missing[t], dh[t], before) if t in now.missing else before
        return dh

    def _keptGradient(self, dh: Array, t: int, now: Pass) -> Array | float:
        """The part of dh_t that reaches dh_{t-1} past the product."""
        return 0.0

    # Shapes and values -----------------------------------------------------------------------------------------------

    def outputShape(self, inputShape: Shape) -> Shape:
        checkFeatures(self, inputShape, self.inputDim)
        return inputShape[0], self.outputDim

    def multiplications(self, inputShape: Shape) -> int:
        return self.weight.size  # of one step: it is these that are made one after the other

    def __repr__(self) -> str:
        f = "" if self.activation is None else f", {self.activation!r}"
        return f"{self.name} {self.inputDim} -> {self.outputDim}{f}"


def _set_aside(gradients: Mapping[str, Array], missing: Array) -> dict[str, Array]:
    """The gradients of the samples that do not have a step, which go past it; in the given ones they become 0."""
    kept = {name: gradient * missing for name, gradient in gradients.items()}
    for gradient in gradients.values():
        gradient *= ~missing
    return kept
