"""Principal component analysis, and scikit-learn's beside it. Both are the same for every seed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from leibnet.types import Array

from figures.row import Another, Figure, Setting, row

from dataset import Dataset
from nn import PCA

KS = (30, 32)
ERROR = "squared error of an image"


@row(
    [
        Figure(
            f"{split} error, k = {k}", f"PCA, {k} components", f"{ERROR}, {split} set", "", 6, "lower",
            Another("sklearnPCA", f"{split} error, k = {k}", "scikit-learn"),
        )
        for k in KS
        for split in ("test", "training")
    ],
    seeds=range(1),
    seconds=5,
)  # fmt: skip
def pca(now: Setting) -> dict[str, float]:
    dataset = Dataset(now.images)
    models = {k: PCA(k).fit(dataset) for k in KS}
    return _errors(dataset, {k: model.reconstruct for k, model in models.items()})


@row(
    [
        *(
            Figure(f"{split} error, k = {k}", f"scikit-learn's PCA, {k} components", f"{ERROR}, {split} set", "", 6)
            for k in KS
            for split in ("test", "training")
        ),
        Figure(
            "time", "PCA, 32 components", "time of `fit` over scikit-learn's, median of 7", "", 2, "lower",
            anchor="1", source="equally fast, in turns with scikit-learn's solver `covariance_eigh`", checked=True,
        ),
    ],
    seeds=range(1),
    seconds=30,
    needs=("mnist", "sklearn"),
)  # fmt: skip
def sklearnPCA(now: Setting) -> dict[str, float]:
    """Its solver `covariance_eigh`: of the whole training set, in single precision, as it is delivered."""
    from sklearn.decomposition import PCA as Theirs

    dataset = Dataset(now.images)
    x = dataset.trainSet()[0]

    def fitted(k: int) -> Callable[[Array], Array]:
        model = Theirs(k, svd_solver="covariance_eigh").fit(x.T)
        return lambda columns: model.inverse_transform(model.transform(columns.T)).T

    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(7):
        for name, fit in (("ours", lambda: PCA(32).fit(x)), ("theirs", lambda: fitted(32))):
            start = time.perf_counter()
            fit()
            seconds[name].append(time.perf_counter() - start)
    ours, theirs = (statistics.median(seconds[name]) for name in ("ours", "theirs"))
    return _errors(dataset, {k: fitted(k) for k in KS}) | {"time": ours / theirs}


def _errors(dataset: Dataset, reconstruct: dict[int, Callable[[Array], Array]]) -> dict[str, float]:
    """By split and number of components, summed over an image's pixels."""
    splits = {"test": dataset.testSet()[0], "training": dataset.trainSet()[0]}
    return {
        f"{split} error, k = {k}": float(((x - reconstruct[k](x)) ** 2).sum(dtype=float) / x.shape[1])
        for k in KS
        for split, x in splits.items()
    }
