"""scikit-learn's MLPClassifier, a step by `partial_fit`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

from peers import Step
from peers.workloads import BETA2, CLASSES, EPSILON, Workload


def make(workload: Workload) -> Step:
    batches = list(workload.batches())
    model = MLPClassifier(
        workload.hidden,
        solver="adam",
        alpha=0,
        batch_size=workload.batch,
        learning_rate_init=workload.lr,
        beta_1=workload.beta1,
        beta_2=BETA2,
        epsilon=EPSILON,
        random_state=0,
    )
    classes = np.arange(CLASSES)
    with warnings.catch_warnings(action="ignore"):
        model.partial_fit(*batches[0], classes=classes)  # makes the arrays
    for layer, weight, bias in zip(workload.layers()["network"], model.coefs_, model.intercepts_, strict=True):
        weight[...], bias[...] = layer.weight.T, layer.bias
    del model._optimizer  # with what it knows of the first step; partial_fit makes a new one

    def step(i: int, check: bool = False) -> tuple[Any, ...]:
        model.partial_fit(*batches[i % len(batches)])
        return (model.loss_,)

    return step
