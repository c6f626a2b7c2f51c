"""How a picture goes downhill: steps of one of the library's optimizers, or scipy's L-BFGS."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module
from typing import Any

from leibnet.types import Array

import numpy as np

from optimizer import Optimizer

ROUND = 50  # iterations of L-BFGS after which it begins anew, so that a checkpoint needs nothing of its memory
FIRST = 0.02  # how far the first step of L-BFGS moves a pixel, about

Valued = Callable[[Array], tuple[float, Array]]
Bounds = tuple[float, float] | None


class Stepping(ABC):
    """What changes the picture.

    Attributes
    ----------
    name : of the optimizer with its settings.
    """

    name: str

    @abstractmethod
    def begin(self) -> None:
        """Forgets all, for a picture of another size."""

    @abstractmethod
    def round(
        self, x: Array, valued: Valued, bounds: Bounds, most: int, factor: float, after: Callable[[Array], bool]
    ) -> Array:
        """The picture after at most `most` steps downhill.

        `valued` gives value and gradient for a picture; `after` is told of the picture after every step, and says
        whether to go on.
        """

    @abstractmethod
    def isRound(self, made: int, most: int) -> bool:
        """Whether so many steps, of at most `most`, that Ctrl-C ended are a whole round."""

    @abstractmethod
    def arrays(self) -> dict[str, Array]:
        """What it remembers between two rounds."""

    @abstractmethod
    def setArrays(self, arrays: dict[str, Array], steps: int) -> None:
        """Takes what `arrays` gave after so many steps of an octave."""


class Descent(Stepping):
    """Single steps of an `Optimizer`; pixels that would leave the bounds stay at them."""

    def __init__(self, template: Optimizer) -> None:
        self._optimizer = template.clone()
        self.name = repr(template)

    def begin(self) -> None:
        self._optimizer = self._optimizer.clone()

    def round(
        self, x: Array, valued: Valued, bounds: Bounds, most: int, factor: float, after: Callable[[Array], bool]
    ) -> Array:
        """One step, whatever `most` is."""
        _, gradient = valued(x)
        x = np.array(x, order="C")
        self._optimizer.update(x, np.ascontiguousarray(gradient), factor=factor)
        if bounds is not None:
            np.clip(x, *bounds, out=x)
        after(x)
        return x

    def isRound(self, made: int, most: int) -> bool:
        return True

    def arrays(self) -> dict[str, Array]:
        return dict(self._optimizer.state)

    def setArrays(self, arrays: dict[str, Array], steps: int) -> None:
        self._optimizer.state, self._optimizer.t = dict(arrays), steps


class QuasiNewton(Stepping):
    """L-BFGS (Byrd, Lu, Nocedal & Zhu 1995) from scipy, in rounds of 50 iterations."""

    def __init__(self) -> None:
        self.name = f"lbfgs, rounds of {ROUND}"
        try:
            self._minimize: Any = import_module("scipy.optimize").minimize
        except ImportError as error:
            raise ImportError(
                f'optimizer="lbfgs" needs the package scipy: pip install scipy, or leave it at Adam ({error})'
            ) from error

    def begin(self) -> None:
        """Nothing: every round begins anew."""

    def round(
        self, x: Array, valued: Valued, bounds: Bounds, most: int, factor: float, after: Callable[[Array], bool]
    ) -> Array:
        """Up to 50 iterations; fewer where the gradient is 0 or the line search finds no way down."""
        best = x
        slope = float(np.linalg.norm(valued(x)[1])) or 1.0
        unit = FIRST * x.size**0.5 / slope  # the first step is the gradient itself

        def value(flat: Array) -> tuple[float, Array]:
            energy, gradient = valued(flat.reshape(x.shape).astype(x.dtype))
            return unit * energy, unit * gradient.ravel().astype(float)

        def iterated(flat: Array) -> None:
            nonlocal best
            best = flat.reshape(x.shape).astype(x.dtype)
            if not after(best):
                raise StopIteration

        limits = None if bounds is None else [bounds] * x.size
        options = {"maxiter": min(most, ROUND), "maxcor": 20, "ftol": 0.0, "gtol": 0.0}
        self._minimize(
            value, x.ravel().astype(float), jac=True, method="L-BFGS-B", bounds=limits, callback=iterated,
            options=options,
        )  # fmt: skip
        return best

    def isRound(self, made: int, most: int) -> bool:
        return made == min(most, ROUND)

    def arrays(self) -> dict[str, Array]:
        return {}

    def setArrays(self, arrays: dict[str, Array], steps: int) -> None:
        """Nothing: every round begins anew."""
