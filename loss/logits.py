"""Sigmoid and softmax of pre-activations, with what rounding takes from them.

In floating point σ(20) is 1 in single precision, and 1 - σ(20) = 2·10⁻⁹ is gone; so are the logarithms of whatever
rounds to 0. What this file computes keeps both ends, to rounding, for every z.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def smaller_side(z: Array, out: Array, scratch: Array) -> Array:
    """σ(-|z|) = exp(-|z|) / (1 + exp(-|z|)): the smaller one of σ(z) and 1 - σ(z), written to `out`."""
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.add(out, 1, out=scratch)
    return np.divide(out, scratch, out=out)


def sigmoid_error(y: Array, z: Array, out: Array, scratch: Array) -> Array:
    """σ(z) - y = ((1 - y) exp(z) - y) / (1 + exp(z)), written to `out`. Nothing cancels where y is 0 or 1.

    Where exp(z) would overflow, the largest power does as well.
    """
    largest = 88 if z.itemsize == 4 else 709
    power = np.exp(z if z.max() <= largest else np.minimum(z, largest), out=scratch)
    np.subtract(1, y, out=out)
    out *= power
    out -= y
    power += 1
    out /= power
    return out


class Softmax:
    """The softmax of every column of z, split into its largest entry, `best`, and the others.

    z is (n, N); with more axes than two, all but the first are taken together.

    With rest = Σ exp(z_j - z_best) over the others, a_best = 1 / (1 + rest) and 1 - a_best = rest / (1 + rest): no
    difference of nearly equal numbers occurs.

    Attributes
    ----------
    best : index arrays of the largest entry of each column.
    others : (n, N), the softmax among the others; 0 at the largest entry.
    rest : (N,)
    """

    def __init__(self, z: Array) -> None:
        self._z = z = z.reshape(len(z), -1).copy()
        self.best = z.argmax(axis=0), np.arange(z.shape[1])
        self._z_best = z[self.best]
        z[self.best] = -np.inf
        second = np.maximum.reduce(z, axis=0)
        if len(z) == 1:  # one output is always 1, and nothing is beside it; almost nothing has a finite logarithm
            second = self._z_best + np.log(np.finfo(z.dtype).tiny)
        self.others = np.exp(z - second)
        total = np.add.reduce(self.others, axis=0)
        total += len(z) == 1
        self.others /= total
        self._gap = second - self._z_best
        self._total = total
        self.rest = np.exp(self._gap) * total

    def outputs(self) -> Array:
        """The softmax a itself, (n, N)."""
        a = self.outputsBesideBest()
        a[self.best] = 1 / (1 + self.rest)
        return a

    def outputsBesideBest(self) -> Array:
        """a with 0 at the largest entry, (n, N)."""
        return self.others * (self.rest / (1 + self.rest))

    def logarithms(self) -> tuple[Array, Array]:
        """ln a and ln(1 - a), both (n, N)."""
        logTotal = np.log1p(self.rest)
        logA = self._z - self._z_best - logTotal
        logNotA = np.log1p(-self.outputsBesideBest())
        logA[self.best] = -logTotal
        logNotA[self.best] = self._gap + np.log(self._total) - logTotal
        return logA, logNotA

    def balanced(self, gradient: Array) -> Array:
        """The gradient with its entry at the largest output computed anew, as minus the sum of the others, in place.

        The gradient of any loss with respect to z sums to 0 over a column, because adding a constant to z changes
        nothing. At the largest output this is how to get it without cancellation.
        """
        gradient[self.best] = 0
        gradient[self.best] = -np.add.reduce(gradient, axis=0)
        return gradient
