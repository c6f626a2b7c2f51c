"""Principal component analysis: the best linear encoding, found without training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from leibnet.arguments import choice, flag, floatType, refusal, wholeNumber
from leibnet.types import Array

import numpy as np
from numpy.typing import ArrayLike

from dataset import Dataset
from layers import Dense
from nn.models.statistics.moments import Columns, asColumns, covariance, refuseInfinite, triangle
from nn.storage.onnx.exported import Centring, Exported
from nn.storage.stored import Stored

Found = tuple[Array, Array, Array, float]  # μ, all variances, all components, the share of the largest that is rounding


def _by_covariance(samples: Columns) -> Found:
    """Eigenvectors and eigenvalues of Σ. Features that never change are left out of the eigenvalue problem."""
    d = samples.features
    mean, sigma = covariance(samples)
    varying = sigma.diagonal() > 0
    rank = np.count_nonzero(varying)
    values, vectors = np.linalg.eigh(sigma[np.ix_(varying, varying)])  # ascending
    variances, components = np.zeros(d), np.zeros((d, d))
    variances[:rank] = np.maximum(values[::-1], 0)
    components[varying, :rank] = vectors[:, ::-1]
    components[~varying, range(rank, d)] = 1
    return mean, variances, components, 10 * float(np.finfo(samples.dtype).eps)


def _by_svd(samples: Columns) -> Found:
    """Right singular vectors of the centred Xᵀ, whose singular values are √(nλ); so are those of its triangle R."""
    mean, R = triangle(samples)
    _, s, V = np.linalg.svd(R, full_matrices=False)
    rounding = (max(samples.features, samples.count) * float(np.finfo(float).eps)) ** 2
    return mean, s**2 / samples.count, V.T, rounding


ROUNDING = 32  # of components, in units of ε: five times what was found in pairs of equal features, see `_signs`
METHODS: dict[str, Callable[[Columns], Found]] = {"covariance": _by_covariance, "svd": _by_svd}


class PCA(Stored):
    """Principal component analysis: the k orthonormal directions in which the data vary most, from ℝᵈ to ℝᵏ and back.

        μ = 1/n Σ x        Σ = 1/n Σ (x - μ)(x - μ)ᵀ        Σ u_i = λ_i u_i        z = Uᵀ(x - μ)        x ≈ Uz + μ

    The variance along u is uᵀΣu. Its maximum under ‖u‖ = 1 satisfies Σu = λu: an eigenvector, and uᵀΣu = λ is the
    variance. So the u_i, the columns of U, are the eigenvectors of the k largest eigenvalues.

    The mean squared error of the reconstructions, summed over the features, is the sum of the discarded eigenvalues:
    exactly, on the training data, because Σ has the lecture's 1/n and not 1/(n - 1).

    Parameters
    ----------
    k : number of components; default: all there are, min(d, n).
    method : "covariance", the eigenvectors of Σ, as in the lecture; or "svd", the singular vectors of the centred X.
        That never squares the data: it is slower, but accurate for small variances beside large ones, and with d > n
        it needs no (d, d) array. Default: "svd" if there are fewer samples than features, otherwise "covariance".
    whiten : whether codes are divided by their standard deviations, which the inverse undoes; default False.

    Attributes
    ----------
    components : (d, k), the u_i as columns. Their signs: the entry of largest absolute value is positive, or the first
        of several that are as large but for rounding.
    explainedVariance : (k,), the eigenvalues λ_i, descending.
    explainedVarianceRatio : (k,), their shares of the total variance.
    totalVariance : the sum of all eigenvalues, those discarded included.
    mean : (d, 1), μ.

    "covariance" multiplies in the precision of the data and adds in double precision: the variances of data in single
    precision are accurate to about 1e-6 of the largest one, those in double precision to about 1e-15. The results are
    in double precision until `astype`.

    Reference: the first lecture; J. Shlens, A Tutorial on Principal Component Analysis, arXiv:1404.1100, 2014.

    Example
    -------
    >>> X = np.array([[1.0, 2.0, 3.0, 6.0], [2.0, 4.0, 6.0, 12.0]])  # four points of the plane, on a line
    >>> pca = PCA(k=1).fit(X)
    >>> pca.components.round(3)
    array([[0.447],
           [0.894]])
    >>> pca.transform(X).round(3)
    array([[-4.472, -2.236,  0.   ,  6.708]])
    >>> bool(np.allclose(pca.reconstruct(X), X))
    True
    """

    def __init__(self, k: int | None = None, method: str | None = None, whiten: bool = False) -> None:
        self.k = None if k is None else wholeNumber("PCA", "k", k)
        self.method = None if method is None else choice("PCA", "method", method, list(METHODS))
        self.whiten = flag("PCA", "whiten", whiten)
        self._fitted: dict[str, Array] = {}

    def fit(self, X: ArrayLike | Dataset) -> Self:
        """Finds the mean and the components of the columns of X (d, n), n ≥ 2, or of a data set's training samples.

        It reads them once, in chunks. What an earlier fit found is replaced. Returns this PCA. Images
        (channels, height, width, n) are taken for columns.
        """
        samples = Columns("PCA.fit", X)
        k = self._componentCount(samples)
        find = METHODS[self.method or ("svd" if samples.count < samples.features else "covariance")]
        with np.errstate(all="ignore"):
            mean, variances, components, rounding = find(samples)
        explained, components = variances[:k].copy(), components[:, :k]
        if self.whiten:
            _check_variances(explained, rounding)
        self._fitted = {
            "components": components * _signs(components, variances, samples.dtype),
            "explainedVariance": explained,
            "mean": mean,
            "totalVariance": variances.sum(keepdims=True),
        }
        return self

    def transform(self, X: ArrayLike) -> Array:
        """The codes (k, N) of the columns of X (d, N): z = Uᵀ(x - μ)."""
        x = self._asFitted("PCA.transform", "X", X, len(self.mean))
        z = self.components.T @ (x - self.mean)  # (k, d) · (d, N) = (k, N)
        return z / self._deviations() if self.whiten else z

    def inverseTransform(self, codes: ArrayLike) -> Array:
        """The samples (d, N) that the codes (k, N) stand for: x = Uz + μ."""
        z = self._asFitted("PCA.inverseTransform", "codes", codes, self.components.shape[1])
        if self.whiten:
            z = z * self._deviations()
        return self.components @ z + self.mean  # (d, k) · (k, N) = (d, N)

    def reconstruct(self, X: ArrayLike) -> Array:
        """What is left of the columns of X (d, N) after encoding and decoding, (d, N)."""
        return self.inverseTransform(self.transform(X))

    @property
    def components(self) -> Array:
        """(d, k), the u_i as columns."""
        return self.arrays()["components"]

    @property
    def explainedVariance(self) -> Array:
        """(k,), the variances λ_i along the components, descending."""
        return self.arrays()["explainedVariance"]

    @property
    def explainedVarianceRatio(self) -> Array:
        """(k,), the shares of the components in the total variance."""
        return self.explainedVariance / (self.totalVariance or 1.0)

    @property
    def mean(self) -> Array:
        """(d, 1), μ, which is zeroed out."""
        return self.arrays()["mean"]

    @property
    def totalVariance(self) -> float:
        """The sum of all variances, those of the discarded components included."""
        return float(self.arrays()["totalVariance"][0])

    # Files -----------------------------------------------------------------------------------------------------------

    def config(self) -> dict[str, Any]:
        return super().config() | {"shape": list(self.components.shape)}

    @classmethod
    def fromArguments(cls, arguments: Mapping[str, Any]) -> Self:
        dim, k = arguments["shape"]
        made = super().fromArguments({name: value for name, value in arguments.items() if name != "shape"})
        if made.k not in (None, k) or not k <= dim:
            raise ValueError(f"a PCA with k={made.k} has no components of shape {(dim, k)}")
        shapes = {"components": (dim, k), "explainedVariance": (k,), "mean": (dim, 1), "totalVariance": (1,)}
        made._fitted = {name: np.zeros(shape) for name, shape in shapes.items()}
        return made

    def arrays(self) -> dict[str, Array]:
        if not self._fitted:
            raise RuntimeError("this PCA is not fitted: call fit(X) first")
        return self._fitted

    def exported(self) -> dict[str, Exported]:
        """z = Uᵀ(x - μ) and x = Uz + μ as layers, with the deviations of a whitening."""
        U, deviations = self.components, self._deviations() if self.whiten else np.ones((self.components.shape[1], 1))
        encoder, decoder = _linear((U / deviations.T).T, U.dtype), _linear(U * deviations.T, U.dtype)
        scale = Centring(self.mean[:, 0])
        return {
            "reconstruction": Exported({"encoder": encoder, "decoder": decoder}, before=scale, after=scale),
            "encoder": Exported({"encoder": encoder}, before=scale),
            "decoder": Exported({"decoder": decoder}, after=scale),
        }

    def astype(self, dtype: Any) -> None:
        """Converts what was fitted to float32 or float64; `transform` and the others then compute in it."""
        precision = floatType("PCA", dtype)
        self._fitted = {name: array.astype(precision) for name, array in self.arrays().items()}

    # Inside ----------------------------------------------------------------------------------------------------------

    def _componentCount(self, samples: Columns) -> int:
        """k, if there are as many components."""
        d, n = samples.features, samples.count
        if n < 2:
            raise ValueError(refusal("PCA.fit", "X", "two samples or more, as columns (d, n)", (d, n)))
        k = min(d, n) if self.k is None else self.k
        if k > min(d, n):
            expected = f"at most {min(d, n)}, as many as {n} samples of {d} features have components"
            raise ValueError(refusal("PCA.fit", "k", expected, k, "choose a smaller one"))
        return k

    def _deviations(self) -> Array:
        return np.sqrt(self.explainedVariance)[:, np.newaxis]

    def _asFitted(self, owner: str, name: str, X: ArrayLike, rows: int) -> Array:
        """The columns, if there are as many rows, in the precision of what was fitted."""
        columns = asColumns(owner, name, X)
        if len(columns) != rows:
            remedy = "transpose it, samples are columns" if columns.shape[1] == rows else ""
            raise ValueError(refusal(owner, name, f"columns of shape ({rows}, N)", columns.shape, remedy))
        if not np.isfinite(columns).all():
            refuseInfinite(owner, name, columns)
        return columns.astype(self.components.dtype, copy=False)

    def __repr__(self) -> str:
        settings = ["" if self.k is None else f"k={self.k}", f"method={self.method!r}" if self.method else ""]
        own = f"PCA({', '.join(filter(None, [*settings, 'whiten=True' if self.whiten else '']))})"
        if not self._fitted:
            return f"{own}, not fitted"
        dim, k = self.components.shape
        return f"{own}: {dim} -> {k}, {self.explainedVarianceRatio.sum():.1%} of the variance"


def _linear(W: Array, dtype: np.dtype[Any]) -> Dense:
    """x ↦ W x"""
    layer = Dense(W.shape[1], W.shape[0], initializer=lambda *_: W)
    layer.astype(dtype)
    return layer


def _signs(components: Array, variances: Array, dtype: np.dtype[Any]) -> Array:
    """The signs (k,) that make the first of the largest entries of each component positive.

    Rounding, which differs with the order of the samples, turns a component by about ε λ₁ / (its distance to the next
    λ): no difference between two entries that is smaller decides.
    """
    k, gaps = components.shape[1], np.abs(np.diff(variances, prepend=np.inf, append=np.inf))
    apart = np.minimum(gaps[:-1], gaps[1:])[:k]
    with np.errstate(divide="ignore", invalid="ignore"):
        rounding = np.fmin(ROUNDING * float(np.finfo(dtype).eps) * variances[0] / apart, 0.1)
    sizes = np.abs(components)
    first = (sizes >= (1 - rounding) * sizes.max(axis=0)).argmax(axis=0)
    return np.where(components[first, range(k)] < 0, -1.0, 1.0)


def _check_variances(explained: Array, rounding: float) -> None:
    """ValueError if one of these is nothing but rounding: it cannot be divided by."""
    found = int(np.sum(explained > rounding * explained[0]))
    if found < len(explained):
        expected = f"False, since {found} of the {len(explained)} components have a variance"
        raise ValueError(refusal("PCA.fit", "whiten", expected, True, f"or use k={found}" if found else ""))
