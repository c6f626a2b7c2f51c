"""How far clusters are the classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leibnet.arrays import realNumbers
from leibnet.types import Array

import numpy as np

from nn.measures.codes.given import classNumbersOf


@dataclass(frozen=True)
class ClusterAgreement:
    """How far clusters and classes are the same, whatever their numbers.

    Attributes
    ----------
    purity : the share of samples that are of the class most frequent in their cluster; 1 also if each is alone.
    mutualInformation : I(classes; clusters) over the mean of both entropies, from 0 to 1 (NMI).
    randIndex : the share of pairs that are together in both or apart in both, so scaled that chance gives 0 and
        agreement 1 (adjusted Rand index; Hubert & Arabie 1985).
    """

    purity: float
    mutualInformation: float
    randIndex: float

    def __str__(self) -> str:
        return f"purity {self.purity:.1%}, NMI {self.mutualInformation:.3f}, adjusted Rand index {self.randIndex:.3f}"


def clusterAgreement(labels: Any, clusters: Any) -> ClusterAgreement:
    """How far clusters are the classes.

    Parameters
    ----------
    labels, clusters : numbers 0, 1, 2, ... (N,) of each sample's class and cluster.

    Example
    -------
    >>> print(clusterAgreement([0, 0, 1, 1], [1, 1, 0, 0]))
    purity 100.0%, NMI 1.000, adjusted Rand index 1.000
    """
    count = realNumbers("clusterAgreement", "labels", labels).size
    one = classNumbersOf("clusterAgreement", "labels", labels, count)
    other = classNumbersOf("clusterAgreement", "clusters", clusters, count)
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    entropies = _entropy(rows) + _entropy(columns)
    shared = entropies - _entropy(table.ravel())
    expected = _pairs(rows) * _pairs(columns) / max(_pairs(np.array([count])), 1)
    most = (_pairs(rows) + _pairs(columns)) / 2
    return ClusterAgreement(
        float(table.max(axis=0).sum() / count),
        float(shared / (entropies / 2)) if entropies > 0 else 1.0,
        float((_pairs(table) - expected) / (most - expected)) if most != expected else 1.0,
    )


def _entropy(counts: Array) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-np.sum(shares * np.log(shares)))


def _pairs(counts: Array) -> float:
    return float(np.sum(counts * (counts - 1) / 2))
