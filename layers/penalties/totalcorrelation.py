"""How far the codes of all samples together are from being independent of one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from leibnet.ranks import current, gathered, ownOf
from leibnet.types import Array

import numpy as np

ENTRIES = 1_000_000  # numbers that are looked at at once


class Shares(NamedTuple):
    """The gradients of a total correlation, each (latentDim, N)."""

    dz: Array
    dmean: Array
    dlogVariance: Array


def totalCorrelation(z: Array, mean: Array, logVariance: Array, weights: Array | None = None) -> float:
    """KL(q(z) ‖ Πⱼ q(zⱼ)) in nats, estimated with the samples of a batch: what their codes say of one another.

        TC = 1/N Σᵢ [ln q(zᵢ) - Σⱼ ln q(zᵢⱼ)]        q(z) = 1/N Σₙ N(z; μₙ, diag σₙ²)

    The density q is that of the batch, so for few samples in many dimensions, where zᵢ lies near its own μᵢ alone, the
    value is too large; that of one sample is 0, that of N at most (latentDim - 1) ln N. The minibatch-weighted sampling
    of Chen et al. 2018, arXiv:1802.04942, has 1/(N · size of the data set) in the place of 1/N, which adds a constant
    to the value and leaves the gradients as they are.

    Parameters
    ----------
    z, mean, logVariance : draws zᵢ ~ N(μᵢ, diag σᵢ²), means and ln σ², each (latentDim, N).
    weights : (N,) or (1, N), how often a sample counts, as in 1/N Σᵢ wᵢ [...] and q(z) = Σₙ wₙ N(...) / Σ w; default 1.

    Where several ranks train one model, the batch is that of all of them.
    """
    z, mean, logVariance, weights = _of_all_ranks(z, mean, logVariance, weights)
    value = 0.0
    for block in _blocks(z, mean, logVariance, weights):
        value += float(np.sum(block.counts * (block.joint - block.single.sum(axis=0)), dtype=float))
    return value / max(z.shape[1], 1)


def totalCorrelationGradient(
    z: Array, mean: Array, logVariance: Array, weight: float, weights: Array | None = None
) -> Shares:
    """The gradients of weight · TC with respect to z, μ and ln σ².

    With a_in, the share of sample n in q(zᵢ), and b_ijn in q(zᵢⱼ), and d_ijn = zᵢⱼ - μₙⱼ,

        g_ijn = weight · wᵢ (a_in - b_ijn) / N
        dzᵢⱼ = -Σₙ g d / σₙⱼ²        dμₙⱼ = Σᵢ g d / σₙⱼ²        d ln σₙⱼ² = 1/2 Σᵢ g (d² / σₙⱼ² - 1)
    """
    z, mean, logVariance, weights = _of_all_ranks(z, mean, logVariance, weights)
    dz, dmean, dlog_variance = (np.zeros_like(z) for _ in range(3))
    precision = np.exp(-logVariance)
    for block in _blocks(z, mean, logVariance, weights):
        g = np.exp(block.total - block.joint[:, np.newaxis]) - np.exp(block.each - block.single[:, :, np.newaxis])
        g *= (block.counts * (weight / z.shape[1])).astype(z.dtype)[:, np.newaxis]
        dlog_variance -= 0.5 * g.sum(axis=1)
        g *= block.distance  # g d
        dz[:, block.rows] = -np.matmul(g, precision[:, :, np.newaxis])[:, :, 0]  # (L, i, n) · (L, n, 1)
        dmean += precision * g.sum(axis=1)
        g *= block.distance
        dlog_variance += 0.5 * precision * g.sum(axis=1)
    if (share := current()) is not None:  # each rank's gradient counts by its share of the samples
        dz, dmean, dlog_variance = (ownOf(one) / share.weight for one in (dz, dmean, dlog_variance))
    return Shares(dz, dmean, dlog_variance)


def _of_all_ranks(
    z: Array, mean: Array, logVariance: Array, weights: Array | None
) -> tuple[Array, Array, Array, Array | None]:
    """These of the whole batch, of those of this rank's samples, or of their steps."""
    weights = None if weights is None else gathered(np.array(weights, float).reshape(-1))
    z, mean, log_variance = np.split(gathered(np.concatenate((z, mean, logVariance))), 3)
    return z, mean, log_variance, weights


class _Block(NamedTuple):
    """Some samples i beside all of them, n."""

    rows: slice
    counts: Array  # wᵢ, (i,)
    distance: Array  # d, (latentDim, i, n)
    each: Array  # ln wₙ/Σw N(zᵢⱼ; μₙⱼ, σₙⱼ²), (latentDim, i, n)
    total: Array  # ln wₙ/Σw N(zᵢ; μₙ, σₙ²), (i, n)
    single: Array  # ln q(zᵢⱼ), (latentDim, i)
    joint: Array  # ln q(zᵢ), (i,)


def _blocks(z: Array, mean: Array, logVariance: Array, weights: Array | None) -> Iterator[_Block]:
    """All samples in blocks, but those that do not count; the factor 1/√2π of each density is omitted, it cancels."""
    count = z.shape[1]
    size = max(1, ENTRIES // max(z.size, 1))
    counts = np.ones(count) if weights is None else np.asarray(weights, dtype=float).reshape(-1)
    if not counts.any():
        return
    with np.errstate(divide="ignore"):
        share = np.log(counts / counts.sum()).astype(z.dtype)
    precision = np.exp(-logVariance)[:, np.newaxis]
    for start in range(0, count, size):
        rows = slice(start, start + size)
        distance = z[:, rows, np.newaxis] - mean[:, np.newaxis]
        each = distance * distance
        each *= precision
        each += logVariance[:, np.newaxis]
        each *= -0.5
        total = each.sum(axis=0) + share
        each += share
        yield _Block(rows, counts[rows], distance, each, total, _log_sum_exp(each), _log_sum_exp(total))


def _log_sum_exp(exponents: Array) -> Array:
    """ln Σₙ exp of the last axis."""
    largest = exponents.max(axis=-1, keepdims=True)
    total: Array = np.log(np.exp(exponents - largest).sum(axis=-1)) + largest[..., 0]
    return total
