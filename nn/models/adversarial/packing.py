"""Several samples side by side, for a discriminator that judges them together."""

from __future__ import annotations

from typing import NamedTuple

from leibnet.types import Array, Shape

import numpy as np

from nn.storage.onnx.exported import Exported


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


class Scaling(NamedTuple):
    """x ↦ (x - mean) / deviation, of several samples together."""

    mean: Array
    deviation: Array


def packedNetwork(network: Exported, packing: int) -> Exported:
    """What is exported of a network that judges so many samples together."""
    shape, scale = network.inputShape, network.before
    if packing == 1 or shape is None:
        return network
    if scale is not None:
        parts = (np.asarray(part) for part in (scale.mean, scale.deviation))
        whole = (part.reshape(-1, *(1,) * (len(shape) - 1)) if part.ndim == 1 else part for part in parts)
        mean, deviation = (np.concatenate([np.broadcast_to(part, shape)] * packing) for part in whole)
        scale = Scaling(mean, deviation)
    return network._replace(before=scale, inputShape=packedShape(shape, packing))
