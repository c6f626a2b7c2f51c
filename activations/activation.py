"""The contract of an activation function."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[Any]


class Activation(ABC):
    """A function a = f(z) that a layer applies to its pre-activations, and its gradient.

    An own activation needs `apply` and `derivative`; it works in every layer at once. If it has settings, it keeps them
    in attributes named like the arguments of its constructor, from which they are saved:

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
        The name under which losses know this function in `Loss.logits`; empty for one they do not know, and for a
        subclass that computes something else.
    """

    kinds: ClassVar[dict[str, type[Activation]]] = {}
    initializer: ClassVar[str] = "glorot_uniform"
    range: tuple[float, float] = (-np.inf, np.inf)
    link: ClassVar[str] = ""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        Activation.kinds[cls.__name__] = cls
        if "link" not in vars(cls) and {"apply", "derivative", "backward"} & vars(cls).keys():
            cls.link = ""

    @property
    def name(self) -> str:
        """The name of the function: "ReLU", "Softmax", ..."""
        return type(self).__name__

    @abstractmethod
    def apply(self, z: Array, out: Array | None = None) -> Array:
        """f(z), in the shape and precision of z. Written to `out` if given (not z itself); z is never changed."""

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """f'(z), element by element, in the shape of z."""

    def backward(self, gradient: Array, z: Array, a: Array, out: Array | None = None) -> Array:
        """The vector-Jacobian product dLoss/dz = f'(z) · dLoss/da.

        Parameters
        ----------
        gradient : dLoss/da, of the shape of z; never changed.
        z, a : the pre-activation and the a = f(z) that belongs to it.
        out : where to write the result, if given (none of the other three).
        """
        return np.multiply(gradient, self.derivative(z), out=out)

    def config(self) -> dict[str, Any]:
        """What it takes to make this activation again, as plain values: {"kind": name, ...}.

        By convention the arguments of the constructor are kept in attributes of the same names.
        """
        return {"kind": self.name} | {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @staticmethod
    def fromConfig(config: dict[str, Any]) -> Activation:
        """The activation that `config()` described."""
        arguments = dict(config)
        kind = arguments.pop("kind", None)
        if kind not in Activation.kinds:
            known = ", ".join(Activation.kinds)
            raise ValueError(f"unknown activation {kind!r}: known are {known}; import the module of your own first")
        return Activation.kinds[kind](**arguments)

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

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value}" for key, value in self.config().items() if key != "kind")
        return f"{self.name}({arguments})"


def floating(z: Any) -> Array:
    """Numbers as an array of floats: z itself if it is one."""
    z = np.asarray(z)
    if z.dtype.kind == "f" and z.dtype.isnative:
        return z
    if z.dtype.kind not in "fiub":
        raise TypeError(f"an activation takes real numbers, got an array of {z.dtype}")
    return z.astype(z.dtype.newbyteorder("=") if z.dtype.kind == "f" else float)
