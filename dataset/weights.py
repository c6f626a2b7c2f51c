"""How much samples and classes count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import asArray, realNumbers
from leibnet.types import Array

import numpy as np

BALANCED, MEDIAN = "balanced", "median"


def checkedWeights(owner: str, name: str, given: Any) -> Array:
    """Weights as an array of finite numbers of which none is negative."""
    weights = realNumbers(owner, name, asArray(given, owner, name), finite=True)
    if weights.size and weights.min() < 0:
        place = tuple(map(int, np.argwhere(weights < 0)[0]))
        where = place[0] if len(place) == 1 else place
        raise ValueError(refusal(owner, name, "weights of at least 0", weights[place].item(), f"see entry {where}"))
    return weights


def ofClasses(
    owner: str,
    given: Any,
    classes: int | None,
    classNames: Sequence[str] | None,
    numbers: Array | None,
    weights: Array | None,
) -> Array | None:
    """The weight of every class, (classes,), as a user gives them; None: all alike.

    Parameters
    ----------
    given : None, "balanced", "median", a dict (or pandas series) from class numbers or names to weights, 1 for a class
        that is not in it, or one weight for each class.
    classes, classNames : of the data set.
    numbers : the class numbers of the training samples as rows, (N,) or (N, ...), for "balanced" and "median".
    weights : their weights as rows, (N,) or (N, ...), which then play a part, or None.
    """
    if given is None:
        return None
    if classes is None or numbers is None:
        raise ValueError(refusal(owner, "classWeights", "omitted for labels that are no classes", given))
    if hasattr(given, "to_dict"):  # a pandas series
        given = given.to_dict()
    if isinstance(given, str):
        if given not in (BALANCED, MEDIAN):
            expected = f"{BALANCED!r}, {MEDIAN!r}, a dict or a weight for each class"
            raise ValueError(refusal(owner, "classWeights", expected, given))
        if given == MEDIAN and numbers.ndim == 1:
            expected, remedy = f"{BALANCED!r} for one class a sample", f"{MEDIAN!r} is for classes of steps or pixels"
            raise ValueError(refusal(owner, "classWeights", expected, given, remedy))
        return (_balanced if given == BALANCED else _median)(numbers, classes, weights)
    if isinstance(given, Mapping):
        numbered = {
            classNumber(owner, "a key of classWeights", key, classes, classNames): value for key, value in given.items()
        }
        given = [numbered.get(number, 1.0) for number in range(classes)]
    found = checkedWeights(owner, "classWeights", given).astype(float)
    if found.shape != (classes,):
        raise ValueError(refusal(owner, "classWeights", f"one weight for each of the {classes} classes", found.shape))
    return found


def besideSteps(weights: Array, rows: Array) -> Array:
    """Weights of samples (N,), or of steps or pixels (N, ...), for each entry of rows (N, ...)."""
    return np.broadcast_to(weights.reshape(weights.shape + (1,) * (rows.ndim - weights.ndim)), rows.shape)


def ofSteps(there: Array, weights: Array | None) -> Array:
    """Weights as rows (n, steps), 0 where a sequence does not have a step; `there` (n, steps) says where it has it.

    Those given are of samples (n,), or of steps (n, steps); weights of the steps of labels that have others play no
    part.
    """
    if weights is None or (weights.ndim > 1 and weights.shape != there.shape):
        return there
    return besideSteps(weights, there) * there


def _balanced(numbers: Array, classes: int, weights: Array | None) -> Array:
    """Σ w / (k Σ w of the class), with k the number of classes that there are: together they weigh as before."""
    each = None if weights is None else besideSteps(weights, numbers).ravel()
    counts = np.bincount(numbers.ravel(), each, minlength=classes)
    there = counts > 0
    return np.divide(counts.sum(), there.sum() * counts, out=np.ones(classes), where=there)


def _median(numbers: Array, classes: int, weights: Array | None) -> Array:
    """median(f) / f, with f the share of a class in the weights of those samples (N, ...) where it occurs.

    Median frequency balancing: Eigen & Fergus 2015, arXiv:1411.4734.
    """
    each = [None] * len(numbers) if weights is None else besideSteps(weights, numbers)
    of_samples = [
        np.bincount(sample.ravel(), None if own is None else own.ravel(), minlength=classes)
        for sample, own in zip(numbers, each, strict=True)
    ]
    counts = np.stack(of_samples).astype(float)
    total, around = counts.sum(axis=0), counts.sum(axis=1) @ (counts > 0)
    there = total > 0
    return np.divide(np.median(total[there] / around[there]) * around, total, out=np.ones(classes), where=there)


def classNumber(owner: str, name: str, given: Any, classes: int, classNames: Sequence[str] | None) -> int:
    """The class number that a number or a name of a class means; `name` is what it is called in a message."""
    if isinstance(given, str) and classNames is not None and given in classNames:
        return list(classNames).index(given)
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool) and 0 <= given < classes:
        return int(given)
    known = f"a class number below {classes}" + (f" or one of {', '.join(classNames)}" if classNames else "")
    raise ValueError(refusal(owner, name, known, given))


def scaleOf(owner: str, weights: Array | None) -> float:
    """What the weights of samples (N,) are divided by: their mean over the training set; those of steps by 1."""
    if weights is None or (weights.any() and weights.ndim > 1):
        return 1.0
    mean = float(weights.mean())
    if mean == 0:
        raise ValueError(refusal(owner, "sampleWeights", "above 0 for some training sample", 0.0))
    return mean
