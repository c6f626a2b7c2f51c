"""Squared errors e (features..., N), summed."""

from __future__ import annotations

from leibnet.arrays import featureAxis
from leibnet.types import Array

import numpy as np


def totalSquare(error: Array, variance: float) -> float:
    """1/(2c|X|) Σ e², with c the variance."""
    return float(np.vdot(error, error)) / (2 * variance * error.shape[-1])


def totalSquarePerSample(error: Array, variance: float) -> Array:
    """1/(2c) Σ e² of every sample, (N,), with c the variance."""
    error = error.reshape(-1, error.shape[-1])
    return np.einsum("in,in->n", error, error) / (2 * variance)


def totalSquarePerPosition(error: Array, variance: float) -> Array:
    """1/(2c) Σ e² of every step or pixel of every sample, in the shape of `error` without its features."""
    return np.square(error).sum(axis=featureAxis(error)) / (2 * variance)
