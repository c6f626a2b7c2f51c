"""The contract of a loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from leibnet.arrays import asArray, besideFeatures, featureAxis, realNumbers
from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

FLOATS = frozenset({np.dtype(np.float32), np.dtype(np.float64)})


class Loss(Configurable, ABC, family="loss"):
    """A number that says how far outputs `a` are from labels `y`, and its gradient.

    Labels and outputs are (features..., N): vectors (features, N), sequences (steps, features, N), images (channels,
    height, width, N). The loss is summed over everything but the last axis and averaged over the N samples. The label
    comes first, everywhere. Weights say how much a sample counts, or a step or pixel of it, whose loss is multiplied by
    its weight; the mean is over the number of samples all the same: 1/|X| Σ w L.

    A loss of your own needs `perSample` and `derivative`; settings are kept in attributes named like the constructor's
    arguments:

    >>> class AbsoluteError(Loss):
    ...     def __init__(self, scale=1.0):
    ...         self.scale = scale
    ...
    ...     def perSample(self, y, a):
    ...         return self.scale * np.abs(a - y).sum(axis=0)
    ...
    ...     def derivative(self, y, a, out=None):
    ...         return np.multiply(np.sign(a - y), self.scale / y.shape[-1], out=out)
    >>> AbsoluteError(scale=2).apply(np.array([[0.0, 1.0]]), np.array([[0.5, 0.0]]))
    1.5

    If it has an `apply` of its own as well, or a `valueAndDerivative`, for speed, they must agree. A loss that takes
    logarithms of its outputs loses them where a Sigmoid or Softmax rounds to 0 or 1; `after` gives its form for the
    pre-activation z of such an output layer, from which nothing is lost. The objects hold nothing of a call: threads
    may share them.

    Attributes
    ----------
    pairs : the forms for pre-activations, classes as `loss.pair.Pair`, by the activation's `link`. A subclass that
        computes another value or gradient has none, unless it states its own.
    domain : (float, float), the outputs the loss is defined for.
    unfit : activations (by their `link`) with which the loss makes no sense, and why.
    """

    pairs: ClassVar[dict[str, type]] = {}
    domain: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    unfit: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "pairs" not in cls._nearest("pairs", "apply", "perSample", "derivative", "_terms"):
            cls.pairs = {}  # those it would inherit are of another loss
        values = cls._nearest("apply", "perSample")
        if "apply" not in values:
            cls.apply = Loss.apply  # type: ignore[method-assign]
        if "valueAndDerivative" not in cls._nearest("valueAndDerivative", "apply", "perSample", "derivative"):
            cls.valueAndDerivative = Loss.valueAndDerivative  # type: ignore[method-assign]
        if "perSample" not in values:
            cls.perSample = _column_by_column  # type: ignore[method-assign]
        if "perPosition" not in cls._nearest("perPosition", "apply", "perSample"):
            cls.perPosition = Loss.perPosition  # type: ignore[method-assign]

    @classmethod
    def _nearest(cls, *names: str) -> set[str]:
        """Those of the names that the class defines, or else the nearest of its ancestors that defines any."""
        return next(found for base in cls.__mro__ if (found := vars(base).keys() & set(names)))

    def apply(self, y: Array, a: Array) -> float:
        """The loss of the outputs `a` for the labels `y`, both (features..., N): the mean of `perSample`."""
        return float(self.perSample(y, a).mean(dtype=float))

    @abstractmethod
    def perSample(self, y: Array, a: Array) -> Array:
        """The loss of every sample, (N,)."""

    def perPosition(self, y: Array, a: Array) -> Array:
        """The loss of every step or pixel of every sample, in the shape of `y` without features; (N,) of vectors."""
        if y.ndim != 2:
            raise ValueError(f"{self.name} does not say the loss of every step or pixel: it has no `perPosition`")
        return self.perSample(y, a)

    @abstractmethod
    def derivative(self, y: Array, a: Array, out: Array | None = None) -> Array:
        """dLoss/da, in the shape of `a`. Written to `out` if given (neither y nor a)."""

    def valueAndDerivative(self, y: Array, a: Array, out: Array | None = None) -> tuple[float, Array]:
        """`apply` and `derivative` together, for a training step: what both need is then computed once."""
        return self.apply(y, a), self.derivative(y, a, out)

    def prediction(self, a: Array) -> Array:
        """The labels that the outputs stand for: the outputs themselves, if a loss does not say otherwise."""
        return a

    def outputsOf(self, y: Array) -> Array:
        """Outputs that stand for these labels: the labels themselves, if a loss does not say otherwise."""
        return y

    def arrays(self) -> dict[str, Array]:
        """What it holds in the files of a model, arrays by name: none, if a loss does not say otherwise."""
        return {}

    def astype(self, dtype: Any) -> None:
        """Converts its `arrays` to float32 or float64, the precision of the model."""

    def checkShape(self, shape: tuple[int, ...]) -> None:
        """ValueError if it is not for outputs of which one sample has this shape; it is for any by default."""

    def checkScale(self, standardization: Any) -> None:
        """ValueError if it is not for labels and outputs in this `Standardization`, or None; for any by default."""

    def weightedApply(self, y: Array, a: Array, weights: Array) -> float:
        """1/|X| Σ w L, with a weight for every sample, (N,), or every step or pixel, in the shape of `perPosition`."""
        losses = self.perSample(y, a) if weights.ndim == 1 else self.perPosition(y, a)
        if losses.shape != weights.shape:
            raise ValueError(f"{self.name}: expected weights of shape {losses.shape}, got {weights.shape}")
        return float(np.vdot(losses.astype(float), weights)) / y.shape[-1]

    def weightedDerivative(self, y: Array, a: Array, weights: Array, out: Array | None = None) -> Array:
        """The gradient of `weightedApply`: `derivative`, times the weight of the sample, step or pixel."""
        da = self.derivative(y, a, out)
        return np.multiply(da, besideFeatures(weights, da), out=da, casting="same_kind")

    def after(self, link: str) -> Loss | None:
        """This loss as one of the pre-activation z, where a = f(z) and `link` is that of the activation f.

        It has the same methods with z in place of a: `apply(y, z)`, `perSample(y, z)`, `derivative(y, z)` = dLoss/dz,
        accurate for every z. None if there is no such form. Ask once and keep it: it owns work arrays.

        >>> from loss import CrossEntropy
        >>> float(CrossEntropy().after("Sigmoid").derivative(np.array([[1.0]]), np.array([[0.0]]))[0, 0])  # σ(0) - 1
        -0.5
        """
        pair = self.pairs.get(link)
        made: Loss | None = None if pair is None else pair(self)
        return made


class Summed(Loss):
    """A loss that is a sum of terms, one for every output of every sample: 1/|X| Σ terms."""

    def apply(self, y: Array, a: Array) -> float:
        terms = self._terms(*matched(y, a))
        return float(terms.sum()) / terms.shape[-1]

    def perSample(self, y: Array, a: Array) -> Array:
        terms = self._terms(*matched(y, a))
        return terms.reshape(-1, terms.shape[-1]).sum(axis=0)

    def perPosition(self, y: Array, a: Array) -> Array:
        terms = self._terms(*matched(y, a))
        return terms.sum(axis=featureAxis(terms))

    @abstractmethod
    def _terms(self, y: Array, a: Array) -> Array:
        """The terms (features..., N), from label and output in the same precision."""


def matched(y: Array, a: Array) -> tuple[Array, Array]:
    """Label and output as float arrays of the output's precision, single or double, if their shapes agree."""
    y, a = asArray(y, "a loss", "the label"), asArray(a, "a loss", "the output")
    if y.shape != a.shape:
        raise ValueError(
            f"the label's shape {y.shape} differs from the output's {a.shape}: both are (outputs, samples)"
        )
    if not y.size:
        raise ValueError("a batch without samples has no loss: give at least one column")
    if a.dtype not in FLOATS:
        a = realNumbers("a loss", "the output", a).astype(
            np.float32 if a.dtype.itemsize == 2 and a.dtype.kind == "f" else float
        )
    return (y if y.dtype == a.dtype else realNumbers("a loss", "the label", y, a.dtype)), a


def _column_by_column(self: Loss, y: Array, a: Array) -> Array:
    """`perSample` of a loss that has its own `apply` and nothing more."""
    y, a = matched(y, a)
    return np.array([self.apply(y[..., i : i + 1], a[..., i : i + 1]) for i in range(y.shape[-1])])
