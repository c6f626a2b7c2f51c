"""The contract of an activation function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from leibnet.configurable import Configurable
from leibnet.types import Array

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Activation(Configurable, ABC, family="activation"):
    """A function a = f(z) that a layer applies to its pre-activations, and its gradient.

    An activation of your own needs `apply` and `derivative`; every layer then takes it. If it has settings, it keeps
    them in attributes named like the arguments of its constructor, from which they are saved:

    >>> class Power(Activation):
    ...     def __init__(self, exponent):
    ...         self.exponent = exponent
    ...
    ...     def apply(self, z, out=None):
    ...         return np.power(z, self.exponent, out=out)
    ...
    ...     def derivative(self, z):
    ...         return self.exponent * z ** (self.exponent - 1)
    >>> Power(2).apply(np.array([[3.0]]))
    array([[9.]])

    `nn.checkGradients(Dense(3, 2, Power(2)))` checks it.

    Attributes
    ----------
    initializer : str
        The initialisation of a layer's weights that suits this activation, a name from `layers.initializer`.
    range : (float, float)
        The values the function can take.
    link : str
        The name under which a loss knows this function, see `Loss.after`; empty for a function that no loss knows, and
        for a subclass that computes something else.
    kernel : str
        The name of this function's compiled kernels, see `leibnet.fused`; empty where it has none, as for `link`.
    """

    initializer: ClassVar[str] = "glorot_uniform"
    range: tuple[float, float] = (-np.inf, np.inf)
    link: ClassVar[str] = ""
    kernel: ClassVar[str] = ""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name in ("link", "kernel"):
            says = {name, "apply", "derivative", "backward"}
            if name not in next(vars(base) for base in cls.__mro__ if says & vars(base).keys()):
                setattr(cls, name, "")

    @abstractmethod
    def apply(self, z: Array, out: Array | None = None) -> Array:
        """f(z), in the shape and precision of z. Written to `out` if given (not z itself); z is never changed."""

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """f'(z), element by element, in the shape of z."""

    def backward(self, da: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        """dz = f'(z) · da: from dLoss/da to dLoss/dz, the vector-Jacobian product.

        Parameters
        ----------
        da : dLoss/da, of the shape of z; never changed.
        z, a : the pre-activation and the a = f(z) that belongs to it.
        out : where to write the result, if given (none of the other three).
        """
        return np.multiply(da, self.derivative(z), out=out)

    def secondDerivative(self, z: Array) -> Array:
        """f''(z), element by element, in the shape of z; `Contractive` and `GradientPenalty` ask for it."""
        raise NotImplementedError(f"{self!r} does not say its second derivative: write secondDerivative(z)")

    @property
    def isTwiceDifferentiable(self) -> bool:
        """Whether it says its `secondDerivative`; a subclass with another derivative says its own."""
        says = {"apply", "derivative", "secondDerivative"}
        first = next(base for base in type(self).__mro__ if says & vars(base).keys())
        return first is not Activation and "secondDerivative" in vars(first)

    @property
    def kernelSetting(self) -> float:
        """The number that the compiled kernels need beside the pre-activations; 0 where they need none."""
        return 0.0

    def plot(self, low: float = -5.0, high: float = 5.0) -> Figure:
        """Draws the function and its derivative between `low` and `high`, as in the lecture."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4.5, 3.2), layout="constrained")
        self.draw(figure.add_subplot(), low, high)
        return figure

    def draw(self, axes: Axes, low: float = -5.0, high: float = 5.0) -> None:
        """Draws the function and its derivative into the given axes."""
        x = np.linspace(low, high, 1001)
        function, derivative = self._curves(x)
        axes.plot(x, function, label="function", linewidth=2)
        axes.plot(x, derivative, label="derivative", linestyle="--")
        axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.set_title(repr(self))
        axes.legend(frameon=False)

    def _curves(self, x: Array) -> tuple[Array, Array]:
        return self.apply(x), self.derivative(x)
