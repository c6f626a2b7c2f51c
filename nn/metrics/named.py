"""The metrics that every network has, by name."""

from __future__ import annotations

from collections.abc import Mapping

from nn.metrics.classification import F1, BalancedAccuracy, MeanIoU, Precision, Recall
from nn.metrics.metric import Metric
from nn.metrics.ranking import AreaUnderROC, AveragePrecision
from nn.metrics.regression import R2, MeanAbsoluteError, RootMeanSquaredError

METRICS: Mapping[str, Metric] = {
    "precision": Precision(),
    "recall": Recall(),
    "f1": F1(),
    "balanced_accuracy": BalancedAccuracy(),
    "mean_iou": MeanIoU(),
    "roc_auc": AreaUnderROC(),
    "average_precision": AveragePrecision(),
    "r2": R2(),
    "mae": MeanAbsoluteError(),
    "rmse": RootMeanSquaredError(),
}
