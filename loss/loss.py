"""The contract of a loss."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from leibnet.arrays import Kept, workArray
from loss.logits import Array, Softmax, sigmoid_error

FLOATS = frozenset({np.dtype(np.float32), np.dtype(np.float64)})


class Loss(ABC):
    """A number that says how far outputs `a` are from labels `y`, and its gradient.

    Summed over the rows (outputs) of a sample, averaged over the columns (samples). Label first, everywhere.

    An own loss needs `apply` and `derivative`; settings are kept in attributes named like the constructor's arguments:

    >>> class AbsoluteError(Loss):
    ...     def __init__(self, scale=1.0):
    ...         super().__init__()
    ...         self.scale = scale
    ...
    ...     def apply(self, y, a):
    ...         return float(self.scale * np.abs(a - y).sum() / y.shape[-1])
    ...
    ...     def derivative(self, y, a, out=None):
    ...         return np.multiply(np.sign(a - y), self.scale / y.shape[-1], out=out)
    >>> AbsoluteError(scale=2).apply(np.array([[0.0, 1.0]]), np.array([[0.5, 0.0]]))
    1.5

    A loss that takes logarithms of its outputs loses them where a Sigmoid or Softmax rounds to 0 or 1. From the
    pre-activation z of such an output layer nothing is lost: `applyLogits` and `derivativeLogits` are accurate for
    every z, and a network uses them for the activations that the loss names in `logits`.

    Attributes
    ----------
    logits : the activations (by their `link`) for which `applyLogits` and `derivativeLogits` are there.
    domain : (float, float), the outputs the loss is defined for.
    unfit : activations (by their `link`) with which the loss makes no sense, and why.
    """

    kinds: ClassVar[dict[str, type[Loss]]] = {}
    logits: ClassVar[frozenset[str]] = frozenset()
    domain: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    unfit: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        Loss.kinds[cls.__name__] = cls
        own = vars(cls).keys()
        if {"apply", "derivative"} & own and not {"applyLogits", "derivativeLogits"} <= own:
            cls.logits = frozenset()  # the inherited forms would be those of another loss
        for form, single in (("apply", "perSample"), ("applyLogits", "perSampleLogits")):
            if form in own and single not in own:
                setattr(cls, single, getattr(Loss, single))

    def __init__(self) -> None:
        self._buffers: Kept = {}
        self._kept: tuple[Array, Softmax] | None = None

    @property
    def name(self) -> str:
        """The name of the loss: "MSE", "CrossEntropy", ..."""
        return type(self).__name__

    @abstractmethod
    def apply(self, y: Array, a: Array) -> float:
        """The loss of the outputs `a` for the labels `y`, both (outputs, N)."""

    @abstractmethod
    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        """dLoss/da, of shape (outputs, N). Written to `out` if given."""

    def applyLogits(self, y: Array, z: Array, activation: str) -> float:
        """The loss of a = activation(z), from the pre-activation z (outputs, N); `activation` is one of `logits`."""
        raise NotImplementedError(f"{self.name} has no form for the pre-activation of {activation}")

    def derivativeLogits(self, y: Array, z: Array, activation: str, out: Array | None = None) -> Array:
        """dLoss/dz for a = activation(z), of shape (outputs, N). Written to `out` if given."""
        raise NotImplementedError(f"{self.name} has no form for the pre-activation of {activation}")

    def perSample(self, y: Array, a: Array) -> Array:
        """The loss of every sample, (N,); `apply` is their mean."""
        y, a = matched(y, a)
        return np.array([self.apply(y[..., i : i + 1], a[..., i : i + 1]) for i in range(y.shape[-1])])

    def perSampleLogits(self, y: Array, z: Array, activation: str) -> Array:
        """The loss of every sample from the pre-activation, (N,); `applyLogits` is their mean."""
        y, z = matched(y, z)
        columns = (slice(i, i + 1) for i in range(y.shape[-1]))
        return np.array([self.applyLogits(y[..., i], z[..., i], activation) for i in columns])

    def config(self) -> dict[str, Any]:
        """What it takes to make this loss again, as plain values: {"kind": name, ...}.

        By convention the arguments of the constructor are kept in attributes of the same names.
        """
        return {"kind": self.name} | {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @staticmethod
    def fromConfig(config: dict[str, Any]) -> Loss:
        """The loss that `config()` described."""
        arguments = dict(config)
        kind = arguments.pop("kind", None)
        if kind not in Loss.kinds:
            known = ", ".join(Loss.kinds)
            raise ValueError(f"unknown loss {kind!r}: known are {known}; import the module of your own first")
        return Loss.kinds[kind](**arguments)

    def _buffer(self, name: str, like: Array) -> Array:
        """A work array of this loss, shaped like `like`."""
        return workArray(self._buffers, name, like.shape, like)

    def _softmax(self, z: Array) -> Softmax:
        """The softmax of z. Loss and gradient are asked for one after the other: the last one is kept, with its z."""
        if self._kept is None or self._kept[0].dtype != z.dtype or not np.array_equal(self._kept[0], z):
            self._kept = z.copy(), Softmax(z)
        return self._kept[1]

    def _sigmoidError(self, y: Array, z: Array, out: Array | None) -> Array:
        """σ(z) - y, also where σ(z) rounds to 1. Written to `out` if given."""
        out = np.empty_like(z) if out is None else out
        return sigmoid_error(y, z, out, self._buffer("power", z))

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value}" for key, value in self.config().items() if key != "kind")
        return f"{self.name}({arguments})"


def matched(y: Array, a: Array) -> tuple[Array, Array]:
    """Label and output as float arrays of the output's precision, single or double, if their shapes agree."""
    y, a = np.asarray(y), np.asarray(a)
    if y.shape != a.shape:
        raise ValueError(
            f"the label's shape {y.shape} differs from the output's {a.shape}: both are (outputs, samples)"
        )
    if not y.size:
        raise ValueError("a batch without samples has no loss: give at least one column")
    if a.dtype not in FLOATS:
        a = _real("output", a).astype(np.float32 if a.dtype.itemsize == 2 and a.dtype.kind == "f" else float)
    return (y if y.dtype == a.dtype else _real("label", y).astype(a.dtype)), a


def _real(name: str, array: Array) -> Array:
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a loss takes real numbers, got a {name} of {array.dtype}")
    return array
