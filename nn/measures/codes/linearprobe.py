"""How much of the classes a linear map can read from codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

from leibnet.arguments import number, refusal
from leibnet.types import Array

import numpy as np

from activations import Softmax
from nn.measures.codes.given import classNumbersOf, columnsOf, fitted

PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
ENOUGH = 1e-5  # nats
PATIENCE = 2  # penalties that are tried after the best
STEPS, PRODUCTS, HALVINGS = 50, 100, 30


class LinearProbe:
    """Multinomial logistic regression on codes, to the minimum: nothing is drawn, and no step size is to be chosen.

        L(W, b) = -1/N Σ ln softmax(W x̂ + b)_y + λ/2 ‖W‖²        x̂ = (x - mean) / deviation, of each feature

    It is convex. Newton's method finds the minimum, each step by conjugate gradients, which need the Hessian only in
    products with a vector v:

        s = p ∘ (v x̂ - pᵀ v x̂)        H v = 1/N Σ s x̂ᵀ + λ v

    until half the squared Newton decrement, gᵀ H⁻¹ g / 2, says that L is within 10⁻⁵ nats of it. They are
    preconditioned by H as it would be if all samples had the mean p (1 - p). Alain & Bengio 2016, arXiv:1610.01644, for
    probes; Nocedal & Wright, "Numerical Optimization", chapter 7, for the method.

    Parameters
    ----------
    penalties : values of λ > 0 to try, the largest first, until two in turn do no better in the validation; default
        0.1, 0.01, ..., 10⁻⁵.

    Attributes
    ----------
    weight, bias : W (classes, features) and b (classes, 1) for codes as they are given, after `fit`.
    penalty : the λ that was chosen: the one with the fewest errors in the validation, and of equal ones the largest.

    Example
    -------
    >>> codes, labels = np.array([[0.0, 0.1, 0.9, 1.0]]), [0, 0, 1, 1]
    >>> probe = LinearProbe(penalties=[0.01]).fit(codes, labels)
    >>> probe.predict([[0.2, 0.7]])
    array([0, 1])
    """

    def __init__(self, penalties: Iterable[float] = PENALTIES) -> None:
        if not isinstance(penalties, Iterable):
            raise TypeError(refusal("LinearProbe", "penalties", "numbers such as [0.1, 0.01]", penalties))
        tried = [number("LinearProbe", "each of penalties", one, low=0, excluding="low") for one in penalties]
        if not tried:
            raise ValueError(refusal("LinearProbe", "penalties", "one value or more", tried))
        self.penalties = sorted(tried, reverse=True)

    def fit(self, codes: Any, labels: Any, validation: tuple[Any, Any] | None = None) -> Self:
        """Chooses λ, and finds the minimum for it. Returns this probe.

        Parameters
        ----------
        codes, labels : (features, N) and class numbers (N,).
        validation : other codes and their labels, to choose λ by. Default: every fifth sample is left out for that,
            and the minimum is then found for all samples.
        """
        x = columnsOf("LinearProbe.fit", "codes", codes)
        y = classNumbersOf("LinearProbe.fit", "labels", labels, x.shape[1])
        if len(self.penalties) == 1:
            (found,) = self._path(x, y, int(y.max()) + 1, self.penalties)
            self._take(self.penalties[0], *found)
            return self
        kept = np.ones(x.shape[1], bool)
        if validation is None:
            kept[4::5] = False
            if kept.all():
                expected = "5 samples or more, to choose a penalty by some of them"
                raise ValueError(refusal("LinearProbe.fit", "codes", expected, x.shape, "or give one penalty"))
            others, truth = x[:, ~kept], y[~kept]
        else:
            others = columnsOf("LinearProbe.fit", "validation[0]", validation[0], len(x))
            truth = classNumbersOf("LinearProbe.fit", "validation[1]", validation[1], others.shape[1])
        classes = int(max(y.max(), truth.max())) + 1
        models, right = [], []
        for W, b in self._path(x[:, kept], y[kept], classes, self.penalties):
            models.append((W, b))
            right.append(np.mean((W @ others + b).argmax(axis=0) == truth))
            chosen = int(np.argmax(right))
            if len(right) > chosen + PATIENCE:
                break
        if validation is None:
            (models[chosen],) = self._path(x, y, classes, [self.penalties[chosen]])
        self._take(self.penalties[chosen], *models[chosen])
        return self

    def predict(self, codes: Any) -> Array:
        """The class numbers (N,) of codes (features, N)."""
        weight: Array = fitted(self, "weight")
        return (weight @ columnsOf("LinearProbe.predict", "codes", codes, weight.shape[1]) + self.bias).argmax(axis=0)

    def accuracy(self, codes: Any, labels: Any) -> float:
        """The share of right answers, for codes (features, N) and class numbers (N,)."""
        found = self.predict(codes)
        return float(np.mean(found == classNumbersOf("LinearProbe.accuracy", "labels", labels, len(found))))

    def __repr__(self) -> str:
        return f"LinearProbe(penalties={self.penalties})"

    def _take(self, penalty: float, weight: Array, bias: Array) -> None:
        self.penalty, self.weight, self.bias = penalty, weight, bias

    def _path(self, x: Array, y: Array, classes: int, penalties: list[float]) -> Iterator[tuple[Array, Array]]:
        """W and b for each of these penalties, from the largest on, each beginning where the one before ended."""
        mean, deviation = x.mean(axis=1, keepdims=True), x.std(axis=1, keepdims=True)
        deviation[deviation <= 1e-6 * np.abs(mean).max(initial=1e-30)] = np.inf  # a constant says nothing
        regression = _Regression((x - mean) / deviation, np.eye(classes, dtype=x.dtype)[:, y])
        theta = np.zeros((classes, len(x) + 1), x.dtype)
        for penalty in penalties:
            theta = regression.minimum(theta, penalty)
            W = theta[:, :-1] / deviation.T
            yield W, theta[:, -1:] - W @ mean


class _Regression:
    """The loss for standardised codes x (features, N) and one-hot labels y (classes, N).

    θ = (W, b), (classes, features + 1): the last feature is a constant 1.
    """

    def __init__(self, x: Array, y: Array) -> None:
        self.x, self.y = np.concatenate([x, np.ones_like(x[:1])]), y
        self.count = x.shape[1]
        # x̂ x̂ᵀ / N = Q Λ Qᵀ, (features + 1, features + 1)
        self.spectrum, self.axes = np.linalg.eigh(self.x @ self.x.T / self.count)

    def minimum(self, theta: Array, penalty: float) -> Array:
        """θ where the loss is least, by Newton's method that begins here."""
        loss, p = self.loss(theta, penalty)
        for _ in range(STEPS):
            gradient = (p - self.y) @ self.x.T / self.count + self.shrunk(theta, penalty)  # (K, N) · (N, d) = (K, d)
            step, decrement = self.newton(p, gradient, penalty)
            size = 1.0
            for _ in range(HALVINGS):
                value, probabilities = self.loss(theta - size * step, penalty)
                if value <= loss - 1e-4 * size * decrement:
                    break
                size /= 2
            else:
                return theta  # nothing is left but rounding
            theta, loss, p = theta - theta.dtype.type(size) * step, value, probabilities
            if decrement < 2 * ENOUGH:
                return theta
        return theta

    def loss(self, theta: Array, penalty: float) -> tuple[float, Array]:
        """The loss, and the probabilities (classes, N)."""
        z = theta @ self.x  # (K, d) · (d, N)
        z -= z.max(axis=0)
        right = np.vdot(z, self.y)
        entropy = float(np.log(np.exp(z).sum(axis=0)).sum(dtype=float) - right) / self.count
        return entropy + 0.5 * float(np.vdot(theta, self.shrunk(theta, penalty))), Softmax().apply(z)

    def newton(self, p: Array, gradient: Array, penalty: float) -> tuple[Array, float]:
        """H⁻¹ g by preconditioned conjugate gradients, and gᵀ H⁻¹ g."""
        mean = float(np.mean(p * (1 - p)))
        scale = (mean * np.maximum(self.spectrum, 0) + penalty).astype(gradient.dtype)

        def preconditioned(v: Array) -> Array:
            return ((v @ self.axes) / scale) @ self.axes.T

        step, rest = np.zeros_like(gradient), gradient.copy()
        direction = z = preconditioned(rest)
        product = start = float(np.vdot(rest, z))
        for _ in range(PRODUCTS):
            if product <= 0.01 * start:  # a tenth, in the preconditioner's norm
                break
            curved = self.curvature(p, direction, penalty)
            size = product / float(np.vdot(direction, curved))
            step += gradient.dtype.type(size) * direction
            rest -= gradient.dtype.type(size) * curved
            z = preconditioned(rest)
            product, before = float(np.vdot(rest, z)), product
            direction = z + gradient.dtype.type(product / before) * direction
        return step, float(np.vdot(gradient, step))

    def curvature(self, p: Array, v: Array, penalty: float) -> Array:
        """H v"""
        s = v @ self.x
        s *= p
        s -= p * s.sum(axis=0)
        return s @ self.x.T / self.count + self.shrunk(v, penalty)

    @staticmethod
    def shrunk(theta: Array, penalty: float) -> Array:
        """λ W; the bias is free."""
        shrunk = theta.dtype.type(penalty) * theta
        shrunk[:, -1] = 0
        return shrunk
