"""Several samples side by side, for a discriminator that judges them together."""

from __future__ import annotations

from leibnet.types import Array, Shape

import numpy as np


def packedShape(shape: Shape, packing: int) -> Shape:
    """That of so many samples of this shape together: features, or channels of images, behind one another."""
    return (packing * shape[0], *shape[1:])


def packed(columns: Array, packing: int) -> Array:
    """Samples (f, ..., n) in groups (packing · f, ..., ⌈n/packing⌉), the last one filled up with the first samples."""
    if packing == 1:
        return columns
    n = columns.shape[-1]
    groups = -(-n // packing)
    if packing * groups != n:
        columns = np.take(columns, np.arange(packing * groups) % n, axis=-1)
    apart = columns.reshape(*columns.shape[:-1], packing, groups)
    return np.moveaxis(apart, -2, 0).reshape(*packedShape(columns.shape[:-1], packing), groups)


def unpackedGradient(gradient: Array, packing: int, n: int) -> Array:
    """The gradient with respect to the n samples of which there is one with respect to their groups."""
    if packing == 1:
        return gradient
    groups = gradient.shape[-1]
    apart = gradient.reshape(packing, gradient.shape[0] // packing, *gradient.shape[1:])
    columns = np.moveaxis(apart, 0, -2).reshape(*apart.shape[1:-1], packing * groups)
    total = columns[..., :n].copy()
    for start in range(n, packing * groups, n):
        again = columns[..., start : start + n]
        total[..., : again.shape[-1]] += again
    return total
