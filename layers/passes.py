"""Passes: what a forward pass leaves for its backward pass, and what of a backward pass is wanted."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple, Self

from leibnet.arguments import refusal
from leibnet.arrays import Kept, workArray
from leibnet.fused.choice import Kernel, kernel
from leibnet.types import Array, Shape

import numpy as np

from layers.halves.joined import Joined
from layers.shapes import checkedMask


class Wanted(NamedTuple):
    """What a backward pass is to compute.

    Attributes
    ----------
    parameters : whether the gradients of the parameters are wanted, and with them those of the layers' own terms of the
        loss (`Penalty`). A frozen layer never computes the former.
    input : whether dx, the gradient with respect to the input, is wanted.
    add : whether the parameters' gradients are added to those that are there, instead of written over them.
    """

    parameters: bool = True
    input: bool = True
    add: bool = False


EVERYTHING = Wanted()
COMPUTING = {"forward", "_forward", "forwardLogits", "backward", "_backward", "backwardLogits"}


class Pass(Joined):
    """What one forward pass of a layer leaves for its backward pass.

    A layer keeps here whatever it needs for it, under names of its choice, and has its work arrays from `buffer`.

    Attributes
    ----------
    x, y : the input and the output.
    z : in a layer with an activation, what it is applied to.
    dy : what the backward pass of a layer with parameters began with, dz where there is an activation.
    dx : the gradient with respect to the input, after the backward pass; None where it was not wanted.
    hasGradients : whether the backward pass has computed the parameters' gradients.
    training : whether it is one of a training, which may take compiled kernels, or one that only predicts.
    parameters, activation : those of the layer, for its penalty, if it has one.
    shares : by the layers that use its parameters beside it, the name of the parameter and their share of its gradient;
        None where there are none.
    weights : how much each sample counts, (N,), or each step or pixel, (..., N); None: all of them alike.
    mask : which steps each sample has, (steps, N) of bool; None: all of them.
    isDual : whether the second half of the samples are tangents of the first, see `dual`.
    initial, final : of a recurrent layer, the states before the first step and after the last, by name; None: 0.
    dinitial, dfinal : the gradients of the loss with respect to them; of `final`, beside what reaches it by y.
    """

    def __init__(self, layer: InPasses | None = None) -> None:
        self._layer = None if layer is None else weakref.ref(layer)  # which frees its arrays with its last user
        self.training = False
        self.weights: Array | None = None
        self.mask: Array | None = None
        self.isDual = False
        self.initial: Mapping[str, Array] | None = None
        self.final: Mapping[str, Array] | None = None
        self.dinitial: Mapping[str, Array] | None = None
        self.dfinal: Mapping[str, Array] | None = None
        self.x: Any = None
        self.y: Any = None
        self.z: Any = None
        self.dy: Any = None
        self.dx: Any = None
        self.parameters: Mapping[str, Array] = {}
        self.activation: Any = None
        self.shares: dict[int, tuple[str, Array]] | None = None
        self.hasGradients = False
        self._buffers: Kept = {}
        self._ones: Array | None = None

    def buffer(self, name: str, shape: Shape, like: Array | None = None) -> Array:
        """A work array of this pass, of the kind and precision of the input, or of `like`.

        Its memory is kept from call to call, and grows with the largest shape. MemoryError where too little is free.
        """
        like = self.x if like is None else like
        kept = self._buffers.get(name)
        if kept is not None and kept[1].shape == shape and kept[1].dtype == like.dtype:
            return kept[1]
        try:
            return workArray(self._buffers, name, shape, like)
        except MemoryError as error:
            layer = None if self._layer is None else self._layer()
            owner = "" if layer is None else f"{layer.describe()}: "
            raise MemoryError(f"{owner}{error}; take smaller batches") from None

    def kernel(self, name: str, *arrays: Array) -> Kernel | None:
        """The compiled form of this name for such arrays, in a training, if there is one; see `leibnet.fused`."""
        return kernel(name, *arrays) if self.training else None

    def ones(self, n: int) -> Array:
        """A column of n ones, (n, 1): a product with it adds up samples, several times faster than `np.sum`."""
        if self._ones is None or len(self._ones) != n or self._ones.dtype != self.x.dtype:
            self._ones = np.ones_like(self.x, shape=(n, 1))
        return self._ones


class Here(threading.local):
    """Which pass of a layer this thread is in, the one in which it only predicts, and where its noise comes from."""

    def __init__(self) -> None:
        self.now: Pass | None = None
        self.inference: Pass | None = None
        self.rng: np.random.Generator | None = None


class InPasses:
    """What has passes: the current one is that of the thread, by a name that `use` gives it.

    Attributes
    ----------
    isLinear : whether each sample's y (of a layer with an activation, z less its bias) is a linear function of its x. A
        class that writes `_forward` says it anew, for `dual`.
    isSamplewise : whether it computes each sample by itself, draws nothing, and keeps nothing beside its passes; said
        likewise, for `Halves`.
    """

    isLinear: ClassVar[bool] = False
    isSamplewise: ClassVar[bool] = False

    def __init__(self) -> None:
        self.place = ""
        self.forget()

    def describe(self) -> str:
        """The place and kind, for messages."""
        return f"{self.place} ({self!r})" if self.place else repr(self)

    def locate(self, place: str = "") -> None:
        """Gives it its place in a network ("layers[0]"), for messages."""
        self.place = place

    def parts(self) -> list[Any]:
        """All that it is made of, and their parts."""
        return []

    def learning(self) -> list[Any]:
        """Those of them that learn, or itself, if it does; each is a `Learning`."""
        return []

    @property
    def now(self) -> Pass:
        """The pass that this thread is in."""
        return self._here.now or self._training

    @contextmanager
    def use(self, name: str | None = None, rng: np.random.Generator | None = None) -> Iterator[Self]:
        """A stretch in which this thread is in another pass: one whose backward pass is still to come stays as it is.

        Parameters
        ----------
        name : "training"; "inference", of which every thread has its own; or any other. Default: stay in this one.
        rng : a generator from which all noise of this thread comes in this stretch; default what the stretch around it
            has, or else that of each layer.
        """
        before = [(one._here, *one._enter(name, rng)) for one in (self, *self.parts())]
        try:
            yield self
        finally:
            for here, now, noise in before:
                here.now, here.rng = now, noise

    def _enter(
        self, name: str | None, rng: np.random.Generator | None
    ) -> tuple[Pass | None, np.random.Generator | None]:
        here = self._here
        before = here.now, here.rng
        if name == "inference":
            here.inference = here.now = here.inference or Pass(self)
        elif name is not None:
            here.now = self._training if name == "training" else self._others.get(name) or self._added(name)
        here.rng = rng or here.rng
        return before

    def _added(self, name: str) -> Pass:
        return self._others.setdefault(name, Pass(self))

    @contextmanager
    def weighed(self, weights: Array) -> Iterator[None]:
        """A stretch in which the samples of this thread's pass count so much in the layers' own terms of the loss."""
        passes = [one.now for one in (self, *self.parts())]
        self.takeWeights(weights)
        try:
            yield
        finally:
            for now in passes:
                now.weights = None

    def takeWeights(self, weights: Array | None) -> None:
        """Notes in this thread's pass how much the samples count; a layer made of layers tells them."""
        self.now.weights = weights

    @contextmanager
    def masked(self, mask: Any) -> Iterator[None]:
        """A stretch in which the samples of this thread's pass have these steps, and are padded at the others.

        Parameters
        ----------
        mask : (steps, N), of bool or of 0 and 1: where a sample has a step; None: all of them have all. The stretch
            stands around the forward pass and the backward pass. A layer that gives sequences of fewer steps says which
            of those a sample has. `predict` is a pass of its own, and takes a mask as an argument.

        Raises
        ------
        ValueError : a mask of another shape, or of other numbers; in a forward pass, one that does not fit the input.

        Example
        -------
        >>> from layers import LastStep
        >>> layer, x = LastStep(), np.array([[[1.0, 2.0]], [[3.0, 0.0]]])
        >>> with layer.masked([[1, 1], [1, 0]]):  # the second sample has one step alone
        ...     layer.feedforward(x)
        array([[3., 2.]])
        """
        before = [(one.now, one.now.mask) for one in (self, *self.parts())]
        self.takeMask(None if mask is None else checkedMask(self.describe(), mask))
        try:
            yield
        finally:
            for now, given in before:
                now.mask = given

    def takeMask(self, mask: Array | None) -> Array | None:
        """Notes in this thread's pass which steps the samples have; returns which of its output's they have.

        None where the output has no steps. A layer made of layers tells them.
        """
        self.now.mask = mask
        return mask

    @contextmanager
    def dual(self) -> Iterator[None]:
        """A stretch in which the samples x of this thread's pass stand beside as many tangents t, (..., 2N) = (x, t).

        The layers then give (f(x), ∂f/∂x t), and their backward pass the gradients of a loss of both. So come second
        derivatives: the slope of f along t, and how it changes with the parameters (Pearlmutter 1994, "Fast exact
        multiplication by the Hessian"). It is for layers that are linear up to a bias and an activation, see `hasDual`;
        TypeError for others.

        Example
        -------
        >>> from activations import ReLU
        >>> from layers import Dense
        >>> layer = Dense(1, 1, ReLU())
        >>> layer.weight, layer.bias = [[2.0]], [[1.0]]
        >>> with layer.dual():
        ...     layer.feedforward(np.array([[3.0, -3.0, 1.0, 1.0]]))  # x = 3 and -3, and beside both t = 1
        array([[7., 0., 2., 0.]])
        """
        layers = self, *self.parts()
        for one in layers:
            if not one.hasDual:
                expected, remedy = "linear up to bias and activation, no penalty", "one that is says isLinear = True"
                raise TypeError(
                    refusal(f"{one.describe()}, in dual", "the layer", expected, type(one).__name__, remedy)
                )
        passes = [one.now for one in layers]
        for now in passes:
            now.isDual = True
        try:
            yield
        finally:
            for now in passes:
                now.isDual = False

    @property
    def hasDual(self) -> bool:
        """Whether it is linear up to bias and activation, as the class says that computes it, and has no penalty."""
        return self.says("isLinear") and getattr(self, "penalty", None) is None

    def says(self, trait: str) -> bool:
        """Whether the class that computes it says so of itself: one derived from it may compute other things."""
        first = next(base for base in type(self).__mro__ if COMPUTING & vars(base).keys() or trait in vars(base))
        return bool(vars(first).get(trait, False))

    def enter(self, now: Pass | None) -> Pass | None:
        """Puts this thread into a pass, or into that of a training; returns the one in which it was."""
        before, self._here.now = self._here.now, now
        return before

    @property
    def givenRng(self) -> np.random.Generator | None:
        """The generator that `use` gave this thread, or None."""
        return self._here.rng

    def forget(self) -> None:
        """Forgets all passes, and gives their memory back."""
        self._training = Pass(self)
        self._others: dict[str, Pass] = {}
        self._here = Here()

    def passed(self) -> Pass:
        """The pass that this thread is in, if there was a forward pass in it; else RuntimeError."""
        now = self._here.now or self._training
        if vars(now).get("x", now) is None:  # that of halves is not put together for this
            raise RuntimeError(f"{self.describe()} has seen no input yet: call feedforward first")
        return now

    @property
    def input(self) -> Array:
        """The input of the last forward pass."""
        return self.passed().x

    @property
    def output(self) -> Array:
        """The output of the last forward pass; a buffer, refilled by the next one."""
        return self.passed().y

    @property
    def gradient(self) -> Array:
        """dx, the gradient of the loss with respect to the input, of the last backward pass; a buffer."""
        dx: Array | None = self.passed().dx
        if dx is None:
            raise RuntimeError(
                f"{self.describe()} has no gradient to its input: call backward (backpropagate) after feedforward, "
                "with the gradient of the input wanted"
            )
        return dx

    @property
    def hasGradients(self) -> bool:
        """Whether the last backward pass computed the parameters' gradients."""
        return self.now.hasGradients

    def __getstate__(self) -> dict[str, Any]:
        """For copy and pickle: without passes, whose arrays are refilled anyway."""
        passing = {"_training", "_others", "_here"}
        return {key: value for key, value in self.__dict__.items() if key not in passing}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.forget()
