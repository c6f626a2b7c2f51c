"""The softmax with what rounding takes from it."""

from __future__ import annotations

from leibnet.types import Array

import numpy as np


class SplitSoftmax:
    """The softmax a of every column of z (n, M), split into its largest entry, `best`, and the others.

    With rest = Σ exp(z_j - z_best) over the others, a_best = 1 / (1 + rest) and 1 - a_best = rest / (1 + rest): no
    difference of nearly equal numbers occurs.

    Attributes
    ----------
    best : index arrays of the largest entry of each column.
    others : (n, M), the softmax among the others; 0 at the largest entry.
    rest : (M,)
    """

    def __init__(self, z: Array) -> None:
        self._z = z = z.copy()
        self.best = z.argmax(axis=0), np.arange(z.shape[1], like=z)
        self._zBest = z[self.best]
        z[self.best] = -np.inf
        second = np.maximum.reduce(z, axis=0)
        if len(z) == 1:  # one output is always 1, and nothing is beside it; almost nothing has a finite logarithm
            second = self._zBest + np.log(np.finfo(z.dtype).tiny)
        self.others = np.exp(z - second)
        total = np.add.reduce(self.others, axis=0)
        total += len(z) == 1
        self.others /= total
        self._gap = second - self._zBest
        self._total = total
        self.rest = np.exp(self._gap) * total

    def outputs(self) -> Array:
        """The softmax a itself, (n, M)."""
        a = self.outputsBesideBest()
        a[self.best] = 1 / (1 + self.rest)
        return a

    def outputsBesideBest(self) -> Array:
        """a with 0 at the largest entry, (n, M)."""
        return self.others * (self.rest / (1 + self.rest))

    def logarithm(self) -> Array:
        """ln a, (n, M)."""
        log_total = np.log1p(self.rest)
        log_a = self._z - self._zBest
        log_a[self.best] = 0
        log_a -= log_total
        return log_a

    def logarithms(self) -> tuple[Array, Array]:
        """ln a and ln(1 - a), both (n, M)."""
        log_not_a = np.log1p(-self.outputsBesideBest())
        log_not_a[self.best] = self._gap + np.log(self._total) - np.log1p(self.rest)
        return self.logarithm(), log_not_a

    def balanced(self, gradient: Array) -> Array:
        """The gradient with its entry at the largest output computed anew, as minus the sum of the others, in place.

        The gradient of any loss with respect to z sums to 0 over a column, because adding a constant to z changes
        nothing. At the largest output this is how to get it without cancellation.
        """
        gradient[self.best] = 0
        gradient[self.best] = -np.add.reduce(gradient, axis=0)
        return gradient
