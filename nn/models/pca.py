"""Principal component analysis: the best linear encoding, found without training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dataset import Dataset
from nn.storage.stored import Stored
from nn.watch.divergence import isFinite

Array = NDArray[Any]

ENTRIES = 2**22  # numbers in a chunk of the data, 16 MB in single precision


class PCA(Stored):
    """Principal component analysis: the k orthonormal directions in which the data vary most, from ℝᵈ to ℝᵏ and back.

    With Σ = 1/n X Xᵀ after zeroing out the mean, the variance along u is uᵀΣu. Its maximum under ‖u‖ = 1 satisfies
    Σu = λu: an eigenvector, and uᵀΣu = λ is the variance. So the u_i are the eigenvectors of the k largest eigenvalues.

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
    components : (d, k), the u_i as columns. Their signs: the entry of largest absolute value is positive.
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
        if k is not None and (isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1):
            raise ValueError(f"PCA needs k, the number of components, to be a positive integer or None, got {k!r}")
        if method is not None and method not in METHODS:
            raise ValueError(f"unknown method {method!r} of PCA: expected {', '.join(map(repr, METHODS))} or None")
        self.k = None if k is None else int(k)
        self.method, self.whiten = method, bool(whiten)
        self._fitted: dict[str, Array] = {}

    def fit(self, X: ArrayLike | Dataset) -> Self:
        """Finds the mean and the components of the columns of X (d, n), n ≥ 2, or of a data set's training samples.

        It reads them once, in chunks. What an earlier fit found is replaced. Returns this PCA.
        """
        X = X if isinstance(X, Dataset) else _columns("X", X)
        dim, count = (X.inputDim, X.train_size) if isinstance(X, Dataset) else X.shape
        if count < 2:
            raise ValueError(f"PCA needs at least two samples, got {count}: samples are columns, (d, n)")
        k = min(dim, count) if self.k is None else self.k
        if k > min(dim, count):
            raise ValueError(
                f"{count} samples of {dim} features have at most {min(dim, count)} components, got k={k}: "
                "choose a smaller k"
            )
        method = self.method or ("svd" if count < dim else "covariance")
        try:
            with np.errstate(all="ignore"):
                mean, variances, components, noise = METHODS[method](partial(_cut, X), dim)
        except FloatingPointError:
            raise ValueError(_notFinite("X", None if isinstance(X, Dataset) else X)) from None
        explained, components = variances[:k].copy(), components[:, :k]
        found = int(np.sum(explained > noise * explained[0]))
        if self.whiten and found < k:
            raise ValueError(
                f"{found} of the {k} components have a variance, the others cannot be whitened: "
                + (f"use k={found}, or whiten=False" if found else "use whiten=False")
            )
        largest = np.abs(components).argmax(axis=0)
        signs = np.where(components[largest, range(k)] < 0, -1.0, 1.0)
        self._fitted = {
            "components": components * signs,
            "explainedVariance": explained,
            "mean": mean,
            "totalVariance": variances.sum(keepdims=True),
        }
        return self

    def transform(self, X: ArrayLike) -> Array:
        """The codes (k, N) of the columns of X (d, N): z = Uᵀ(x - μ)."""
        z = self.components.T @ (self._accept(X, len(self.mean), "X") - self.mean)  # (k, d) · (d, N) = (k, N)
        return z / self._deviations() if self.whiten else z

    def inverseTransform(self, codes: ArrayLike) -> Array:
        """The samples (d, N) that the codes (k, N) stand for: x = Uz + μ."""
        z = self._accept(codes, self.components.shape[1], "codes")
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

    # Files -------------------------------------------------------------------------------------------------------

    def config(self) -> dict[str, Any]:
        own = {"kind": type(self).__name__, "k": self.k, "method": self.method, "whiten": self.whiten}
        return own | {"shape": list(self.components.shape)}

    @classmethod
    def _fromConfig(cls, config: dict[str, Any]) -> Self:
        pca = cls(config["k"], config["method"], config["whiten"])
        dim, k = config["shape"]
        if pca.k not in (None, k) or not k <= dim:
            raise ValueError(f"a PCA with k={pca.k} has no components of shape {(dim, k)}")
        shapes = {"components": (dim, k), "explainedVariance": (k,), "mean": (dim, 1), "totalVariance": (1,)}
        pca._fitted = {name: np.zeros(shape) for name, shape in shapes.items()}
        return pca

    def arrays(self) -> dict[str, Array]:
        if not self._fitted:
            raise RuntimeError("this PCA is not fitted: call fit(X) first")
        return self._fitted

    def astype(self, dtype: Any) -> None:
        """Converts what was fitted to float32 or float64; `transform` and the others then compute in it."""
        dtype = np.dtype(dtype)
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"PCA computes in float32 or float64, not in {dtype}")
        self._fitted = {name: array.astype(dtype) for name, array in self.arrays().items()}

    # Inside ------------------------------------------------------------------------------------------------------

    def _deviations(self) -> Array:
        return np.sqrt(self.explainedVariance)[:, np.newaxis]

    def _accept(self, X: ArrayLike, rows: int, name: str) -> Array:
        """The columns in the precision of what was fitted."""
        X = _columns(name, X)
        if len(X) != rows:
            hint = ": transpose it, samples are columns" if X.shape[1] == rows else ""
            raise ValueError(f"this PCA expects {name} of shape ({rows}, N), got {X.shape}{hint}")
        if not np.isfinite(X).all():
            raise ValueError(_notFinite(name, X))
        return X.astype(self.components.dtype, copy=False)

    def __repr__(self) -> str:
        settings = ["" if self.k is None else f"k={self.k}", f"method={self.method!r}" if self.method else ""]
        own = f"PCA({', '.join(filter(None, [*settings, 'whiten=True' if self.whiten else '']))})"
        if not self._fitted:
            return f"{own}, not fitted"
        dim, k = self.components.shape
        return f"{own}: {dim} → {k}, {self.explainedVarianceRatio.sum():.1%} of the variance"


def principalAngles(A: ArrayLike, B: ArrayLike) -> Array:
    """The angles in radians between the column spaces of A (d, p) and B (d, q), ascending: the largest one is last.

    There are as many as the smaller space has dimensions, from 0 to π/2; all are 0 where it lies in the other. They do
    not depend on the bases. Accurate also for tiny angles, because the sines are computed as well as the cosines:

        cos θ_i are the singular values of Q_Aᵀ Q_B, sin θ_i those of Q_B - Q_A Q_Aᵀ Q_B, with orthonormal bases Q

    Reference: Å. Björck, G. H. Golub, Numerical Methods for Computing Angles Between Linear Subspaces, 1973.

    Example
    -------
    >>> floor = [[1, 0], [0, 1], [0, 0]]
    >>> np.degrees(principalAngles(floor, [[1], [0], [1]])).round(3)
    array([45.])
    """
    larger, smaller = sorted((_basis("A", A), _basis("B", B)), key=lambda basis: -basis.shape[1])
    if len(larger) != len(smaller):
        raise ValueError(f"expected A and B with as many rows, got {len(np.asarray(A))} and {len(np.asarray(B))}")
    cosines = larger.T @ smaller  # (p, d) · (d, q) = (p, q)
    sines = smaller - larger @ cosines
    return np.arctan2(np.linalg.svd(sines, compute_uv=False)[::-1], np.linalg.svd(cosines, compute_uv=False))


def _basis(name: str, A: ArrayLike) -> Array:
    """An orthonormal basis of the column space."""
    A = _columns(name, A).astype(np.float64, copy=False)
    if not np.isfinite(A).all():
        raise ValueError(_notFinite(name, A))
    U, s, _ = np.linalg.svd(A, full_matrices=False)
    rank = int(np.sum(s > max(A.shape) * np.finfo(np.float64).eps * s[0]))
    if not rank:
        raise ValueError(f"{name} is zero: its columns span no space")
    return U[:, :rank]


# The two methods. They return μ, all variances, all components, and the share of the largest variance that is rounding.

Chunks = Callable[[int], Iterable[Array]]
Found = tuple[Array, Array, Array, float]


def _byCovariance(chunks: Chunks, dim: int) -> Found:
    """Eigenvectors of Σ, which is summed over chunks: n Σ = Σ (x - s)(x - s)ᵀ - n (μ - s)(μ - s)ᵀ for every s.

    Rounding matters where μ is large beside the standard deviation: there, s is close to μ. Elsewhere s is 0, which
    saves a copy of the data. Features that never change are left out of the eigenvalue problem.
    """
    count, sums, scatter = 0, np.zeros((dim, 1)), np.zeros((dim, dim))
    for chunk in chunks(max(1, ENTRIES // dim)):
        if not count:
            first = chunk[:, :1000]
            mean, deviation = first.mean(axis=1, keepdims=True), first.std(axis=1, keepdims=True)
            shift = mean * (np.abs(mean) > 3 * deviation)
        if shift.any():
            chunk = chunk - shift
        count += chunk.shape[1]
        sums += chunk.sum(axis=1, keepdims=True, dtype=np.float64)
        scatter += chunk @ chunk.T  # (d, N) · (N, d) = (d, d)
    scatter -= sums @ sums.T / count
    scatter /= count
    if not isFinite(scatter):
        raise FloatingPointError
    varying = scatter.diagonal() > 0
    rank = np.count_nonzero(varying)
    values, vectors = np.linalg.eigh(scatter[np.ix_(varying, varying)])  # ascending
    variances, components = np.zeros(dim), np.zeros((dim, dim))
    variances[:rank] = np.maximum(values[::-1], 0)
    components[varying, :rank] = vectors[:, ::-1]
    components[~varying, range(rank, dim)] = 1
    return shift + sums / count, variances, components, 10 * float(np.finfo(chunk.dtype).eps)


def _bySvd(chunks: Chunks, dim: int) -> Found:
    """Right singular vectors of the centred Xᵀ: its singular values are √(nλ).

    So are those of R in its QR decomposition, made chunk by chunk. In the QR of [1 | Xᵀ], the first column of Q is
    constant and the others are orthogonal to it: without its first row and column, R is that of the centred Xᵀ.
    """
    count = 0
    R: Any = np.zeros((0, 1 + dim))
    for chunk in chunks(max(dim, ENTRIES // dim)):
        if not count:
            shift = chunk.mean(axis=1, dtype=np.float64)  # subtracted against rounding
        rows = np.ones((chunk.shape[1], 1 + dim))
        np.subtract(chunk.T, shift, out=rows[:, 1:])
        R = np.linalg.qr(np.concatenate((R, rows)), mode="r")
        count += len(rows)
    mean = shift + R[0, 1:] / R[0, 0]
    R[0] = 0
    if not isFinite(R):
        raise FloatingPointError
    _, s, V = np.linalg.svd(R[:, 1:], full_matrices=False)
    return mean[:, np.newaxis], s**2 / count, V.T, (max(dim, count) * float(np.finfo(float).eps)) ** 2


METHODS: dict[str, Callable[[Chunks, int], Found]] = {"covariance": _byCovariance, "svd": _bySvd}

# Arguments -----------------------------------------------------------------------------------------------------------


def _cut(X: Array | Dataset, size: int) -> Iterator[Array]:
    """Chunks of `size` columns, in single precision or, what is none, in double precision."""
    if isinstance(X, Dataset):
        yield from (inputs for inputs, _ in X.chunks("train", size))
        return
    dtype = np.float32 if X.dtype in (np.float16, np.float32) else np.float64
    for start in range(0, X.shape[1], size):
        yield X[:, start : start + size].astype(dtype, copy=False)


def _columns(name: str, X: ArrayLike) -> Array:
    """X as columns of numbers."""
    X = np.asarray(X)
    if X.dtype.kind not in "fiub":
        raise TypeError(f"expected {name} to hold real numbers, got dtype {X.dtype}")
    if X.ndim != 2 or not X.size:
        hint = "; x[:, np.newaxis] is one column" if X.ndim == 1 else ""
        raise ValueError(f"expected {name} as columns, (rows, N), got shape {X.shape}{hint}")
    return X


def _notFinite(name: str, X: Array | None) -> str:
    """What to say about numbers that are not finite, or whose squares are not."""
    if X is None or np.isfinite(X).all():
        return f"{name} holds numbers too large to be squared: divide it by its largest number"
    row, column = np.argwhere(~np.isfinite(X))[0]
    return f"{name} holds NaN or infinity, first in row {row}, column {column}: clean the data"
