"""Tables with named columns, such as pandas' and polars' frames: known by what they have, without importing either."""

from __future__ import annotations

from numbers import Real
from typing import Any

from leibnet.arguments import refusal
from leibnet.types import Array

import numpy as np


def isFrame(value: Any) -> bool:
    """Whether it is a table with named columns."""
    return hasattr(value, "columns") and hasattr(value, "to_numpy")


def columnNames(frame: Any) -> list[str]:
    """The names of a table's columns."""
    return [str(name) for name in frame.columns]


def untabled(owner: str, name: str, value: Any) -> Any:
    """The value itself. TypeError if it is a table: its rows would be taken for samples, and there are none here."""
    if isFrame(value):
        raise TypeError(refusal(owner, name, "an array", type(value), "give its numbers, by .to_numpy()"))
    return value


def samplesAsColumns(owner: str, name: str, frame: Any) -> Array:
    """The numbers of a table whose rows are samples, as (columns, N): samples are columns in this library.

    Raises
    ------
    TypeError : a column that does not hold numbers.
    ValueError : a column with missing entries; several columns of the same name.
    """
    rows, known = [], list(frame.columns)
    if len(set(known)) < len(known):
        twice = next(column for column in known if known.count(column) > 1)
        raise ValueError(
            refusal(owner, name, "a table whose columns have different names", twice, "rename or drop one")
        )
    for column, title in zip(known, columnNames(frame), strict=True):
        given = np.asarray(frame[column])
        if given.dtype.kind not in "fiub":
            given = _numbers(owner, name, title, given)
        if given.dtype.kind == "f" and np.isnan(given).any():
            missing = np.flatnonzero(np.isnan(given))
            remedy = f"row {missing[0]} has no entry, the first of {len(missing)}: fill or drop those rows"
            raise ValueError(refusal(owner, name, f"a table without gaps, in its column {title!r} too", None, remedy))
        rows.append(given)
    return np.stack(rows) if rows else np.empty((0, len(frame)))


def _numbers(owner: str, name: str, title: str, given: Array) -> Array:
    """A column of objects as floats, NaN where an entry is missing, if all others are numbers."""
    entries = [np.nan if one is None or str(one) in ("<NA>", "NaT") else one for one in given]
    for one in entries:
        if given.dtype.kind != "O" or not isinstance(one, (Real, np.bool_)):  # a date is a number to NumPy
            remedy = "make numbers of it, for categories by pandas.get_dummies(frame), or drop the column"
            raise TypeError(refusal(owner, name, f"a table of numbers, in its column {title!r} too", one, remedy))
    return np.array(entries, float)
