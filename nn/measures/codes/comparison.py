"""Several kinds of codes, measured in the same ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leibnet.arguments import instance, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset import Dataset
from nn.measures.codes.agreement import ClusterAgreement, clusterAgreement
from nn.measures.codes.given import columnsOf
from nn.measures.codes.kmeans import KMeans
from nn.measures.codes.linearprobe import LinearProbe
from nn.measures.codes.nearestneighbours import NearestNeighbours

Encoder = Callable[[Any], Any]


@dataclass(frozen=True)
class CodeFigures:
    """What one kind of codes is good for, on the test set.

    Attributes
    ----------
    features : how many numbers a code has.
    probe, neighbours : the share of right answers of a `LinearProbe` and of `NearestNeighbours`.
    clusters : the `ClusterAgreement` of the classes with the clusters of a `KMeans` of as many.
    """

    features: int
    probe: float
    neighbours: float
    clusters: ClusterAgreement


@dataclass(frozen=True)
class CodeComparison:
    """Kinds of codes side by side; printed, a table. `comparison["pixels"]` are the `CodeFigures` of one of them."""

    figures: Mapping[str, CodeFigures]

    def __getitem__(self, name: str) -> CodeFigures:
        return self.figures[name]

    def __str__(self) -> str:
        width = max(len("codes"), *map(len, self.figures))
        lines = [f"{'codes':<{width}}  features  probe, error  neighbours, error  k-means: purity    NMI    ARI"]
        for name, one in self.figures.items():
            lines.append(
                f"{name:<{width}}  {one.features:>8}  {1 - one.probe:>12.2%}  {1 - one.neighbours:>17.2%}  "
                f"{one.clusters.purity:>15.1%}  {one.clusters.mutualInformation:>5.3f}  {one.clusters.randIndex:>5.3f}"
            )
        return "\n".join(lines)


def compareCodes(
    encoders: Mapping[str, Encoder], dataset: Dataset, neighbours: int = 5, restarts: int = 10
) -> CodeComparison:
    """What kinds of codes are good for: a linear probe, nearest neighbours and k-means, each beside the others.

    All three learn from the training samples, k-means without their labels, and answer for the test samples. The
    probe's penalty is chosen on the validation samples; without any, on a fifth of the training samples.

    Parameters
    ----------
    encoders : functions from samples (..., N) to codes (features, N), by name: `pca.transform`, `autoencoder.encode`,
        or `lambda x: x` for the samples themselves.
    dataset : with classes, and test samples.
    neighbours : k of `NearestNeighbours`; default 5.
    restarts : of `KMeans`; default 10.

    Example
    -------
    >>> from nn.models.pca import PCA
    >>> digits = Dataset("digits", rng=0)
    >>> comparison = compareCodes({"pixels": lambda x: x, "PCA, 10": PCA(10).fit(digits).transform}, digits, restarts=1)
    >>> comparison["pixels"].probe > comparison["PCA, 10"].probe > 0.85
    True
    """
    owner = "compareCodes"
    classes = classesToCompare(owner, encoders, dataset)
    k, restarts = wholeNumber(owner, "neighbours", neighbours), wholeNumber(owner, "restarts", restarts)
    splits = ["train", "test"] + ["validation"] * (dataset.validation_size > 0)
    labels = {split: dataset.labels(split) for split in splits}
    found = {}
    for name, encode in encoders.items():
        codes = {split: encoded(owner, name, encode, dataset, split) for split in splits}
        validation = (codes["validation"], labels["validation"]) if "validation" in codes else None
        probe = LinearProbe().fit(codes["train"], labels["train"], validation)
        near = NearestNeighbours(k).fit(codes["train"], labels["train"])
        means = KMeans(classes, restarts).fit(codes["train"])
        found[name] = CodeFigures(
            len(codes["train"]),
            probe.accuracy(codes["test"], labels["test"]),
            near.accuracy(codes["test"], labels["test"]),
            clusterAgreement(labels["test"], means.predict(codes["test"])),
        )
    return CodeComparison(found)


def classesToCompare(owner: str, encoders: Any, dataset: Any) -> int:
    """How many classes the data have. TypeError or ValueError if there are none, or these are no encoders by name."""
    if not isinstance(encoders, Mapping) or not encoders or not all(map(callable, encoders.values())):
        raise TypeError(refusal(owner, "encoders", "a dict from names to functions", encoders))
    instance(owner, "dataset", dataset, Dataset, 'Dataset("mnist")')
    if dataset.classes is None or not dataset.test_size:
        raise ValueError(refusal(owner, "dataset", "one with classes and test samples", dataset))
    return dataset.classes


def encoded(owner: str, name: str, encode: Encoder, dataset: Dataset, split: str) -> Array:
    """The codes (features, N) of all samples of a split."""
    pieces, what = [], f"what {name!r} gives"
    for batch in dataset.chunks(split, 10_000):
        codes, samples = columnsOf(owner, what, encode(batch[0])), batch[0].shape[-1]
        if codes.shape[1] != samples:
            raise ValueError(refusal(owner, what, f"a column for each of {samples} samples", codes.shape))
        pieces.append(codes)
    return np.concatenate(pieces, axis=1)
