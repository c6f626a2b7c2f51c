"""The share of right answers."""

from __future__ import annotations

import math
from typing import Protocol

from leibnet.arrays import besideFeatures, featureAxis
from leibnet.types import Array

import numpy as np

from activations import Activation
from dataset.facts import Labels
from layers import Chain


class Answering(Protocol):
    """A network with a loss; see `nn.models.objective.Objective`."""

    @property
    def chain(self) -> Chain:
        """The network."""

    @property
    def link(self) -> str:
        """The name under which losses know the last activation, or nothing."""


class Accuracy:
    """The share of right answers in the last forward pass, by the rule that suits the labels.

    Of classes (one-hot labels, or any after a Softmax) the largest output is the answer. Otherwise every output answers
    for itself, yes or no: above or below the middle of what the activation can give, 1/2 for a Sigmoid, 0 for a Tanh.
    Where that is endless, or its middle does not part the labels, the labels say it: they are 0 and 1, or -1 and 1.

    Parameters
    ----------
    objective : the network.
    labels : what all labels are like.

    Attributes
    ----------
    byClass : whether the largest output is the answer.

    Raises
    ------
    ValueError : labels for which it means nothing, such as class numbers in one row, or measurements.
    """

    def __init__(self, objective: Answering, labels: Labels) -> None:
        self._chain, self._softmax = objective.chain, objective.link == "Softmax"
        self.byClass = labels.oneHot or (self._softmax and labels.rows > 1)
        self._middle = math.nan if self.byClass else _middle(self._chain.activation, labels)

    def __call__(self, label: Array, weights: Array | None = None) -> float:
        """For a label (..., N) in the network's precision, and weights of its samples, of which it is 1/N Σ w right.

        With weights of steps or pixels, (..., N), it is the weighted mean over them.
        """
        chain = self._chain
        axis = featureAxis(label)
        if not self.byClass:
            right = (chain.output > self._middle) == (label > self._middle)
        else:
            scores = chain.preactivation if self._softmax else chain.output  # a Softmax leaves the order as it is
            right = scores.argmax(axis=axis, keepdims=True) == label.argmax(axis=axis, keepdims=True)
        if weights is None:
            return float(np.count_nonzero(right)) / right.size
        each = np.broadcast_to(besideFeatures(weights, right), right.shape)
        total = right.size if weights.ndim == 1 else each.sum(dtype=float)
        return float((each * right).sum(dtype=float) / total) if total else 0.0

    def decisions(self, scores: Array) -> Array:
        """Yes or no for every output, of bool, in the shape of the label or output that is given."""
        if not self.byClass:
            return scores > self._middle
        axis = featureAxis(scores)
        classes = np.arange(scores.shape[axis]).reshape([-1 if i == axis else 1 for i in range(scores.ndim)])
        return scores.argmax(axis=axis, keepdims=True) == classes


def whyNot(objective: Answering, labels: Labels) -> str:
    """Why the accuracy means nothing for such labels; "" if it does."""
    try:
        Accuracy(objective, labels)
    except ValueError as error:
        return str(error)
    return ""


def _middle(activation: Activation | None, labels: Labels) -> float:
    """The number between yes and no."""
    least, most = (-math.inf, math.inf) if activation is None else activation.range
    low, high, middle = labels.low, labels.high, (least + most) / 2
    if math.isfinite(least) and math.isfinite(most):
        within, parted = least <= low and high <= most, low < middle < high
        if labels.levels == 2 and (parted or within):
            return middle if parted else (low + high) / 2
        if within:
            return middle
    elif labels.levels < 3 and {low, high} <= {0.0, 1.0}:
        return 0.5
    elif labels.levels < 3 and {low, high} <= {-1.0, 1.0}:
        return 0.0
    end = "an activation" if activation is None else repr(activation)
    raise ValueError(
        f"accuracy: expected labels that are classes (one-hot columns) or yes and no (0 and 1, -1 and 1), got numbers "
        f"from {low:g} to {high:g}, and {end} at the end; class numbers become one-hot columns in "
        "Dataset.fromArrays(inputs, numbers), of measurements ask for the loss"
    )
