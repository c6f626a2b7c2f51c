"""Labels that are texts: names of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leibnet.arguments import refusal
from leibnet.arrays import asArray
from leibnet.frames import isFrame
from leibnet.types import Array

import numpy as np


def areTexts(array: Array) -> bool:
    """Whether an array holds texts and nothing else."""
    return array.dtype.kind in "UT" or (
        array.dtype.kind == "O" and array.size > 0 and all(isinstance(one, str) for one in array.ravel())
    )


def labelArray(owner: str, name: str, labels: Any) -> Array:
    """Labels as an array; those in a single column of texts of a table as (N,)."""
    column = np.asarray(labels[labels.columns[0]]) if isFrame(labels) and len(labels.columns) == 1 else None
    array = asArray(labels, owner, name) if column is None or not _some_texts(column) else column
    if _some_texts(array) and not areTexts(array):
        place, one = next((place, one) for place, one in enumerate(array.ravel()) if not isinstance(one, str))
        remedy = f"it is entry {place}: give it a text, or remove those samples"
        raise ValueError(refusal(owner, name, "texts, all of them", one, remedy))
    return array


def _some_texts(array: Array) -> bool:
    return areTexts(array) or (array.dtype.kind == "O" and any(isinstance(one, str) for one in array.ravel()))


def numbered(owner: str, answers: dict[str, Array], names: Sequence[str] | None) -> tuple[dict[str, Array], list[str]]:
    """Texts as class numbers, and the names of the classes: as given, or in alphabetical order.

    Parameters
    ----------
    owner : who asks, for messages.
    answers : arrays of texts by what they are called, training and test labels.
    names : the names of the classes, in the order of their numbers, or None.
    """
    there = sorted({str(one) for array in answers.values() for one in array.ravel()})
    known = there if names is None else list(names)
    numbers = {name: number for number, name in enumerate(known)}
    for what, array in answers.items():
        for place, one in enumerate(array.ravel()):
            if str(one) not in numbers:
                remedy = f"it is entry {place}: add it to classNames, or remove those samples"
                raise ValueError(refusal(owner, what, f"among {', '.join(known)}", str(one), remedy))
    return {
        what: np.array([numbers[str(one)] for one in array.ravel()], np.intp).reshape(array.shape)
        for what, array in answers.items()
    }, known


def checkedNames(owner: str, names: Any) -> list[str] | None:
    """The names of classes as a list of different texts, if there are any."""
    if names is None:
        return None
    if isinstance(names, str) or not isinstance(names, (Sequence, np.ndarray)):
        raise TypeError(refusal(owner, "classNames", "a list of names, one for each class", names))
    known = [str(name) for name in names]
    if len(set(known)) != len(known) or not known:
        twice = next((name for name in known if known.count(name) > 1), names)
        raise ValueError(refusal(owner, "classNames", "different names, one for each class", twice))
    return known
