"""The Wasserstein distance of two sets of points: what it costs to carry the one to where the other is."""

from __future__ import annotations

import math
from typing import Any

from leibnet.arguments import number, refusal
from leibnet.types import Array

import numpy as np

from nn.measures.pointsets import pointColumns, quantileSteps, squaredDistances

MOST = 4000  # points to carry: their distances take 128 MB, the search one or two minutes


def wassersteinDistance(a: Any, b: Any, order: float = 1.0) -> float:
    """The Wasserstein distance of two sets of points, exactly, in their own unit.

        W(a, b) = min over γ (Σ γ_ij ‖a_i - b_j‖ᵖ)^(1/p)        γ ≥ 0,  Σ_j γ_ij = 1/N,  Σ_i γ_ij = 1/M

    γ says how much of point i is carried to point j: the lecture's infimum over the joint distributions with the two as
    marginals. With p = 1, the earth mover's distance, it is the mean way of a point. By Kantorovich and Rubinstein, it
    is also the most that mean f(a) - mean f(b) can be for a function f of slope 1 at most, and so what the critic of a
    Wasserstein GAN estimates (Arjovsky et al. 2017, arXiv:1701.07875).

    Numbers are carried in their order, so sorting gives W. In more dimensions, every point goes to one other point: the
    best of these assignments is found by shortest augmenting paths (Jonker & Volgenant 1987, Computing 38).

    Two samples of N points of the same distribution do not have distance 0: in d > 2 dimensions, it falls as slowly as
    N^(-1/d). Compare with that of two halves of the data, or take `slicedWasserstein`, which is quick for many points.

    Parameters
    ----------
    a, b : points as columns, (d, N) and (d, M). In more than one dimension at most 4,000 each; where M is not N, both
        count as often as makes them equally many, so that the least common multiple of the two is at most 4,000. 1,000
        points take about a second, and the time grows as their third power.
    order : p, at least 1; default 1.

    Example
    -------
    >>> a = np.random.default_rng(0).normal(size=(2, 100))
    >>> round(wassersteinDistance(a, a + [[3.0], [4.0]]), 6)
    5.0
    >>> wassersteinDistance([[0, 1, 2]], [[2, 3, 1]])
    1.0
    """
    owner = "wassersteinDistance"
    a = pointColumns(owner, "a", a)
    b = pointColumns(owner, "b", b, like=a)
    order = number(owner, "order", order, low=1)
    if len(a) == 1:
        widths, of_a, of_b = quantileSteps(a.shape[1], b.shape[1])
        ways = np.abs(np.sort(a[0])[of_a] - np.sort(b[0])[of_b])
        return _mean(ways, widths, order)
    count = math.lcm(a.shape[1], b.shape[1])
    if count > MOST:
        expected = f"so many points that the least common multiple of their number and a's is {MOST:,} or less"
        remedy = "take as many of both, or slicedWasserstein"
        raise ValueError(refusal(owner, "b", expected, f"{b.shape[1]:,} beside {a.shape[1]:,}", remedy))
    ways = np.sqrt(squaredDistances(*(points.repeat(count // points.shape[1], axis=1) for points in (a, b))))
    largest = float(ways.max()) or 1.0
    chosen = ways[np.arange(count), _assignment((ways / largest) ** order)]
    return _mean(chosen, np.full(count, 1 / count), order)


def _mean(ways: Array, widths: Array, order: float) -> float:
    """(Σ w dᵖ)^(1/p), with the largest way as the unit, so that no power of it is too large."""
    largest = float(ways.max())
    return largest * float(((ways / largest) ** order @ widths) ** (1 / order)) if largest else 0.0


def _assignment(costs: Array) -> Array:
    """The column of each row, no two the same, for which Σ costs is least; of a square matrix (n, n).

    Prices u of rows and v of columns are kept so that costs - u - v ≥ 0, and = 0 where a row has its column. A new row
    gets one by the cheapest path, in costs - u - v, to a column that is free: along it, each row hands its column to
    the row before. Dijkstra's algorithm finds the path, and what it cost to reach the columns on it mends the prices.
    """
    n = len(costs)
    v = costs.min(axis=0)
    u = np.min(costs - v, axis=1)
    row_of, column_of = np.full(n, -1), np.full(n, -1)
    for start in range(n):
        cost, before, closed = np.full(n, np.inf), np.empty(n, int), np.zeros(n)  # closed: 0 or infinite
        reached, row, least = [], start, 0.0
        while row >= 0:
            ways = costs[row] - v
            ways += least - u[row]
            ways += closed
            shorter = np.flatnonzero(ways < cost)
            cost[shorter], before[shorter] = ways[shorter], row
            column = int((cost + closed).argmin())
            least = cost[column]
            closed[column] = np.inf
            reached.append(column)
            row = row_of[column]
        between = np.array(reached[:-1], int)
        u[start] += least
        u[row_of[between]] += least - cost[between]
        v[between] -= least - cost[between]
        while row != start:
            row = before[column]
            row_of[column] = row
            column_of[row], column = column, column_of[row]
    return column_of
