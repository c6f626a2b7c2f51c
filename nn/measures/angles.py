"""How far apart two subspaces lie."""

from __future__ import annotations

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np
from numpy.typing import ArrayLike

from nn.models.statistics.moments import asColumns, refuseInfinite


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
    a, b = _basis("A", A), _basis("B", B)
    if len(a) != len(b):
        raise ValueError(refusal("principalAngles", "B", f"columns of {len(a)} rows, as A has", len(b)))
    larger, smaller = sorted((a, b), key=lambda basis: -basis.shape[1])
    cosines = larger.T @ smaller  # (p, d) · (d, q) = (p, q)
    sines = smaller - larger @ cosines
    return np.arctan2(np.linalg.svd(sines, compute_uv=False)[::-1], np.linalg.svd(cosines, compute_uv=False))


def _basis(name: str, A: ArrayLike) -> Array:
    """An orthonormal basis of the column space."""
    columns = asColumns("principalAngles", name, A).astype(np.float64, copy=False)
    if not np.isfinite(columns).all():
        refuseInfinite("principalAngles", name, columns)
    U, s, _ = np.linalg.svd(columns, full_matrices=False)
    rank = int(np.sum(s > max(columns.shape) * np.finfo(np.float64).eps * s[0]))
    if not rank:
        raise ValueError(refusal("principalAngles", name, "columns that are not all 0", 0.0))
    return U[:, :rank]
