"""The arguments of `train`, checked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leibnet.arguments import refusal, wholeNumber

from dataset import Dataset
from nn.training.metrics import MetricName


def usualMetrics(names: Iterable[str], dataset: Any) -> list[str]:
    """Those of the names of metrics that are of sets with samples."""
    return [name for name in names if getattr(dataset, f"{MetricName.parse(name).split}_size", 1)]


def checkTraining(
    dataset: Any, epochs: Any, metrics: Mapping[str, MetricName], entriesPerEpoch: Any, schedule: Any
) -> tuple[int, int]:
    """`epochs` and `entriesPerEpoch` as whole numbers, if all of these fit together."""
    if not isinstance(dataset, Dataset):
        got = type(dataset).__name__
        raise TypeError(f"train: expected dataset to be a Dataset, got {got}; make one with Dataset.fromArrays")
    epochs = wholeNumber("train", "epochs", epochs)
    for name, metric in metrics.items():
        if not getattr(dataset, f"{metric.split}_size"):
            remedy = f"the data set {dataset.name!r} has no {metric.split} samples: give {metric.split}_size"
            raise ValueError(refusal("train", "metrics", "of sets that have samples", name, remedy))
    entries, steps = wholeNumber("train", "entriesPerEpoch", entriesPerEpoch), len(dataset)
    if entries > steps:
        expected = f"at most {steps}, the steps of an epoch"
        raise ValueError(refusal("train", "entriesPerEpoch", expected, entriesPerEpoch))
    checkSchedule("train", schedule, "(epoch, epochs)")
    return epochs, entries


def checkSchedule(owner: str, schedule: Any, takes: str) -> None:
    """TypeError if it is neither a function, of what `takes` says, nor None."""
    if schedule is not None and (isinstance(schedule, type) or not callable(schedule)):
        remedy = f"give an instance, {schedule.__name__}()" if isinstance(schedule, type) else ""
        raise TypeError(refusal(owner, "schedule", f"a function of {takes} such as Cosine()", schedule, remedy))


def checkIsMeasured(owner: str, metric: str, metrics: Iterable[str]) -> None:
    """ValueError if the owner's metric is none of the training's."""
    metrics = list(metrics)
    if metric not in metrics:
        raise ValueError(refusal(owner, "metric", f"one of the training's, {metrics}", metric, "add it to metrics"))
